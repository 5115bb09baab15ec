"""Flapping, escalation and quiet hours as they are configured."""

from datetime import UTC, datetime, time

import pytest
from config_kit import slips
from thread_kit import MINUTE

from relay.config import file as configfile
from relay.config.hours import Hours
from relay.config.policy import Flapping, Quiet

PARIS = "Europe/Paris"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CONFIGURED = """\
version: 1
default_channel: "#alerts"
default_mention:
  critical:
    - {mention: "<@U0123456>", hours: "08:00-18:00", days: mon-fri, timezone: Europe/Paris}
    - {mention: "<!subteam^S0123456>"}
  warning: "<!here>"
escalate:
  - {after: 1h, mention: "<!channel>", severity: critical}
  - {after: 15m, mention: "<@U0123456>"}
quiet: {windows: [{hours: "20:00-24:00"}, {days: "sat-mon,wed"}], below: critical}
flapping: {times: 5, within: 1h}
routes:
  - match: {team: db}
    channel: "#db"
    escalate: []
    quiet: {windows: [{hours: "00:00-06:00"}]}
  - match: {team: web}
    channel: "#web"
"""


def test_everything_can_be_said() -> None:
    config = configfile.parse(CONFIGURED, "x")
    default = config.default
    assert default.mention == {"warning": "<!here>"}
    first, second = default.calls["critical"]
    assert first.hours == Hours(time(8), time(18), frozenset(range(5)), PARIS)
    assert default.mentioned("critical", utc("2026-11-20T12:00")) == "<@U0123456>"
    assert default.mentioned("critical", utc("2026-11-21T12:00")) == second.mention
    assert default.mentioned("warning", utc("2026-11-21T12:00")) == "<!here>"
    assert default.mentioned("info", utc("2026-11-21T12:00")) == ""
    assert [step.after for step in default.escalate] == [15 * MINUTE, 60 * MINUTE]
    assert config.flapping == Flapping(5, 60 * MINUTE)
    db, web = config.routes
    assert (db.escalate, web.escalate) == ((), default.escalate)
    assert web.quiet == default.quiet
    assert db.quiet == Quiet((Hours(time(0), time(6)),))
    assert default.quiet
    assert default.quiet.hours[1].days == frozenset({5, 6, 0, 2})
    evening = utc("2026-11-20T21:00")
    assert config.hushed({}, "warning", evening)
    assert not config.hushed({}, "critical", evening)
    assert not config.hushed({"team": "db"}, "warning", evening)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("escalate: [{after: 5m}]", "`mention` is missing"),
        ('escalate: [{after: 5m, mention: "<!here>", severity: x}]', "`x` is no declared severity"),
        ("quiet: {windows: []}", "must not be empty"),
        ("quiet: {windows: [{hours: 8-9}]}", 'must be hours such as "08:00-18:00"'),
        ("quiet: {windows: [{days: monday}]}", "must be days such as mon-fri"),
        ("quiet: {windows: [{timezone: Europe/Pari}]}", "no time zone is called"),
        ("quiet: {windows: [{days: mon}], below: worst}", "`worst` is no declared severity"),
        ("default_mention: {critical: [{mention: here}]}", "no mention in Slack's form"),
        ("default_mention: {critical: 5}", "must be text or a list"),
        ("flapping: {times: 1}", "less than the minimum"),
        (
            'routes: [{channel: "#x", match: {a: b}, quiet: {windows: [{days: mon}], below: x}}]',
            "`x` is no declared severity",
        ),
    ],
)
def test_slips_are_told(line: str, told: str) -> None:
    assert told in " ".join(slips(line))
