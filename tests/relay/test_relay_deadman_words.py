"""Heartbeats in words: messages of any labels, the configuration and its slips."""

from datetime import timedelta

import pytest
from config_kit import slips
from deadman_kit import WATCHING, beat
from relay_kit import FakeClock, FakeSlack, Rig

from relay.config import file as configfile
from relay.config.model import Config
from relay.config.policy import Operations
from relay.message.limits import violations
from relay.model.watch import OPERATIONS_ID, Watch
from relay.store import Store


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, WATCHING)


def test_messages_fit_whatever_the_labels_hold(rig: Rig) -> None:
    beat(rig, platform="<!channel>" * 500, site="*`_" * 900)
    rig.run(700, tick=5)
    for _, message in rig.slack.posts:
        assert violations(vars(message)) == []
        assert "<!channel>" not in str(message)


def test_a_watch_has_the_same_id_in_every_process() -> None:
    assert Watch("n", "e", {"a": "1"}).id == Watch("other", "e", {"a": "1"}).id
    assert Watch("n", "e").id != Watch("n", "e2").id
    assert len({len(Watch("n", "e").id), len(OPERATIONS_ID)}) == 2
    assert max(len(Watch("n", "e").id), len(OPERATIONS_ID)) <= 16


CONFIGURED = """\
version: 1
default_channel: "#alerts"
operations: {channel: "#ops", mention: "<!here>", backlog: 10m}
storm: {threshold: 30, individually: 5, calm: 1m30s}
heartbeats:
  - match: {alertname: Watchdog}
  - match: {alertname: Other}
    name: chain
    every: 30s
    channel: "#ops"
    mention: "<@U0123456>"
  - match: {alertname: Third}
    timeout: 1h
"""


def test_how_it_is_configured() -> None:
    config: Config = configfile.parse(CONFIGURED, "x")
    plain, named, third = config.heartbeats
    assert (plain.timeout, plain.channel) == (timedelta(minutes=5), "")
    assert (named.name, named.timeout) == ("chain", timedelta(seconds=150))
    assert (named.channel, named.mention) == ("#ops", "<@U0123456>")
    assert third.timeout == timedelta(hours=1)
    assert config.operations == Operations("#ops", "<!here>", timedelta(minutes=10))
    assert config.storm.calm == timedelta(seconds=90)
    assert (config.storm.threshold, config.storm.individually) == (30, 5)
    assert config.channels == ("#alerts", "#ops")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("heartbeats: [{name: x}]", "this heartbeat matches everything"),
        ("heartbeats: [{match: {a: b}, every: 5}]", "`every` must be text, not 5"),
        ("heartbeats: [{match: {a: b}, every: soon}]", "must be a duration such as 15m or 1h30m"),
        ('storm: {calm: ""}', "must be a duration"),
        ("storm: {treshold: 3}", "did you mean `threshold`?"),
        ("operations: {mention: x}", "`channel` is missing"),
    ],
)
def test_slips_are_told(line: str, told: str) -> None:
    assert told in " ".join(slips(line))
