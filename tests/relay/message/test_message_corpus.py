"""Recorded webhooks as messages: within Slack's limits, and as the golden files show them.

UPDATE_GOLDEN=1 writes the golden files anew.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from message_examples import VIEW, alert, cpu, dump, group, payload, recorded, text_objects
from mrkdwn_tokens import foreign_tokens

from relay.message import render, render_joined, render_passed
from relay.message.limits import TOTAL, size, violations

GOLDEN = Path(__file__).parent / "golden"
RECORDED = [
    "group-001-firing", "group-002-firing", "group-003-firing", "group-004-resolved",
    "group-005-firing", "group-006-firing", "group-009-firing", "group-010-firing",
    "group-011-firing", "truncated-007-firing", "truncated-008-resolved",
]  # fmt: skip
HOUR = timedelta(hours=1)
_flow = {"alertname": "FlowSilent", "platform": "p1", "flow": "cdr", "severity": "warning"}
_silent = alert(_flow, {"summary": "No events on flow cdr of p1"}, lasted=95 * HOUR / 60)
_two = group(cpu("h1", 97), cpu("h2", 85, "warning"), cpu("h3", 91, lasted=HOUR))
OWN = {
    "own-firing": render(_two, VIEW),
    "own-joined": render_joined(_two, [cpu("h1", 97)], VIEW),
    "own-resolved": render(group(_silent), VIEW),
    "own-passed": render_passed(group(_silent), [_silent], VIEW),
}


def _compare(name: str, shown: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), "UPDATE_GOLDEN=1 accepts the change"


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_webhooks_look_like_their_golden_files(name, corpus):
    path = corpus / "webhooks" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the corpus")
    _compare(name, dump(render(recorded(path), VIEW)))


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_examples_look_like_their_golden_files(name):
    _compare(name, dump(OWN[name]))


def test_every_recorded_webhook_passes_slacks_limits_unharmed(corpus):
    for path in sorted((corpus / "webhooks").glob("*.json")):
        known = recorded(path)
        for message in (
            render(known, VIEW),
            render_joined(known, known.alerts, VIEW),
            render_passed(known, known.alerts, VIEW),
        ):
            assert violations(payload(message)) == [], path.name
            every = [one["text"] for one in text_objects([message.blocks, message.attachments])]
            assert sum(map(size, [message.text, *every])) <= TOTAL
            assert [
                token for text in [message.text, *every] for token in foreign_tokens(text)
            ] == []
