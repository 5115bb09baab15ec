"""`tocsin explain`: rules, checks and kinds; what is unknown or broken."""

from pathlib import Path

import pytest
from commands_kit import GOLDEN, run


def test_explain_a_rule() -> None:
    done = run("explain", "LoadHigh", GOLDEN)
    assert done.exit_code == 0
    assert "critical, after 5m\n      host:load:avg5m > 16" in done.output
    assert "route      #platform\n             critical mentions <!subteam^S0123456>" in done.output
    assert "muted      info and warning, while LoadHigh (critical) fires" in done.output
    assert "owner      platform" in done.output


def test_explain_other_sorts_of_rules() -> None:
    assert "avg by (host)" in run("explain", "host:load:avg5m", GOLDEN).output
    assert "a heartbeat: the relay listens" in run("explain", "Watchdog", GOLDEN).output
    assert "no severity" not in run("explain", "HostDown", GOLDEN).output
    assert "#everything-else" in run("explain", "PlainAlert", GOLDEN).output
    waits = run("explain", "DiskFull", GOLDEN).output
    assert "muted      it, while HostDown fires for the same" in waits


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("promql/syntax", "PromQL that Prometheus would not load."),
        ("yaml/duplicate", "A key is given twice"),
        ("no_events", "a source of events must not be silent"),
    ],
)
def test_explain_a_check_or_a_kind(name: str, text: str) -> None:
    done = run("explain", name, "does-not-matter")
    assert done.exit_code == 0
    assert text in done.output


def test_explain_something_unknown(rules: Path) -> None:
    done = run("explain", "Dwon", rules)
    assert done.exit_code == 2
    assert "did you mean `Down`?" in done.output
    far = run("explain", "xyzzy", rules)
    assert far.exit_code == 2
    assert "`tocsin lint --list` names the checks" in far.output


def test_explain_a_broken_rule_tells_its_problems(rules: Path) -> None:
    (rules / "b.yaml").write_text("group: b\nrules:\n  - alert: B\n    expr: up ==\n")
    done = run("explain", "B", rules)
    assert done.exit_code == 2
    assert "the rule `B` has errors" in done.output
    assert "b.yaml:4:14" in done.output


def test_a_check_is_explained_with_how_loud_it_is_and_what_can_be_set(rules: Path) -> None:
    (rules / "catalogue.yaml").write_text("version: 1\nlint: {checks: {rule/owner: info}}\n")
    shown = run("explain", "rule/owner", rules).output
    assert shown.startswith("rule/owner (info, by default error)\n")
    assert run("explain", "schema/type", rules).output.startswith(
        "schema/type (error; keeps a rule from being compiled)\n"
    )
    shown = run("explain", "rule/label").output
    assert "(off, by default warning, asked for in the `lint` section)" in shown
    assert "  labels[].required: Whether there must be one" in shown
    unknown = run("explain", "rule/ownr", rules)
    assert unknown.exit_code == 2 and "did you mean `rule/owner`?" in unknown.output
