"""Nothing but an incoming webhook: the real command against the strict stand-in for Slack."""

from collections.abc import Callable
from pathlib import Path

import pytest
from relay_kit import alert
from relay_process import HOOK, Relay, until
from strict_slack import StrictSlack


@pytest.fixture
def slack(strict_slack: StrictSlack) -> StrictSlack:
    return strict_slack


def said(slack: StrictSlack) -> list[str]:
    return [post.content["text"] for post in slack.channels["C00000001"].top]


def test_a_life_in_posts(start: Callable[..., Relay], slack: StrictSlack) -> None:
    relay = start(SLACK_WEBHOOK_URL=slack.hook, RELAY_WEBHOOK_TOKEN=HOOK)
    assert relay.tell(alert("h1")) == 200
    until(lambda: len(said(slack)) == 1)
    assert relay.tell(alert("h1"), alert("h2", 1, severity="critical")) == 200
    until(lambda: len(said(slack)) == 2)
    assert relay.tell(alert("h1", 0, 5), alert("h2", 1, 5, severity="critical")) == 200
    until(lambda: len(said(slack)) == 3)
    assert ["FIRING" in said(slack)[0], "Also firing" in said(slack)[1]] == [True, True]
    assert "RESOLVED" in said(slack)[2]
    assert {method for method, _ in slack.calls} == {"webhook"}
    assert slack.hook not in relay.log


def test_every_recorded_webhook_is_within_slacks_limits(
    start: Callable[..., Relay], slack: StrictSlack, recorded: Path, tmp_path: Path
) -> None:
    (tmp_path / "relay.yaml").write_text(
        'version: 1\ndefault_channel: "#alerts"\ndefault_mention: {critical: "<!here>"}\n'
    )
    slack.mentions = {"<!here>"}
    relay = start(SLACK_WEBHOOK_URL=slack.hook, RELAY_WEBHOOK_TOKEN=HOOK)
    hooks = sorted(recorded.glob("*.json"))
    for path in hooks:
        assert relay.send(path.read_bytes()) == 200
    # What resolves before it is told of is told once, as resolved.
    groups = {
        "FlowSilent",
        "HostCpuHigh",
        "BigGroup",
        "Trunc",
        "NoAnnotations",
        "OnlyName",
        "Watchdog",
    }
    until(lambda: all(any(name in text for text in said(slack)) for name in groups), 60)
