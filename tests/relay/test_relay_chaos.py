"""Processes are killed at random moments while webhooks come and Slack fails: nothing is lost.

At the end every group is shown in its last state, and a message is doubled at most once for each
kill and for each post that Slack took without saying so.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from chaos_kit import Sender, UnsteadySlack, kill_one
from relay_process import HOOK, TOKEN, Relay, until

CONFIG = """version: 1
default_channel: "#alerts"
limits: {messages_per_second: 200, burst: 200, edits_per_minute: 6000}
storm: {threshold: 10000}
flapping: {times: 50}
"""
SENDERS = 3


@pytest.fixture
def slack() -> Iterator[UnsteadySlack]:
    with UnsteadySlack(seed=7) as server:
        yield server


class Story:
    """The processes, and all that happens to them."""

    def __init__(self, folder: Path, slack: UnsteadySlack, roles: list[str], url: str) -> None:
        (folder / "relay.yaml").write_text(CONFIG)
        environ = {"SLACK_BOT_TOKEN": TOKEN, "RELAY_WEBHOOK_TOKEN": HOOK}
        environ |= {"SLACK_API_URL": slack.url, "RELAY_DATABASE_URL": url}
        self.slack, self.kills = slack, 0
        self.relays = [Relay(folder, role, **environ) for role in roles]
        self.chance = random.Random(11)

    def run(self, groups: int, changes: int, kills: int, patience: float) -> None:
        for relay in self.relays:
            relay.start()
        urls = [relay.url for relay in self.relays if relay.role != "worker"]
        names = [f"G{index}" for index in range(groups)]
        stay = frozenset(names[::5])
        senders = [Sender(urls, names[n::SENDERS], changes, stay) for n in range(SENDERS)]
        threads = [threading.Thread(target=sender.run, args=(0.05,)) for sender in senders]
        for thread in threads:
            thread.start()
        while self.kills < kills:
            time.sleep(self.chance.uniform(0.1, 1.5))
            kill_one(self.relays, self.chance)
            self.kills += 1
        for thread in threads:
            thread.join()
        self.slack.faults = 0
        assert sum(sender.accepted for sender in senders) == groups * changes
        until(lambda: self._settled(names, stay, changes - 1), patience)
        allowed = self.kills + self.slack.met["posts lost"]
        told = f"kills {self.kills}, {dict(self.slack.met)}, doubled {self.slack.doubled}"
        print(told)  # noqa: T201 - `pytest -s` shows it
        assert self.slack.doubled <= allowed

    def _settled(self, names: list[str], stay: frozenset[str], alerts: int) -> bool:
        """Whether every group is shown as it is."""
        shown = self.slack.shown()
        return all(
            shown.get(name) and shown[name][-1].says(name not in stay, alerts) for name in names
        ) and all('depth{channel="#alerts"} 0.0' in self._metrics(each) for each in self.relays)

    def _metrics(self, relay: Relay) -> str:
        try:
            return requests.get(f"{relay.url}/metrics", timeout=9).text
        except requests.RequestException:
            return ""

    def stop(self) -> None:
        for relay in self.relays:
            if relay.process and relay.process.poll() is None:
                relay.stop()


def tell(folder: Path, slack: UnsteadySlack, roles: list[str], url: str, **how: float) -> None:
    story = Story(folder, slack, roles, url)
    try:
        story.run(**how)
    finally:
        story.stop()
    for relay in story.relays:
        for line in relay.log.splitlines():
            if line.startswith("{"):
                assert json.loads(line)["message"] != "a step failed", line


def test_serve_is_killed(tmp_path: Path, slack: UnsteadySlack) -> None:
    url = f"sqlite:///{tmp_path}/relay.sqlite"
    tell(tmp_path, slack, ["serve"], url, groups=9, changes=5, kills=2, patience=90)


def test_any_of_web_and_worker_is_killed(
    tmp_path: Path, slack: UnsteadySlack, postgres_url: str
) -> None:
    """What a killed worker had begun is taken over when its lease ends: within half a minute."""
    roles = ["web", "worker", "web", "worker"]
    tell(tmp_path, slack, roles, postgres_url, groups=9, changes=4, kills=2, patience=200)


@pytest.mark.slow
def test_serve_is_killed_a_hundred_times(tmp_path: Path, slack: UnsteadySlack) -> None:
    url = f"sqlite:///{tmp_path}/relay.sqlite"
    tell(tmp_path, slack, ["serve"], url, groups=500, changes=20, kills=100, patience=900)


@pytest.mark.slow
def test_any_of_web_and_worker_is_killed_a_hundred_times(
    tmp_path: Path, slack: UnsteadySlack, postgres_url: str
) -> None:
    roles = ["web", "worker", "web", "worker"]
    tell(tmp_path, slack, roles, postgres_url, groups=500, changes=20, kills=100, patience=900)
