"""From a rule to a Slack message that stays true: every part real but Slack itself."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from daemonkit.supervisor import Service, Supervisor
from demo.chain import supervised
from demo.parts import Parts
from demo.trouble import Troubles, silent
from demo.watch import Message, Watch

CATALOGUE = Path(__file__).parent / "catalogue"
PATIENCE_SECONDS = 40.0

pytestmark = pytest.mark.real


class Chain:
    """The parts of the chain at work, and what they show."""

    def __init__(self, parts: Parts, supervisor: Supervisor, watch: Watch) -> None:
        self.parts = parts
        self.supervisor = supervisor
        self.watch = watch
        self.troubles = Troubles(parts.troubles)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Looks on until it holds; fails with all messages when it takes too long."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.supervisor.check()
            self.watch.look()
            if condition():
                return
            shown = "\n".join(f"  {message.texts}" for message in self.watch.messages)
            assert time.monotonic() < give_up, f"{what}: not seen. Messages:\n{shown}"
            time.sleep(0.2)

    def main_messages(self) -> list[Message]:
        return [message for message in self.watch.messages if message.fired]


@pytest.fixture
def parts(prometheus: Path, alertmanager: Path, tmp_path: Path) -> Parts:
    made = Parts(tmp_path)
    made.compile(CATALOGUE)
    return made


@pytest.fixture
def supervisor(parts: Parts) -> Iterator[Supervisor]:
    with supervised(parts) as made:
        yield made


def start(parts: Parts, supervisor: Supervisor, *others: Service) -> None:
    platform = (parts.source, parts.daemon("aggregator"))
    supervisor.start(*others, parts.alertmanager(), *platform, parts.prometheus("1s"))
    supervisor.wait_ready(30)


def test_an_alert_fires_is_joined_by_another_and_resolves_in_place(
    parts: Parts, supervisor: Supervisor
) -> None:
    start(parts, supervisor, parts.relay())
    chain = Chain(parts, supervisor, Watch(parts.sandbox_api))

    chain.troubles.begin(silent("cdr"))
    chain.until(lambda: chain.watch.said("FIRING", "cdr"), "the first alert")
    assert [message.channel for message in chain.main_messages()] == ["#ingestion"]

    chain.troubles.begin(silent("xdr"))
    chain.until(lambda: chain.watch.said("Also firing", "xdr"), "the second alert joining")
    chain.until(lambda: chain.watch.said("FIRING", "(2)"), "the first message counting two")

    chain.troubles.mend()
    chain.until(lambda: chain.watch.said("RESOLVED"), "the end")
    assert len(chain.main_messages()) == 1
    assert all(message.resolved for message in chain.main_messages())


def test_a_relay_killed_between_firing_and_resolved_still_tells_the_end_in_place(
    parts: Parts, supervisor: Supervisor
) -> None:
    slack, api_url = parts.slack()
    relay = parts.relay(api_url)
    start(parts, supervisor, slack, relay)
    chain = Chain(parts, supervisor, Watch(api_url))

    chain.troubles.begin(silent("cdr"))
    chain.until(lambda: chain.watch.said("FIRING", "cdr"), "the alert")
    supervisor.stop("relay", kill=True)
    chain.troubles.mend()
    time.sleep(8)  # Prometheus resolves it, and Alertmanager meets a relay that is not there
    assert not chain.watch.said("RESOLVED")

    supervisor.start(relay)
    supervisor.wait_ready(30)
    chain.until(lambda: chain.watch.said("RESOLVED"), "the end, after the crash")
    assert len(chain.main_messages()) == 1


def test_nothing_is_delivered_without_the_relays_token(
    parts: Parts, supervisor: Supervisor
) -> None:
    """Alertmanager is given another token than the relay's: no message, and no crash either."""
    file = parts.compiled / "alertmanager" / "alertmanager.yml"
    configuration = yaml.safe_load(file.read_text())
    for receiver in configuration["receivers"]:
        for webhook in receiver["webhook_configs"]:
            webhook["http_config"]["authorization"] = {"type": "Bearer", "credentials": "other"}
    file.write_text(yaml.safe_dump(configuration))
    start(parts, supervisor, parts.relay())
    chain = Chain(parts, supervisor, Watch(parts.sandbox_api))

    chain.troubles.begin(silent("cdr"))
    log = supervisor.log("alertmanager")
    assert log
    chain.until(lambda: "unexpected status code 401" in log.read_text(), "the refusal")
    assert not chain.watch.messages
