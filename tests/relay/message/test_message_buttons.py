"""Buttons, and who looks after a group: only where clicks reach us, within Slack's limits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from message_examples import START, VIEW, alert, cpu, group, payload

from relay.message import Block, Message, View, render
from relay.message.limits import BUTTON_URL, BUTTONS, STANDING, TOTAL, size
from relay.message.violations import texts, violations
from relay.model.standing import Acknowledged, Silenced, Standing

ID = "0123456789abcdef"
ACTING = replace(VIEW, group_id=ID)
ACKNOWLEDGED = Acknowledged("alice", START)
SILENCED = Silenced(START + timedelta(hours=4), "alice", START, "s1", comment="known")


def buttons(message: Message) -> dict[str, Block]:
    found: list[Any] = [block for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element for block in found for element in block["elements"]}


def standing(**holds: Any) -> View:
    return replace(ACTING, standing=Standing(**holds))


def told(message: Message) -> str:
    return " ".join(texts([block for block in message.blocks if block["type"] == "context"]))


def test_without_a_way_back_there_are_no_buttons() -> None:
    message = render(group(cpu("a", 97)), VIEW)
    assert buttons(message) == {}
    assert "Runbook" in str(message.attachments)


def test_what_can_be_done_about_a_firing_group() -> None:
    message = render(group(cpu("a", 97)), ACTING)
    assert [button["text"]["text"] for button in buttons(message).values()] == [
        "Acknowledge",
        "Silence 1 h",
        "Silence 4 h",
        "Until tomorrow",
        "Silence…",
        "Runbook",
        "Dashboard",
    ]
    assert {button["value"] for button in buttons(message).values()} == {ID}
    assert violations(payload(message)) == []


def test_what_a_button_leads_to_is_not_linked_again() -> None:
    below = str(render(group(cpu("a", 97)), ACTING).attachments)
    assert "Runbook" not in below
    assert "Dashboard" not in below
    assert "Prometheus" in below


def test_who_acknowledged_and_silenced_is_told_and_can_be_taken_back() -> None:
    message = render(group(cpu("a", 97)), standing(acknowledged=ACKNOWLEDGED, silenced=SILENCED))
    assert next(iter(buttons(message))) == "tocsin.unsilence"
    assert "tocsin.acknowledge" not in buttons(message)
    assert "tocsin.silence.1h" not in buttons(message)
    assert "Acknowledged by alice ·" in told(message)
    assert "Silenced until <!date^" in told(message)
    assert "{time}|2026-11-20 12:00 UTC> by alice — known" in told(message)


def test_a_long_silence_says_the_day() -> None:
    silenced = replace(SILENCED, until=START + timedelta(days=2))
    assert "{date_short_pretty} {time}" in told(
        render(group(cpu("a", 97)), standing(silenced=silenced))
    )


def test_a_resolved_group_has_nothing_but_its_silence_to_take_back() -> None:
    ended = group(cpu("a", 97, lasted=timedelta(minutes=5)))
    assert buttons(render(ended, ACTING)) == {}
    message = render(ended, standing(acknowledged=ACKNOWLEDGED, silenced=SILENCED))
    assert list(buttons(message)) == ["tocsin.unsilence"]
    assert "Acknowledged" not in told(message)
    assert "Runbook" in str(message.attachments)


def test_an_address_is_a_button_only_if_all_alerts_share_it_and_it_is_short() -> None:
    labels = {"alertname": "A"}
    one = alert({**labels, "host": "a"}, {"runbook_url": "https://r.example/1"})
    two = alert({**labels, "host": "b"}, {"runbook_url": "https://r.example/2"})
    assert "tocsin.open.runbook" not in buttons(render(group(one, two), ACTING))
    for url in ("https://r.example/" + "x" * 183, "javascript:alert(1)", "runbooks/host.md"):
        message = render(group(alert(labels, {"runbook_url": url})), ACTING)
        assert "tocsin.open.runbook" not in buttons(message)
        assert "Runbook" in str(message.attachments)


@pytest.mark.parametrize(
    "by", ["<!channel>", "*bold* & <@U1>", "U0ALICE1", "<" * 500, "", "\u202e"]
)
def test_whoever_acts_is_named_inertly_and_cut(by: str) -> None:
    silenced = replace(SILENCED, by=by, comment="<!here> & " * 50)
    acknowledged = replace(ACKNOWLEDGED, by=by)
    message = render(group(cpu("a", 97)), standing(acknowledged=acknowledged, silenced=silenced))
    assert "<!channel>" not in told(message)
    assert "<!here>" not in told(message)
    assert "<@" not in told(message)
    assert size(told(message)) <= STANDING
    assert violations(payload(message)) == []


def test_buttons_stay_within_their_share() -> None:
    url = "https://r.example/" + "x" * 182
    assert size(url) == BUTTON_URL
    message = render(
        group(alert({"alertname": "A"}, {"runbook_url": url, "dashboard_url": url})), ACTING
    )
    assert len(buttons(message)) == 7
    acting = [block for block in message.blocks if block["type"] == "actions"]
    assert sum(size(text) for text in texts(acting)) <= BUTTONS < TOTAL


def test_the_relays_own_page_is_linked_where_it_has_an_address() -> None:
    url = f"https://relay.example.com/groups/{ID}"
    message = render(group(cpu("a", 97)), replace(VIEW, page=url))
    assert f"<{url}|History>" in str(message.attachments)
    assert "History" not in str(render(group(cpu("a", 97)), VIEW))
