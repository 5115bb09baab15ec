"""The guide and the manifest say what is so."""

import re
from pathlib import Path

import yaml

from relay.actions import commands
from relay.actions.times import duration
from relay.config import file as configfile
from relay.doctor import NEEDED, USEFUL

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
MANIFEST = (ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")


def test_the_example_loads() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    config = configfile.parse(re.sub("^   ", "", text, flags=re.MULTILINE), "docs/slack.md")
    assert len(config.alertmanagers) == 2
    assert not config.actors.anybody


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    manifest = yaml.safe_load(MANIFEST)
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    assert set(scopes) == NEEDED.keys() | USEFUL.keys()
    assert "# - usergroups:read" in MANIFEST
    addresses = re.findall(r"https://relay\.example\.com(\S+)", MANIFEST)
    assert set(addresses) == {"/v1/slack/commands", "/v1/slack/interactions"}
    assert manifest["features"]["slash_commands"][0]["command"] == "/tocsin"


def test_every_scope_is_explained() -> None:
    lines = MANIFEST.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\s+(# )?- [a-z:.]+$", line):
            before = lines[number - 1].strip()
            assert before.startswith(("#", "- channels:read")), line


def test_the_commands_of_the_guide_are_known() -> None:
    typed = set(re.findall(r"`/tocsin ([a-z]+)", GUIDE))
    known = commands.VERBS.keys() | {"silences", "help"}
    assert typed <= known
    for text in re.findall(r"`(\d\S*(?: \d\S*)?)`", GUIDE):
        assert duration(text), text
