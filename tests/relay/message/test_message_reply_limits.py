"""Replies in a thread fit Slack's limits."""

import pytest
from relay_kit import alert, at, webhook

from relay.intake.merge import merge
from relay.message import Message, View
from relay.message.limits import violations
from relay.message.thread import (
    render_escalated,
    render_full,
    render_resolved,
    render_rest,
    with_flapping,
)
from relay.model.group import Severities


@pytest.mark.parametrize("text", ["plain", "<!channel> *`" * 400])
def test_replies_fit(text: str) -> None:
    alerts = [
        alert(f"{n}", 0, None if n % 2 else 5, summary=text, **{f"l{i}": text for i in range(9)})
        for n in range(80)
    ]
    group = merge(None, webhook(*alerts), at(100)).group
    view = View(at(100), Severities(), "<!here>")
    full, count = render_full(group, group.firing, view, 0)
    assert count > 0
    flapping = with_flapping(full, [at(n) for n in range(50)])
    messages: list[Message] = [
        full,
        flapping,
        render_resolved(group, group.resolved, view),
        render_escalated(group, at(0), view),
        render_rest(3000),
    ]
    for message in messages:
        assert violations(vars(message)) == []
        assert "<!channel>" not in str(message)
