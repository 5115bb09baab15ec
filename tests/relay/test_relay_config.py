"""The configuration: what a person writes, and what they are told when it is wrong."""

import json
from pathlib import Path

import pytest
from relay_kit import alert, at, webhook

from relay import resources
from relay.config import file as configfile
from relay.config import settings
from relay.config.model import (
    Actors,
    Config,
    Limits,
    Matcher,
    Route,
    Server,
    Settings,
    Silences,
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


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configfile.parse(text, "relay.yaml")
    return [str(problem) for problem in caught.value.problems]


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


# The environment -----------------------------------------------------------------------------


def test_an_empty_environment_is_fine() -> None:
    assert settings.read({}) == Settings()
    assert settings.read({"SLACK_BOT_TOKEN": "", "RELAY_LISTEN": ""}) == Settings()


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    read = settings.read(
        {
            "RELAY_LISTEN": "[::1]:8080",
            "RELAY_DATABASE_URL": "sqlite:////data/x.sqlite",
            "RELAY_WEBHOOK_TOKEN": " hook ",
            "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"),
            "SLACK_SIGNING_SECRET": "sign",
            "SLACK_API_URL": "http://127.0.0.1:1/api",
        }
    )
    assert (read.host, read.port, read.address) == ("::1", 8080, "[::1]:8080")
    assert [secret.reveal() for secret in read.secrets] == ["hook", "from-file", "sign"]
    assert read.slack_api_url == "http://127.0.0.1:1/api/"
    assert read.local


def test_a_databases_address_may_be_in_a_file_and_its_password_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://relay:long%20secret@h:5432/tocsin\n")
    read = settings.read({"RELAY_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert read.database_url.reveal() == "postgresql://relay:long%20secret@h:5432/tocsin"
    assert [secret.reveal() for secret in read.secrets] == ["long secret"]
    assert "long" not in repr(read)


@pytest.mark.parametrize(
    ("listen", "address", "local"),
    [
        (":9095", "0.0.0.0:9095", False),
        ("127.0.0.9:1", "127.0.0.9:1", True),
        ("localhost:1", "localhost:1", True),
        ("relay.example:1", "relay.example:1", False),
    ],
)
def test_addresses(listen: str, address: str, local: bool) -> None:
    read = settings.read({"RELAY_LISTEN": listen})
    assert (read.address, read.local) == (address, local)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RELAY_LISTEN", "9095", "must be host:port"),
        ("RELAY_LISTEN", "a:b", "must be host:port"),
        ("RELAY_LISTEN", "a:70000", "must be host:port"),
        ("RELAY_LISTEN", "a:\u0664", "must be host:port"),
        ("RELAY_LISTEN", "::1:80", "in brackets"),
        ("RELAY_DATABASE_URL", "postgresql://u:pass@h:x/d", "must look like postgresql://user@"),
        ("RELAY_DATABASE_URL", "postgres://u:pass@h", "must look like postgresql://user@"),
        ("RELAY_DATABASE_URL", "mysql://u:pass@h/d", "must look like sqlite:///path"),
        ("RELAY_DATABASE_URL", "sqlite:///", "must look like sqlite:///path"),
        ("RELAY_DATABASE_URL", "sqlite:///:memory:", "would forget everything"),
        ("SLACK_API_URL", "slack.com/api", "must be an http:// or https:// address"),
        ("SLACK_API_URL", "http://h:port/", "must be an http:// or https:// address"),
        ("SLACK_API_URL", "file:///etc/passwd", "must be an http:// or https:// address"),
        ("SLACK_BOT_TOKEN", "pass\u00e9", "no HTTP header can carry"),
        ("SLACK_BOT_TOKEN", "pass\nX: y", "no HTTP header can carry"),
        ("SLACK_BOT_TOKEN_FILE", "/nonexistent", "cannot read /nonexistent: No such file"),
    ],
)
def test_wrong_settings_are_named_and_secrets_are_not_shown(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.read({name: value})
    (problem,) = caught.value.problems
    assert problem.source == name
    assert expected in problem.message
    assert "pass" not in problem.message.replace("/etc/passwd", "")


def test_secret_files(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    name = "RELAY_WEBHOOK_TOKEN"
    for environ, expected in [
        ({name: "a", f"{name}_FILE": "b"}, "not both"),
        ({f"{name}_FILE": str(tmp_path / "empty")}, "is empty"),
        ({f"{name}_FILE": str(tmp_path / "binary")}, "not text"),
    ]:
        with pytest.raises(ConfigError, match=expected):
            settings.read(environ)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        settings.read({"RELAY_LISTEN": "x", "SLACK_API_URL": "x", "RELAY_DATABASE_URL": "x"})
    assert len(caught.value.problems) == 3


def test_a_secret_does_not_show() -> None:
    secret = Secret("hush")
    assert (
        "hush" not in f"{secret} {secret!r} {secret:>10} {[secret]} {Settings(slack_token=secret)}"
    )
    assert secret.reveal() == "hush"
    assert secret == Secret("hush")


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


def test_alertmanagers_actors_and_silences() -> None:
    config = configfile.parse(
        'version: 1\ndefault_channel: "#a"\n'
        "alertmanagers:\n  - http://am:9093/\n"
        "  - {url: 'https://am2/x', token_file: /t}\n"
        "prometheus: {url: http://p:9090, username: u, password_file: /p}\n"
        "actors: {users: [U0123456], usergroups: [S0123456]}\n"
        'silences: {morning: "07:30", timezone: Europe/Paris}\n',
        "x",
    )
    assert config.alertmanagers == (Server("http://am:9093"), Server("https://am2/x", "/t"))
    assert config.prometheus == Server("http://p:9090", "", "u", "/p")
    assert config.actors == Actors(("U0123456",), ("S0123456",))
    assert not config.actors.anybody
    assert config.silences == Silences("07:30", "Europe/Paris")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("alertmanagers: [am:9093]", "this must be an address such as http://alertmanager:9093"),
        ("alertmanagers: ['http://u:p@am']", "must be an address such as"),
        ("prometheus: {token_file: x}", "`url` is missing"),
        ("prometheus: {url: http://p, username: u}", "password_file"),
        ("actors: {users: [alice]}", "must be a Slack user ID such as U0123456"),
        ("actors: {usergroups: [U0123456]}", "must be a Slack user group ID such as S0123456"),
        ("actors: {users: []}", "must not be empty"),
        ("actors: {}", "must not be empty"),
        ('silences: {morning: "8:00"}', 'must be a time of day such as "08:00"'),
        ("silences: {timezone: Paris}", 'no time zone is called "Paris"'),
        ("silences: {timezone: ../passwd}", "no time zone is called"),
        ("silences: {timezone: Europe}", "no time zone is called"),
    ],
)
def test_slips_in_what_is_for_acting(line: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configfile.parse(f'version: 1\ndefault_channel: "#a"\n{line}\n', "x")
    assert says in str(caught.value.problems[0])
    assert caught.value.problems[0].line == 3


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN: Socket Mode needs SLACK_BOT_TOKEN, too"),
        ({"SLACK_WEBHOOK_URL": "hooks.slack.com/x"}, "SLACK_WEBHOOK_URL: must look like https://"),
    ],
)
def test_slips_in_what_is_for_slack(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.read(environ)
    assert str(caught.value.problems[0]).startswith(says)


def test_what_the_ways_to_slack_allow() -> None:
    both = settings.read({"SLACK_BOT_TOKEN": "xoxb", "SLACK_WEBHOOK_URL": "https://h/x"})
    assert not both.posts_only
    assert not both.interactive
    only = settings.read({"SLACK_WEBHOOK_URL": "https://h/x", "SLACK_SIGNING_SECRET": "s"})
    assert only.posts_only
    assert not only.interactive
    assert settings.read({"SLACK_BOT_TOKEN": "xoxb", "SLACK_APP_TOKEN": "xapp"}).interactive
    assert settings.read({"SLACK_BOT_TOKEN": "xoxb", "SLACK_SIGNING_SECRET": "s"}).interactive
