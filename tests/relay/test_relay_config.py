"""The relay's file: what can be said, and how slips are told."""

import json
from pathlib import Path

import pytest
from config_kit import problems
from relay_kit import alert, at, webhook

from relay import resources
from relay.config import file as configfile
from relay.config.model import (
    Config,
    Limits,
    Matcher,
    Route,
    Settings,
    digest,
)
from relay.config.problem import ConfigError
from relay.intake.merge import merge
from relay.model.group import Group, Severities
from relay.secret import Secret

FULL = """\
version: 1
default_channel: "#alerts"
default_mention: {critical: "<!here>"}
severities: [info, warning, critical, page]
routes:
  - match: {team: [ingestion, storage], platform: p1}
    match_re: {host: "db-.*"}
    channel: C0123456789
    mention: {page: "<!subteam^S0123456> <@U0123456>"}
heartbeats:
  - match: {alertname: Watchdog}
limits: {messages_per_second: 2, burst: 5, webhook_megabytes: 1.5}
"""


def group(**labels: str) -> Group:
    return merge(None, webhook(alert("a", **labels)), at(0)).group


def test_two_lines_are_enough() -> None:
    config = configfile.parse('version: 1\ndefault_channel: "#alerts"\n', "x")
    assert config == Config(default=Route(Matcher(), "#alerts"))
    assert config.severities == Severities()
    assert config.limits == Limits()


def test_everything_can_be_said() -> None:
    config = configfile.parse(FULL, "x")
    route = config.routes[0]
    assert route.matcher.equal == {"team": ("ingestion", "storage"), "platform": ("p1",)}
    assert config.channels == ("C0123456789", "#alerts")
    assert config.limits == Limits(2.0, 5, 1_500_000)
    assert config.severities.names[-1] == "page"
    assert config.default.mention == {"critical": "<!here>"}


def test_the_first_route_that_matches_wins() -> None:
    config = configfile.parse(FULL, "x")
    labels = {"team": "storage", "platform": "p1", "host": "db-1"}
    assert config.route(group(**labels)).channel == "C0123456789"
    assert config.route(group(**labels | {"host": "xdb-1"})).channel == "#alerts"
    assert config.route(group(**labels | {"team": "other"})).channel == "#alerts"
    assert config.is_heartbeat(group(alertname="Watchdog"))
    assert not config.is_heartbeat(group(alertname="Other"))


def test_a_missing_label_is_empty_and_expressions_match_the_whole() -> None:
    assert Matcher({"team": ("",)}).matches({})
    assert not Matcher({"team": ("x",)}).matches({})
    assert Matcher(regex={"team": "a|b"}).matches({"team": "b"})
    assert not Matcher(regex={"team": "a|b"}).matches({"team": "bb"})
    assert str(Matcher({"a": ("1", "2")}, {"b": ".*"})) == "a=1|2, b=~.*"


def test_every_problem_is_told_with_its_place() -> None:
    text = """\
version: 2
default_chanel: "#alerts"
routes:
  - match: {team: 7}
    chanel: "#x"
  - {channel: "#y"}
  - match: {team: []}
    channel: general
    mention: {critical: "@here"}
  - nonsense
  - match_re: {team: "("}
    channel: "#z"
severities: [a, a]
limits: {burst: 0, messages_per_second: fast, webhook_megabytes: 1e9, x: 1}
heartbeats: [{}]
"""
    assert problems(text) == [
        "relay.yaml:1:1: `default_channel` is missing",
        "relay.yaml:1:10: `version` must be 1, not 2",
        "relay.yaml:2:1: `default_chanel` is not known here (did you mean `default_channel`?)",
        "relay.yaml:4:5: `channel` is missing",
        "relay.yaml:4:19: `team` must be text or a list, not 7 (quote it)",
        "relay.yaml:5:5: `chanel` is not known here (did you mean `channel`?)",
        "relay.yaml:6:5: this route matches everything (use `default_channel`, or add `match`)",
        "relay.yaml:7:19: `team` must not be empty",
        'relay.yaml:8:14: `channel` must be "#name" or a channel ID, not "general" '
        '(did you mean "#general"?)',
        'relay.yaml:9:25: `critical` is no mention in Slack\'s form: "@here" '
        "(<@U0123456>, <!subteam^S0123456>, <!here> or <!channel>)",
        'relay.yaml:10:5: this must be a mapping of keys to values, not "nonsense"',
        'relay.yaml:11:22: `team` is not a regular expression: "("',
        "relay.yaml:13:13: `severities` has the same entry twice",
        "relay.yaml:14:17: `burst`: 0 is less than the minimum of 1",
        'relay.yaml:14:41: `messages_per_second` must be a number, not "fast"',
        'relay.yaml:14:66: `webhook_megabytes` must be a number, not "1e9"',
        "relay.yaml:14:71: `x` is not known here "
        "(known: messages_per_second, burst, edits_per_minute, webhook_megabytes)",
        "relay.yaml:15:14: this must not be empty",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 'relay.yaml:1:1: empty (needs at least "version: 1" and "default_channel:")'),
        ("[]", "relay.yaml:1:1: this must be a mapping of keys to values, not a list"),
        ("a: b: c", "relay.yaml:1:5: not YAML: mapping values are not allowed in this context"),
        ("a: [1", "relay.yaml:2:1: not YAML: did not find expected ',' or ']'"),
        ("\x00", "relay.yaml:1:1: not YAML: "),
        ("d: 2026-99-99", "relay.yaml:1:1: not YAML: month must be in 1..12"),
        ("a: &a [*a]", "relay.yaml:1:1: nested too deeply, or an alias that holds itself"),
        ("a: !odd b", "could not determine a constructor"),
        ("? [a]\n: 1", "relay.yaml:1:3: a key must be plain text"),
        ("--- a\n--- b", "not YAML: but found another document"),
        ("version: 1\nversion: 1", "relay.yaml:2:1: `version` is here twice (first on line 1)"),
        (
            "version: 1\ndefault_channel: #alerts",
            "relay.yaml:2:17: `default_channel` must be text, not nothing "
            "(# begins a comment in YAML: quote a channel's name)",
        ),
        (
            'version: 1\ndefault_channel: "#a"\ndefault_mention: {crit: "<!here>"}',
            "relay.yaml:3:19: `crit` is no declared severity (did you mean `critical`?)",
        ),
        (
            'version: 1\ndefault_channel: "#a"\nroutes: [{match: {a: b}, channel: "#b", '
            'mention: {zzz: "<!here>"}}]',
            "`zzz` is no declared severity (known: info, warning, critical)",
        ),
        (
            f'version: 1\ndefault_channel: "{"x y" * 60}"',
            'not "' + ("x y" * 60)[:76] + '..."',
        ),
        ("version: {}\ndefault_channel: []", "`version` must be 1, not a mapping"),
        ("routes: []", "relay.yaml:1:1: `default_channel` is missing"),
    ],
)
def test_slips_are_explained(text: str, expected: str) -> None:
    assert any(expected in problem for problem in problems(text)), problems(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, expected in [
        (tmp_path / "missing.yaml", "cannot read the configuration: No such file"),
        (tmp_path, "cannot read the configuration: Is a directory"),
        ("a\0b", "cannot read the configuration"),
    ]:
        with pytest.raises(ConfigError, match=expected):
            configfile.read(str(path))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"version: 1 # \xe9")
    with pytest.raises(ConfigError, match=r"not UTF-8 \(byte 13\)"):
        configfile.read(str(latin))
    good = tmp_path / "good.yaml"
    good.write_text(FULL)
    assert configfile.read(str(good)) == configfile.parse(FULL, "x")


def test_every_property_of_the_schemas_is_described() -> None:
    def undescribed(node: object, path: str) -> list[str]:
        if isinstance(node, list):
            return [found for item in node for found in undescribed(item, path)]
        if not isinstance(node, dict):
            return []
        missing = []
        for name, child in node.get("properties", {}).items():
            target = child if "description" in child else {}
            if not target:
                missing.append(f"{path}/{name}")
        return missing + [
            found
            for key, child in node.items()
            if key != "if"
            for found in undescribed(child, f"{path}/{key}")
        ]

    for name in ("relay.schema.json", "webhook.schema.json"):
        schema = json.loads(resources.schema(name))
        loose = [path for path in undescribed(schema, name) if "/route/" not in path]
        loose = [path for path in loose if "/heartbeat/" not in path]
        assert loose == []
    with pytest.raises(FileNotFoundError, match="nothing is in none of"):
        resources.schema("nothing")


def test_the_digest_changes_with_what_may_help_a_parked_delivery() -> None:
    config = configfile.parse(FULL, "x")
    here = Settings(slack_token=Secret("one"))
    first = digest(config, here, b"salt")
    assert first == digest(config, here, b"salt")
    others = [
        digest(config, Settings(slack_token=Secret("two")), b"salt"),
        digest(config, Settings(), b"salt"),
        digest(Config(Route(Matcher(), "#x")), here, b"salt"),
        digest(config, here, b"pepper"),
    ]
    assert len({first, *others}) == 5
