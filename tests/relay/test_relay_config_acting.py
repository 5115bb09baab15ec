"""What is for acting from Slack, as it is configured."""

import pytest
from config_kit import slips

from relay.config import file as configfile
from relay.config import settings
from relay.config.model import (
    Actors,
    Server,
    Silences,
)
from relay.config.problem import ConfigError


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
    (first, *_) = slips(line)
    assert first.startswith("relay.yaml:3:")
    assert says in first


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
