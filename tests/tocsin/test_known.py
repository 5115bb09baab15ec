"""What files know of each other: asked by name, remembered, and found to hold or not."""

from pathlib import Path

import pytest

from tocsin import load
from tocsin.compile import compiled, outline
from tocsin.known import NOTHING, Known, Outline
from tocsin.model import Recording

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


HERE = Path(__file__).parent
FOLDERS = ["proofs", "proofs_days", "golden/input", "cases/overrides", "../../rules"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_files_record_is_known_before_they_are_compiled(folder: str) -> None:
    catalogue = load.load((HERE / folder,)).catalogue
    recorded = {
        output.record for output in compiled(catalogue)[0].outputs if isinstance(output, Recording)
    }
    assert set(outline(catalogue).recorded) == recorded
    assert folder.startswith("cases") or recorded


def test_each_kind_that_records_is_among_them() -> None:
    catalogue = load.load((HERE / "proofs", HERE / "proofs_days")).catalogue
    outputs = compiled(catalogue)[0].outputs
    kinds = {output.rule.kind for output in outputs if isinstance(output, Recording)}
    assert {"burn_rate", "deviation", "down", "no_events", "threshold"} <= kinds
