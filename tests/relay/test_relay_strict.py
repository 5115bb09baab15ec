"""The relay's own process against a strict stand-in for Slack: recorded webhooks, faults, kills."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import requests
from relay_process import HOOK, Apart, Relay, until
from strict_http import served
from strict_parts import Post
from strict_slack import StrictSlack
from strict_workspace import AFTER, BEFORE, TOKEN

from relay.delivery.reconcile import LEASE_SECONDS

NAMES = ("alerts", "cpu", "flow", "big", "bare", "name", "dog")
CONFIG = """
version: 1
default_channel: "#alerts"
default_mention: {critical: "<!here>"}
routes:
  - {match: {alertname: HostCpuHigh}, channel: C00000002}
  - {match: {alertname: FlowSilent}, channel: "#flow", mention: {critical: "<!here>"}}
  - {match: {alertname: BigGroup}, channel: C00000004}
  - {match: {alertname: NoAnnotations}, channel: "#bare"}
  - {match: {alertname: OnlyName}, channel: "#name"}
  - {match: {alertname: Watchdog}, channel: C00000007}
"""
FINALLY = {
    "HostCpuHigh": "RESOLVED",
    "FlowSilent": "FIRING",
    "BigGroup": "FIRING",
    "NoAnnotations": "FIRING",
    "OnlyName": "FIRING",
    "Watchdog": "FIRING",
    "Trunc": "UNKNOWN",
}


Build = Callable[..., "Incident"]


class Incident:
    """A relay that posts to a strict Slack, and what it is told."""

    def __init__(self, relay: Relay | Apart, slack: StrictSlack, recorded: Path) -> None:
        self.relay, self.slack = relay, slack
        self.hooks = [path.read_bytes() for path in sorted(recorded.glob("*.json"))]

    def send(self, bodies: Sequence[bytes], pause: Callable[[], float] = lambda: 0.0) -> None:
        """As Alertmanager does: again and again, until it is taken."""
        for body in bodies:
            until(lambda body=body: self._taken(body), 60)  # bound now
            time.sleep(pause())

    def _taken(self, body: bytes) -> bool:
        headers = {"Authorization": f"Bearer {HOOK}"}
        try:
            answer = requests.post(
                f"{self.relay.url}/v1/alertmanager", data=body, headers=headers, timeout=5
            )
        except requests.RequestException:
            return False
        assert answer.status_code in (200, 503)
        return answer.status_code == 200

    def rest(self, seconds: float = 90) -> None:
        """Until nothing waits any more."""
        calm = [0]

        def quiet() -> bool:
            text = requests.get(f"{self.relay.url}/metrics", timeout=5).text
            rows = [row for row in text.splitlines() if "_queue_depth{" in row]
            calm[0] = calm[0] + 1 if rows and all(row.endswith(" 0.0") for row in rows) else 0
            time.sleep(0.1)
            return calm[0] > 5

        until(quiet, seconds)

    @property
    def tops(self) -> dict[str, list[Post]]:
        """By alert, the messages that are no replies."""
        posts = [post for channel in self.slack.channels.values() for post in channel.top]
        return {
            name: [post for post in posts if name in post.now["blocks"][0]["text"]["text"]]
            for name in FINALLY
        }

    def judge(self) -> None:
        assert self.slack.wrong == []
        tops = self.tops
        assert {name: len(posts) for name, posts in tops.items()} == dict.fromkeys(FINALLY, 1)
        for name, state in FINALLY.items():
            (post,) = tops[name]
            assert f" {state} " in post.now["blocks"][0]["text"]["text"], name
            assert f" {state} " in post.now["text"], name
        called = {name for name, (post,) in tops.items() if "<!here>" in post.content["text"]}
        assert called <= {"HostCpuHigh", "FlowSilent", "BigGroup"}


@pytest.fixture
def incident(recorded: Path, tmp_path: Path) -> Iterator[Build]:
    """Of a relay in one process, or, given a database, in two."""
    with ExitStack() as stack:

        def build(database: str = "") -> Incident:
            slack = stack.enter_context(served(StrictSlack(*NAMES)))
            slack.mentions = {"<!here>"}
            (tmp_path / "relay.yaml").write_text(CONFIG)
            environ = {
                "SLACK_BOT_TOKEN": TOKEN,
                "SLACK_API_URL": slack.url,
                "SLACK_SIGNING_SECRET": "sign",
                "RELAY_WEBHOOK_TOKEN": HOOK,
            }
            relay = Apart(tmp_path, database, **environ) if database else Relay(tmp_path, **environ)
            relay.start()
            stack.callback(relay.stop)
            return Incident(relay, slack, recorded)

        yield build


def test_recorded_webhooks_in_order(incident: Build) -> None:
    one = incident()
    one.send(one.hooks)
    one.rest()
    one.judge()
    assert one.slack.limited == [], "it keeps to Slack's rates by itself"
    assert "<!here>" in one.tops["FlowSilent"][0].content["text"]


def test_recorded_webhooks_on_postgresql(incident: Build, postgres_url: str) -> None:
    one = incident(postgres_url)
    one.send(one.hooks)
    one.rest()
    one.judge()
    assert one.slack.limited == []


def mischief(seed: int, share: float, faults: Sequence[str]) -> Callable[..., str]:
    """So many of the calls go wrong, one way or another."""
    dice = random.Random(seed)
    return lambda method, slack: dice.choice(faults) if dice.random() < share else ""


def chaos(
    one: Incident, seed: int, kills: int, faults: Sequence[str], patience: float = 90
) -> None:
    """Two replicas send everything twice, in any order, while Slack fails and the relay dies."""
    dice = random.Random(seed)
    one.slack.mischief = mischief(seed, 0.3, faults)
    senders = []
    for _ in range(2):
        bodies = one.hooks * 2
        dice.shuffle(bodies)
        pauses = (bodies, partial(dice.uniform, 0, 0.3))
        senders.append(threading.Thread(target=one.send, args=pauses))
    for sender in senders:
        sender.start()
    for _ in range(kills):
        time.sleep(dice.uniform(0.2, 2))
        one.relay.kill()
        one.relay.start()
    for sender in senders:
        sender.join()
    one.slack.mischief = mischief(seed, 0.0, faults)
    one.rest(patience)
    one.judge()


def test_shuffled_doubled_from_two_replicas_with_faults_and_kills(
    incident: Build,
) -> None:
    chaos(incident(), seed=1, kills=1, faults=[*BEFORE, *AFTER[:-1]])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 22))
def test_the_same_many_times_and_with_answers_that_never_come(incident: Build, seed: int) -> None:
    chaos(incident(), seed, kills=seed % 4, faults=[*BEFORE, *AFTER])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 36))
def test_the_same_on_postgresql_where_both_are_killed(
    incident: Build, postgres_url: str, seed: int
) -> None:
    one = incident(postgres_url)  # what a killed worker had claimed is free after its lease
    chaos(one, seed, kills=seed % 4, faults=[*BEFORE, *AFTER], patience=10 * LEASE_SECONDS)
