"""What files know of each other: asked by name, remembered, and found to hold or not."""

import pytest

from tocsin.known import NOTHING, Known, Outline

BILLING = Outline({"job:up": (("sum by (job) (up)", frozenset({"team"})),)}, {"Down": True}, {})
ORDERS = Outline({"job:up": (("up", frozenset()),)}, {"Late": True}, {"Down": True})


def test_what_all_files_tell_is_known() -> None:
    known = Known.of([BILLING, ORDERS])
    assert [expr for expr, _ in known.recorded["job:up"]] == ["sum by (job) (up)", "up"]
    assert set(known.alerts) == {"Down", "Late"}
    assert "Down" in known.awaited
    assert "Late" not in known.awaited


def test_an_answer_holds_until_it_would_be_another() -> None:
    view = Known.of([BILLING]).view()
    assert view.recorded.get("job:up") is not None
    assert view.recorded.get("job:down") is None
    assert Known.of([BILLING]).holds(view.asked)
    assert Known.of([BILLING, Outline({}, {"New": True}, {})]).holds(view.asked)
    assert not Known.of([BILLING, ORDERS]).holds(view.asked)
    assert not Known.of([BILLING, Outline({"job:down": (("1", frozenset()),)}, {}, {})]).holds(
        view.asked
    )


@pytest.mark.parametrize("ask", [list, len])
def test_who_asks_for_all_names_is_told_when_one_comes(ask: type) -> None:
    view = Known.of([BILLING]).view()
    ask(view.alerts)
    assert Known.of([BILLING]).holds(view.asked)
    assert not Known.of([BILLING, ORDERS]).holds(view.asked)


def test_a_view_starts_without_questions() -> None:
    known = Known.of([BILLING])
    assert "Down" in known.alerts
    assert known.view().asked == {}
    assert Known.of([]).holds({})
    assert Known(NOTHING).view().recorded.get("x") is None
