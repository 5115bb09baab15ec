"""`tocsin lint --fix`: what has one right answer is mended, and nothing else in the file."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import cli

HEAD = "groups:\n  - name: a\n    rules:\n"
ORDER = "lint: {checks: {rule/order: warning}}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tocsin.yaml").write_text(ORDER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["lint", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def fixed(rules: str | bytes, name: str = "a.yml") -> bytes:
    """A file after `--fix`, which a second run leaves alone."""
    path = Path(name)
    path.write_bytes(rules if isinstance(rules, bytes) else rules.encode())
    lint(name, "--fix")
    once = path.read_bytes()
    again = lint(name, "--fix", "--format", "json")
    assert path.read_bytes() == once
    assert json.loads(again.stdout)["summary"]["fixed"] == 0
    return once


def rule(text: str) -> str:
    return HEAD + "      - alert: A\n" + text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('expr: up{job=~"a"} == 0', 'expr: up{job="a"} == 0'),
        ('expr: up{job!~"a"} == 0', 'expr: up{job!="a"} == 0'),
        ("expr: up{job=~'a'} == 0", "expr: up{job='a'} == 0"),
        ("expr: up{job=~`a`} == 0", "expr: up{job=`a`} == 0"),
        ('expr: up{job =~ "a", x="b"} == 0', 'expr: up{job = "a", x="b"} == 0'),
        ('expr: up{job=~"^a$"} == 0', 'expr: up{job="a"} == 0'),
        ('expr: up{job=~"^a|b$"} == 0', 'expr: up{job=~"a|b"} == 0'),
        ('expr: up{job!~"^(a|b)"} == 0', 'expr: up{job!~"(a|b)"} == 0'),
        ("expr: up{job=~`a\\.b`} == 0", "expr: up{job=`a.b`} == 0"),
        ('expr: up{job=~"a\\\\.b"} == 0', 'expr: up{job="a.b"} == 0'),
        ('expr: up{job=~".*"} == 0', "expr: up == 0"),
        ('expr: up{job=~".*", x="b"} == 0', 'expr: up{x="b"} == 0'),
        ('expr: up{x="b", job=~".*"} == 0', 'expr: up{x="b"} == 0'),
        ('expr: up{x="b", job=~".*", y="c"} == 0', 'expr: up{x="b", y="c"} == 0'),
        ('expr: up{x="b",job=~"^.*$",} == 0', 'expr: up{x="b",} == 0'),
        ("expr: 'up{job=~\"a\"} == 0'", "expr: 'up{job=\"a\"} == 0'"),
        ("expr: 'up{job=~''a''} == 0'", "expr: 'up{job=''a''} == 0'"),
        ('expr: "up{job=~\\"a\\"} == 0"', 'expr: "up{job=\\"a\\"} == 0"'),
        ('expr: "up{job=~`a\\\\.b`} == 0"', 'expr: "up{job=`a.b`} == 0"'),
        (
            'expr: |\n          # why\n          up{job=~"a"}\n            == 0',
            'expr: |\n          # why\n          up{job="a"}\n            == 0',
        ),
        (
            'expr: >-\n          up{job=~"a",\n          x=~"b"} == 0  ',
            'expr: >-\n          up{job="a",\n          x="b"} == 0  ',
        ),
    ],
)
def test_needless_patterns(before: str, after: str) -> None:
    assert fixed(rule(f"        {before}\n")) == rule(f"        {after}\n").encode()


@pytest.mark.parametrize(
    "expr",
    [
        'up{job=~"a.*_b"} == 0',
        'up{job=~"a|b"} == 0',
        'up{job!~".*"} == 0',
        'up{job=~"(^a)|b"} == 0',
        'up{job=~"a$|b"} == 0',
        '{job=~".*"} == 0',
    ],
)
def test_patterns_without_one_right_answer_stay(expr: str) -> None:
    assert fixed(rule(f"        expr: {expr}\n")) == rule(f"        expr: {expr}\n").encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("        expr: up == 0\n        for: 0s\n", "        expr: up == 0\n"),
        ("        expr: up == 0\n        for: 0s", "        expr: up == 0\n"),
        (
            "        expr: up == 0\n        # c\n        for: 0s  # d\n        labels: {a: b}\n",
            "        expr: up == 0\n        # c\n        # d\n        labels: {a: b}\n",
        ),
        (
            "        expr: up == 0\n        for: 0s\n        keep_firing_for: 0m\n\n      # next\n",
            "        expr: up == 0\n\n      # next\n",
        ),
    ],
)
def test_a_redundant_for_is_taken_away(before: str, after: str) -> None:
    assert fixed(rule(before)) == rule(after).encode()


def test_a_redundant_for_in_one_line_or_in_front() -> None:
    flow = HEAD + "      - {alert: A, expr: up == 0, for: 0s, labels: {a: b}}\n"
    assert b"{alert: A, expr: up == 0, labels: {a: b}}" in fixed(flow)
    Path("tocsin.yaml").unlink()
    front = HEAD + "      - for: 0s\n        alert: A\n        expr: up == 0\n"
    assert fixed(front) == (HEAD + "      - alert: A\n        expr: up == 0\n").encode()
    noted = HEAD + "      - for: 0s  # c\n        alert: A\n        expr: up == 0\n"
    assert fixed(noted) == noted.encode(), "the comment would have no place"


def test_misspelt_keys_are_spelt_right() -> None:
    text = HEAD + "      - alert: A\n        epxr: up == 0\n        lables: {}\n"
    after = fixed(text + '        "anotations":  # c\n          a: b\n')
    assert after.decode() == HEAD + (
        "      - alert: A\n        expr: up == 0\n        labels: {}\n"
        "        annotations:  # c\n          a: b\n"
    )


@pytest.mark.parametrize(
    "rest",
    [
        "        epxr: up\n        exprr: up\n",  # which of them?
        "        expr: up == 0\n        silence: x\n",
        "        expr: up == 0\n        exprr: x\n",  # there is one
        "        expr: up == 0\n        fo: 5m\n        foor: 5m\n",
    ],
)
def test_a_key_that_could_be_another_one_stays(rest: str) -> None:
    before = rule(rest)
    after = fixed(before).decode()
    assert after.count("expr:") <= 1 and after.count("for:") <= 1


def test_keys_are_put_in_order_with_their_comments() -> None:
    before = HEAD + (
        "      # of A\n"
        "      - labels: {a: b}  # beside\n"
        "        # of expr\n"
        "        # more\n"
        "        expr: |\n"
        "          up\n"
        "            == 0\n"
        "\n"
        "        for: 5m\n"
        "        alert: A\n"
        "      # of B\n"
        "      - {expr: up, record: b}\n"
    )
    assert fixed(before).decode() == HEAD + (
        "      # of A\n"
        "      - alert: A\n"
        "        # of expr\n"
        "        # more\n"
        "        expr: |\n"
        "          up\n"
        "            == 0\n"
        "        for: 5m\n"
        "        labels: {a: b}  # beside\n"
        "      # of B\n"
        "      - {expr: up, record: b}\n"
    )


def test_an_anchor_is_not_moved_behind_its_alias() -> None:
    before = HEAD + (
        "      - alert: A\n        labels: &l {a: b}\n        annotations: *l\n"
        "        expr: up == 0\n"
        "      - alert: B\n        annotations: &x {a: b}\n        labels: *x\n"
        "        expr: up == 0\n"
    )
    after = fixed(before).decode()
    assert "expr: up == 0\n        labels: &l {a: b}\n        annotations: *l" in after
    assert "annotations: &x {a: b}\n        labels: *x\n        expr" in after


def test_line_ends_and_a_mark_stay_what_they_are() -> None:
    before = "\ufeff" + rule('        expr: up{job=~"a"} == 0\n        for: 0s\n')
    windows = before.replace("\n", "\r\n").encode()
    after = fixed(windows)
    assert after == windows.replace(b'=~"a"', b'="a"').replace(b"        for: 0s\r\n", b"")


def test_a_file_with_odd_line_breaks_is_left_alone() -> None:
    odd = rule('        expr: up{job=~"a"} == 0\n') + "# a\u2028b\n"
    assert fixed(odd) == odd.encode()


def test_it_says_what_it_did_and_what_is_left(here: Path) -> None:
    text = rule('        expr: up{job=~"a"} == 0\n') + "      - alert: B\n        expr: up ==\n"
    Path("a.yml").write_text(text)
    shown = lint("a.yml", "--fix")
    assert shown.exit_code == 1
    assert shown.output.startswith(
        'fixed a.yml:5: "a" is no pattern, only a text [promql/regexp]\n'
        "--- a.yml\n+++ a.yml\n@@ -4,3 +4,3 @@\n       - alert: A\n"
        '-        expr: up{job=~"a"} == 0\n+        expr: up{job="a"} == 0\n'
    )
    assert "promql/syntax" in shown.output and shown.output.endswith(", 1 fixed\n")
    Path("a.yml").write_text(text)
    shown = lint("a.yml", "--fix", "--format", "json")
    assert json.loads(shown.stdout)["summary"]["fixed"] == 1
    assert "fixed a.yml:5" in shown.stderr


def test_what_is_not_told_is_not_mended(here: Path) -> None:
    text = rule('        # tocsin ignore promql/regexp: so\n        expr: up{job=~"a"} == 0\n')
    assert fixed(text) == text.encode()
    (here / "tocsin.yaml").write_text("lint: {checks: {promql/regexp: off}}\n")
    text = rule('        expr: up{job=~"a"} == 0\n')
    assert fixed(text) == text.encode()


def test_settings_are_mended_too(here: Path) -> None:
    (here / "tocsin.yaml").write_text("# c\nscrape_intervall: 30s\n")
    fixed(rule("        expr: up == 0\n"))
    assert (here / "tocsin.yaml").read_text() == "# c\nscrape_interval: 30s\n"


def test_a_link_stays_a_link_and_a_mode_a_mode(here: Path) -> None:
    real = here / "real.yml"
    real.write_text(rule('        expr: up{job=~"a"} == 0\n'))
    real.chmod(0o640)
    (here / "link.yml").symlink_to("real.yml")
    lint("link.yml", "--fix")
    assert (here / "link.yml").is_symlink()
    assert '="a"' in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rule('        expr: up{job=~"a"} == 0\n')
    Path("a.yml").write_text(text)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "a.yml")

    monkeypatch.setattr("tocsin.disk.write", full)
    shown = lint("a.yml", "--fix")
    assert shown.exit_code == 2
    assert "a.yml cannot be written: No space left on device" in shown.output
    assert Path("a.yml").read_text() == text


def test_fixing_and_a_new_baseline_do_not_go_together() -> None:
    assert lint("--fix", "--baseline", "b.json", "--write-baseline").exit_code == 2


def test_catalogue_rules_are_mended(here: Path) -> None:
    rules = here / "rules"
    rules.mkdir()
    (rules / "catalogue.yaml").write_text("version: 1\n" + ORDER)
    path = rules / "host.yaml"
    path.write_text(
        "group: host\nrules:\n  - summary: hot\n    alert: Hot\n    threshold:\n"
        '      value: max by (host) (temp{room=~"a"})\n      abov: {warning: {at: 80}}\n'
    )
    assert lint("rules", "--fix").exit_code == 0
    assert path.read_text() == (
        "group: host\nrules:\n  - alert: Hot\n    threshold:\n"
        '      value: max by (host) (temp{room="a"})\n      above: {warning: {at: 80}}\n'
        "    summary: hot\n"
    )
