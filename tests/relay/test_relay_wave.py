"""A storm through real processes: webhooks over HTTP, the command, the strict stand-in for Slack
with its message a second. The channel accounts for every group within seconds, both times."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from actions_kit import RealAlertmanager
from relay_process import HOOK, Relay, until
from strict_slack import StrictSlack
from strict_workspace import TOKEN
from wave_kit import Wave, groups

CONFIG = """version: 1
default_channel: "#alerts"
default_mention: {critical: "<!here>"}
"""
PATIENT = 60.0  # seconds, where the machine may be busy with other tests
PROMISED = 10.0
EARLY = 8  # groups that may be posted while the others are still on their way

Start = Callable[..., Relay]


@pytest.fixture
def slack(strict_slack: StrictSlack) -> StrictSlack:
    strict_slack.mentions = {"<!here>"}
    return strict_slack


@pytest.fixture
def launch(tmp_path: Path, slack: StrictSlack) -> Iterator[Start]:
    (tmp_path / "relay.yaml").write_text(CONFIG)
    started: list[Relay] = []

    def build(role: str = "serve", **environ: str) -> Relay:
        known = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url, "RELAY_WEBHOOK_TOKEN": HOOK}
        relay = Relay(tmp_path, role, SLACK_SIGNING_SECRET="sign", **known, **environ)
        started.append(relay)
        relay.start()
        return relay

    yield build
    for relay in started:
        relay.stop()


def fires(wave: Wave, limit: float) -> None:
    """All of them, and then: accounted for, the worst first, each reachable."""
    wave.tell(wave.groups)
    assert wave.seconds(wave.accounts) < limit
    assert len(wave.digests()) == 1
    until(lambda: wave.listed() | wave.own().keys() == wave.hosts, 90)
    critical = {group.host for group in wave.groups if group.severity == "critical"}
    alone = wave.own()
    (digest,) = wave.digests()
    later = {host for host, posts in alone.items() if posts[0].ts > digest.ts}
    assert len(alone) - len(later) <= EARLY, "posted before there was a storm"
    assert len(later) >= 5
    assert later <= critical
    shown = digest.now["attachments"][0]["blocks"][0]["text"]["text"]
    assert shown.startswith("🔴"), "the worst first"
    page = requests.get(f"{wave.urls[0]}/digests/{wave.storm_id()}", timeout=30)
    missing = [host for host in wave.hosts if f"host={host}<" not in page.text]
    assert set(missing) <= alone.keys()


def ends(wave: Wave, limit: float) -> None:
    """All of them; then nothing ends wrong, and nothing is said any more."""
    wave.resolve([group for group in wave.groups if group.ended is None])
    assert wave.seconds(wave.accounts) < limit
    until(wave.truthful, 120)
    until(lambda: wave.urls and _rests(wave.urls[-1]), 120)
    assert wave.accounts()
    assert wave.truthful()


def _rests(url: str) -> bool:
    """Whether nothing waits to be said."""
    text = requests.get(f"{url}/metrics", timeout=30).text
    rows = [row for row in text.splitlines() if "_queue_depth{" in row]
    time.sleep(0.2)
    return bool(rows) and all(row.endswith(" 0.0") for row in rows)


def test_many_groups_at_once(launch: Start, slack: StrictSlack) -> None:
    relay = launch()
    wave = Wave([relay.url], slack, groups(150))
    fires(wave, PATIENT)
    assert slack.called("chat.postMessage") < 20
    some = wave.groups[10:40]
    wave.resolve(some)
    wave.seconds(wave.accounts, PATIENT)
    wave.fire_again(some[:15])
    wave.seconds(wave.accounts, PATIENT)
    ends(wave, PATIENT)


@pytest.mark.slow
def test_a_thousand_at_once(launch: Start, slack: StrictSlack) -> None:
    relay = launch()
    wave = Wave([relay.url], slack, groups(1000))
    fires(wave, PROMISED)
    ends(wave, PROMISED)
    assert slack.called("chat.postMessage") < 60


@pytest.mark.slow
def test_a_thousand_that_are_over_before_all_of_it_is_told(
    launch: Start, slack: StrictSlack
) -> None:
    relay = launch()
    wave = Wave([relay.url], slack, groups(1000))
    wave.tell(wave.groups)
    wave.resolve(wave.groups[:600])
    wave.fire_again(wave.groups[300:500])
    assert wave.seconds(wave.accounts) < PROMISED
    ends(wave, PROMISED)


@pytest.mark.slow
def test_a_thousand_while_the_relay_is_killed_twice(launch: Start, slack: StrictSlack) -> None:
    relay = launch()
    wave = Wave([relay.url], slack, groups(1000))
    wave.tell(wave.groups)
    time.sleep(2)
    relay.kill()
    relay.start()
    wave.seconds(wave.accounts, PATIENT)
    wave.resolve(wave.groups[:500])
    time.sleep(1)
    relay.kill()
    relay.start()
    ends(wave, PATIENT)
    assert len(slack.limited) <= 2, "what a killed relay knew of the channel's rate is lost"
    slack.limited.clear()


@pytest.mark.slow
def test_a_thousand_on_postgresql_with_two_of_each(
    launch: Start, slack: StrictSlack, postgres_url: str
) -> None:
    webs = [launch("web", RELAY_DATABASE_URL=postgres_url) for _ in range(2)]
    workers = [launch("worker", RELAY_DATABASE_URL=postgres_url) for _ in range(2)]
    assert all(worker.ready() for worker in workers)
    wave = Wave([web.url for web in webs], slack, groups(1000))
    fires(wave, PROMISED)
    ends(wave, PROMISED)
    assert len(slack.limited) <= 3, "of two that deliver, one may be held up on its way"
    slack.limited.clear()


@pytest.mark.slow
@pytest.mark.real
def test_a_thousand_from_a_real_alertmanager(
    launch: Start, slack: StrictSlack, alertmanager: Path, tmp_path: Path
) -> None:
    relay = launch()
    am = RealAlertmanager(alertmanager, tmp_path / "am", f"{relay.url}/v1/alertmanager")
    am.group_by, am.token = ["alertname", "host", "platform"], HOOK
    am.start()
    wave = Wave([relay.url], slack, groups(1000))
    try:
        am.post([group.alert() for group in wave.groups])
        assert wave.seconds(wave.accounts) < PROMISED + 5, "group_wait is 0, but it takes its time"
        for group in wave.groups:
            group.end()
        am.post([group.alert() for group in wave.groups])
        assert wave.seconds(wave.accounts) < PROMISED + 5
        until(wave.truthful, 120)
    finally:
        am.stop()
