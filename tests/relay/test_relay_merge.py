"""Webhooks that come late, twice or in another order: the same state in the end."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from relay_kit import alert, at, webhook

from relay.intake.merge import WINDOW, merge
from relay.intake.webhook import Webhook, parse
from relay.model.group import Alert, Status
from relay.model.state import EPISODE_GAP, LISTED_RESOLVED, MOST_ALERTS, State


def fold(*hooks: Webhook, minutes: float = 100, apart: float = 0.01) -> State:
    """Merges one after the other, the first received at minute `minutes`."""
    state = None
    for index, hook in enumerate(hooks):
        state = merge(state, hook, at(minutes + index * apart))
    assert state is not None
    return state


def told(state: State) -> dict[str, str]:
    return {each.fingerprint: str(each.status) for each in state.group.alerts}


def test_an_alert_joins_and_resolves() -> None:
    state = fold(webhook(alert("a")), webhook(alert("a"), alert("b", 1)), webhook(alert("a", 0, 5)))
    assert told(state) == {"a": "resolved", "b": "resolved"}
    assert state.group.status is Status.RESOLVED


def test_a_later_start_wins() -> None:
    state = fold(webhook(alert("a", 0, 5)), webhook(alert("a", 10)), webhook(alert("a", 0, 5)))
    assert told(state) == {"a": "firing"}
    assert state.group.alerts[0].starts_at == at(10)


def test_an_old_resolution_does_not_end_a_new_alert() -> None:
    assert told(fold(webhook(alert("a", 10)), webhook(alert("a", 0, 5)))) == {"a": "firing"}


def test_a_start_that_alertmanager_moved_back_is_the_same_alert() -> None:
    """Two Prometheus servers: Alertmanager keeps the earlier start of what overlaps."""
    state = fold(webhook(alert("a", 1)), webhook(alert("a", 0)), webhook(alert("a", 0, 9)))
    assert told(state) == {"a": "resolved"}
    assert state.group.alerts[0].starts_at == at(1)


def test_firing_within_a_minute_of_the_resolution_is_a_late_retry() -> None:
    state = fold(webhook(alert("a")), webhook(alert("a", 0, 5)), webhook(alert("a")), apart=0.9)
    assert told(state) == {"a": "resolved"}


def test_firing_later_than_that_is_believed() -> None:
    state = fold(webhook(alert("a")), webhook(alert("a", 0, 5)), webhook(alert("a")), apart=1.1)
    assert told(state) == {"a": "firing"}


def test_a_resolution_without_an_end_ends_when_we_hear_of_it() -> None:
    hook = webhook(replace(alert("a", 0, 5), ends_at=None))
    assert fold(hook, minutes=7).group.ended_at == at(7)


def test_two_reports_of_one_resolution_agree_on_the_later_end() -> None:
    for ends in ([5, 6], [6, 5]):
        state = fold(*(webhook(alert("a", 0, end)) for end in ends))
        assert state.group.ended_at == at(6)


def test_a_resolution_of_an_older_alert_leaves_a_newer_one_alone() -> None:
    state = fold(webhook(alert("a", 10, 15)), webhook(alert("a", 0, 5)))
    assert state.group.ended_at == at(15)


def test_an_alert_that_a_newer_webhook_no_longer_names_is_gone() -> None:
    state = fold(webhook(alert("a"), alert("b")), webhook(alert("b"), alert("c", 5)))
    assert told(state) == {"a": "resolved", "b": "firing", "c": "firing"}


def test_an_alert_that_an_older_webhook_does_not_know_yet_stays() -> None:
    state = fold(webhook(alert("a"), alert("b", 5)), webhook(alert("a")))
    assert told(state) == {"a": "firing", "b": "firing"}


def test_an_alert_unnamed_for_more_than_a_minute_is_gone() -> None:
    hooks = (webhook(alert("a"), alert("b")), webhook(alert("b")))
    assert told(fold(*hooks, apart=0.9)) == {"a": "firing", "b": "firing"}
    assert told(fold(*hooks, apart=1.1)) == {"a": "resolved", "b": "firing"}


def test_what_was_only_taken_for_gone_comes_back_at_once() -> None:
    state = fold(
        webhook(alert("a"), alert("b")),
        webhook(alert("b"), alert("c", 5)),
        webhook(alert("a"), alert("b"), alert("c", 5)),
    )
    assert told(state)["a"] == "firing"


def test_alertmanagers_word_on_the_end_beats_our_guess() -> None:
    state = fold(
        webhook(alert("a"), alert("b")),
        webhook(alert("b"), alert("c", 5)),
        webhook(alert("a", 0, 4), alert("b"), alert("c", 5)),
    )
    assert next(a for a in state.group.alerts if a.fingerprint == "a").ends_at == at(4)


def test_a_truncated_webhook_says_nothing_of_what_it_does_not_name() -> None:
    state = fold(webhook(alert("a"), alert("b")), webhook(alert("a", 0, 5), truncated=1), apart=60)
    assert told(state) == {"a": "resolved", "b": "firing"}
    assert state.group.hidden == 0, "the one left out is the one we know"
    assert fold(webhook(alert("a", 0, 5), truncated=4)).group.hidden == 4


def test_a_complete_webhook_ends_the_hiding() -> None:
    state = fold(webhook(alert("a"), truncated=3), webhook(alert("a", 0, 5)))
    assert state.group.status is Status.RESOLVED


def test_resolved_alerts_are_listed_with_their_episode_only() -> None:
    gap = EPISODE_GAP.total_seconds() / 60
    hooks = (webhook(alert("a", 0, 5)), webhook(alert("b", 5 + gap)))
    assert told(fold(*hooks)) == {"a": "resolved", "b": "firing"}
    hooks = (webhook(alert("a", 0, 5)), webhook(alert("b", 5.1 + gap)))
    assert told(fold(*hooks)) == {"b": "firing"}
    assert [each.fingerprint for each in fold(*hooks).ended] == ["a"]


def test_resolved_alerts_do_not_pile_up() -> None:
    state = None
    for minute in range(4):
        many = (alert(f"{minute}-{n}", minute, minute + 1) for n in range(LISTED_RESOLVED))
        state = merge(state, webhook(*many), at(minute * 10))
    assert state is not None
    assert len(state.records) == LISTED_RESOLVED
    assert len(state.group.alerts) == LISTED_RESOLVED


def test_a_recorded_life_ends_resolved(recorded: Path) -> None:
    names = ["group-001-firing", "group-002-firing", "group-003-firing", "group-004-resolved"]
    hooks = [parse((recorded / f"{name}.json").read_bytes()) for name in names]
    states = [fold(*hooks[: index + 1]).group for index in range(4)]
    assert [len(state.firing) for state in states] == [1, 2, 1, 0]
    assert states[-1].status is Status.RESOLVED
    assert fold(*reversed(hooks)).group == states[-1]


def test_recorded_truncation_is_not_a_resolution(recorded: Path) -> None:
    names = ["truncated-007-firing", "truncated-008-resolved"]
    hooks = [parse((recorded / f"{name}.json").read_bytes()) for name in names]
    assert json.loads((recorded / f"{names[1]}.json").read_text())["status"] == "resolved"
    assert fold(*hooks).group.status is Status.FIRING


@st.composite
def lives(draw: st.DrawFn) -> list[Webhook]:
    """What one Alertmanager sends of a group whose alerts start, overlap and end, in order."""
    alerts = []
    for index in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, 20))
        length = draw(st.integers(1, 20))
        fires_on = draw(st.booleans())
        alerts.append((f"a{index}", start, None if fires_on else start + length))
    moments = sorted({m for _, start, end in alerts for m in (start, end) if m is not None})
    hooks, reported = [], set()
    for now in moments:
        shown: list[Alert] = []
        for name, start, end in alerts:
            if start > now:
                continue
            if end is None or end > now:
                shown.append(alert(name, start))
            elif name not in reported:
                reported.add(name)
                shown.append(alert(name, start, end))
        if shown:
            hooks.append(webhook(*shown))
    return hooks


@given(lives(), st.data())
def test_any_order_and_repetition_within_the_window_ends_in_the_same_state(
    life: list[Webhook], data: st.DataObject
) -> None:
    repeated = [hook for hook in life for _ in range(data.draw(st.integers(1, 3)))]
    shuffled = data.draw(st.permutations(repeated))
    apart = WINDOW / (len(shuffled) + 1) / timedelta(minutes=1)
    expected = fold(*life, apart=apart)
    actual = fold(*shuffled, apart=apart)
    assert actual.group.firing == expected.group.firing
    assert actual.group == expected.group


@given(lives())
def test_each_webhook_leaves_firing_what_it_says_fires(life: list[Webhook]) -> None:
    for count in range(1, len(life) + 1):
        firing = {each.fingerprint for each in fold(*life[:count]).group.firing}
        assert firing == {each.fingerprint for each in life[count - 1].alerts if each.firing}


def test_a_group_that_grows_without_end_is_counted_and_not_kept_whole() -> None:
    """Truncated webhooks, each with other alerts: none of them proves that the others ended."""
    half, state = MOST_ALERTS // 2, None
    for step in range(3):
        some = (alert(f"{step}-{n}", step) for n in range(half))
        state = merge(state, webhook(*some, truncated=1), at(step))
    assert state
    assert len(state.group.firing) == MOST_ALERTS
    assert not any(each.fingerprint.startswith("0-") for each in state.group.firing)
    assert state.hidden == half
