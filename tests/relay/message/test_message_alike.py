"""Many alerts that say the same of different things: said once."""

import time
from typing import Any

import pytest
from message_examples import VIEW, alert, body, cpu, group, payload

from relay.message import render
from relay.message.alike import FROM, alike
from relay.message.shared import Shared
from relay.message.violations import violations
from relay.model.group import Group


def disks(summaries: list[str], values: list[str] | None = None, **more: str) -> Group:
    made = []
    for number, said in enumerate(summaries):
        notes = {"summary": said} | ({"value": values[number]} if values else {})
        labels = {"alertname": "DiskFilling", "host": f"store-{number}", **more}
        made.append(alert(labels, notes))
    return group(*made)


def said(known: Group) -> str:
    return alike(known.alerts, Shared.of(known))


def test_what_only_their_labels_tell_apart_is_said_once() -> None:
    known = disks([f"/data of store-{n} is nearly full" for n in range(FROM)])
    assert said(known) == "/data of [host] is nearly full"
    message = render(known, VIEW)
    shown = str(payload(message))
    assert shown.count("is nearly full") == 2, "below the title, and in the text"
    assert "of store-0 is nearly full" in message.text, "there with a name"
    assert "• `host=store-3`" in shown
    assert violations(payload(message)) == []


def test_the_value_is_a_part_of_it_however_it_is_rounded() -> None:
    values = ["97.31 %", "96.5 %", "95.04 %", "99.96 %", "81 %"]
    told = ["97", "96.5", "95.0", "100", "81"]
    known = disks([f"store-{n} is at {told[n]} %, limit 80" for n in range(5)], values)
    assert said(known) == "[host] is at [value] %, limit 80"
    assert "`host=store-0` *97.31 %*" in str(payload(render(known, VIEW)))


@pytest.mark.parametrize(
    "summaries",
    [
        ["store-0 is full"] * 3 + ["store-3 is full", "store-4 is broken"],
        [f"store-{n} is at {90 + n} %" for n in range(6)],  # numbers that nothing else tells
        [f"store-{n} is full" for n in range(FROM - 1)],
        [f"store-{n} is full{'er' * (n == 4)}" for n in range(5)],
        ["", "", "", "", ""],
        ["store-0 is full", "", "", "", ""],
    ],
)
def test_what_differs_otherwise_is_said_by_each(summaries: list[str]) -> None:
    known = disks(summaries)
    assert said(known) == ""
    assert violations(payload(render(known, VIEW))) == []


def test_what_is_all_the_same_needs_no_names() -> None:
    known = disks(["a disk is full"] * 6)
    assert said(known) == ""
    assert "a disk is full" in str(render(known, VIEW).blocks)


@pytest.mark.parametrize("value", ["(", "a|b", "\\", "[x", "store-1", "é*", "<!here>", "x" * 300])
def test_labels_that_would_be_patterns_are_text(value: str) -> None:
    known = disks([f"store-{n} {value} is full" for n in range(6)], job=value)
    made: Any = payload(render(known, VIEW))
    assert violations(made) == []
    assert "<!here>" not in str(made)


def test_five_thousand_take_no_time() -> None:
    known = disks([f"/data of store-{n} is nearly full" for n in range(5_000)])
    shared = Shared.of(known)
    began = time.process_time()
    assert alike(known.alerts, shared)
    assert time.process_time() - began < 0.5, "some 10 ms"


def test_more_alerts_than_fit_are_counted() -> None:
    many = [cpu(f"h{number:04}", 97) for number in range(5000)]
    said = body(render(group(*many), VIEW))
    assert "_+4980 more_" in said


def test_many_labels_are_counted_not_dropped() -> None:
    labels = {"alertname": "A", **{f"l{number:02}": "v" for number in range(20)}}
    assert "+8 more labels" in body(render(group(alert(labels)), VIEW))
    other = alert({"alertname": "A", "only": "this"})
    assert "+14 labels" in body(render(group(alert(labels), other), VIEW))


def test_what_sorts_many_is_counted_unless_the_title_says_it() -> None:
    many = [cpu(f"h{n:02}", 97) for n in range(30)]
    assert "30 critical" not in body(render(group(*many), VIEW))
    mixed = [*many, *(cpu(f"w{n:02}", 85, "warning") for n in range(5))]
    assert "🔴 30 critical, 🟠 5 warning" in body(render(group(*mixed), VIEW))
