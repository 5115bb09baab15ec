"""What an imported rule becomes: its kind, its tiers, its words and its comments."""

import os
from pathlib import Path

import pytest
from commands_kit import run
from import_kit import compiled, imported, originals

GOLDEN = Path(__file__).parent / "golden"


PLAIN = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"


def rule(tmp_path: Path, body: str) -> str:
    """The rules of a file made of one group, as imported; it must compile to what it was."""
    text = f"groups:\n- name: g\n  rules:\n{body}"
    done = imported(tmp_path, text)
    assert done.exit_code == 0, done.output
    assert compiled(tmp_path / "rules") == originals(text)
    return (tmp_path / "rules" / "g.yaml").read_text().partition("rules:\n")[2]


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    text = (GOLDEN / "hostile.yml").read_text()
    done = imported(tmp_path, text)
    assert done.exit_code == 1
    shown = "".join(
        f"==> {path.name}\n{path.read_text()}" for path in sorted((tmp_path / "rules").iterdir())
    )
    expected = GOLDEN / "hostile.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(shown)
    assert shown == expected.read_text()
    for line in text.splitlines():
        _, mark, comment = line.partition("# ")
        if mark and "no comment" not in line:
            assert f"# {comment}" in shown
    assert run("lint", tmp_path / "rules").exit_code == 0


def test_tiers_of_one_threshold_become_one_rule(tmp_path: Path) -> None:
    shared = "annotations: {summary: bad}, labels: {team: x, severity:"
    text = rule(
        tmp_path,
        f"  - {{alert: A, expr: 'rate(a[5m]) > 5', for: 10m, {shared} warning}}}}\n"
        f"  - {{alert: A, expr: 'rate( a[5m] ) > 9.5', {shared} critical}}}}\n",
    )
    assert text == (
        "  - alert: A\n"
        "    threshold:\n"
        "      value: rate(a[5m])\n"
        "      above:\n"
        "        warning: {at: 5, for: 10m}\n"
        "        critical: {at: 9.5}\n"
        "    labels: {team: x}\n"
        "    summary: bad\n"
    )


@pytest.mark.parametrize(
    "second",
    [
        "{alert: B, expr: a > 9, labels: {severity: critical}}",
        "{alert: A, expr: b > 9, labels: {severity: critical}}",
        "{alert: A, expr: a < 9, labels: {severity: critical}}",
        "{alert: A, expr: a > 2, labels: {severity: critical}}",  # reached before the warning
        "{alert: A, expr: a > 9, labels: {severity: info}}",
        "{alert: A, expr: a > 9, labels: {severity: critical, team: x}}",
        "{alert: A, expr: a > 9, labels: {severity: critical}, annotations: {summary: x}}",
        "{alert: A, expr: a > 9, labels: {severity: critical}, keep_firing_for: 5m}",
        "{alert: A, expr: a >= 9, labels: {severity: critical}}",
    ],
)
def test_what_differs_in_more_than_its_limit_stays_apart(tmp_path: Path, second: str) -> None:
    first = "{alert: A, expr: a > 5, labels: {severity: warning}}"
    assert rule(tmp_path, f"  - {first}\n  - {second}\n").count("- alert:") == 2


@pytest.mark.parametrize(
    ("expr", "kind"),
    [
        ("a > 5", "threshold"),
        ("a / b < -0.5", "threshold"),
        ("(a or b) > 0x10", "threshold"),
        ("a > 010", "expr"),  # octal for Prometheus
        ("a / (b > 0) > 0.1", "threshold"),
        ("((a) or 0 * (b)) / ((b) > 0) > 0.1", "ratio"),
        ("((a) or 0 * (b)) / ((b) >= 2) > 0.1", "ratio"),
        ("((a) or 0 * (b)) / ((b) > 2) > 0.1", "threshold"),
        ("(a or 0 * b) / (b > 0) > 0.1", "threshold"),
        ("a > bool 5", "expr"),
        ("a >= 5", "expr"),
        ("a or b > 5", "expr"),
        ("a > b > 5", "expr"),
        ("5 < a", "expr"),
        ("a > Inf", "expr"),
        ("a > 1e999", "expr"),
        ("(a > 5)", "expr"),
        ("a > on () group_left () b", "expr"),
        ('absent(up{job="x"})', "absent"),
        ("absent(up offset 5m)", "expr"),
        ("absent(rate(a[5m]))", "expr"),
        ("absent(a) or absent(b)", "expr"),
        ("absent(a) > 0", "threshold"),
    ],
)
def test_kinds_are_recognised_where_they_are_certain(tmp_path: Path, expr: str, kind: str) -> None:
    text = rule(
        tmp_path, f"  - {{alert: A, expr: '{expr}', for: 5m, labels: {{severity: info}}}}\n"
    )
    assert f"    {kind}:" in text


def test_tiers_that_would_not_be_the_same_stay_apart(tmp_path: Path) -> None:
    text = rule(
        tmp_path,
        "  - {alert: A, expr: a > 5, labels: {severity: info}}\n"
        "  - {alert: A, expr: a > 9, for: 0, labels: {severity: warning}}\n",
    )
    assert "        info: {at: 5}\n" in text
    assert "    expr: a > 9\n    for: 0\n    severity: warning\n" in text


def test_ratios_keep_their_minimum_of_traffic(tmp_path: Path) -> None:
    expr = "((sum(a)) or 0 * (sum(b))) / ((sum(b)) >= 2) > 0.1"
    text = rule(tmp_path, f"  - {{alert: A, expr: '{expr}', labels: {{severity: info}}}}\n")
    assert "      of: sum(a)\n      to: sum(b)\n      min_traffic: 2\n" in text


@pytest.mark.parametrize("severity", ["page", "'{{ $labels.s }}'"])
def test_a_severity_that_nobody_declared_stays_a_label(tmp_path: Path, severity: str) -> None:
    text = rule(tmp_path, f"  - {{alert: A, expr: a > 5, labels: {{severity: {severity}}}}}\n")
    assert "expr: a > 5" in text
    assert "labels: {severity: " in text


def test_comments_of_promql_stay_too(tmp_path: Path) -> None:
    text = rule(
        tmp_path,
        "  - alert: A\n    expr: |\n      # what\n      a > 5  # limit\n"
        "    labels: {severity: info}\n"
        "  - alert: B\n    expr: |\n      absent(  # gone\n        b)\n"
        "    labels: {severity: info}\n",
    )
    assert "  # limit\n  - alert: A\n" in text
    assert "      value: |-\n        # what\n        a\n" in text
    assert "      series: |-\n        # gone\n" in text


def test_anchors_and_merge_keys_are_resolved(tmp_path: Path) -> None:
    text = rule(
        tmp_path,
        "  - &a\n    alert: A\n    expr: &e a == 1\n"
        "    labels: &l {severity: info, team: x}  # shared\n"
        "  - <<: *a\n    alert: B\n    labels: {<<: *l, team: y}\n"
        "  - *a\n"
        "  - alert: C\n    expr: *e\n    labels: *l\n",
    )
    assert text.count("- alert:") == 4
    assert text.count("labels: {team: x}") == 3
    assert text.count("# shared") >= 1


def test_blocks_quotes_and_odd_texts_stay(tmp_path: Path) -> None:
    text = rule(
        tmp_path,
        "  - alert: A\n"
        "    expr: >-\n      a\n        == 1\n      or b\n"
        "    annotations:\n"
        '      summary: "{{ $labels.a }}: \\"x\\""\n'
        "      description: |\n        one\n          two\n"
        "      empty: ''\n"
        "      nothing:\n"
        '      control: "a\\u0007b"\n'
        '      spaces: "x  \\n y"\n'
        "      first: |2\n          indented\n"
        "      on: 'yes'\n"
        "      astral: 🦆 — ünï\n"
        "      runbook_url: host.md\n",
    )
    assert "    expr: |-\n      a\n        == 1\n      or b\n" in text
    assert "    summary: '{{ $labels.a }}: \"x\"'\n" in text
    assert '      control: "a\\ab"\n' in text
    assert "      astral: 🦆 — ünï\n" in text
    assert "      runbook_url: host.md\n" in text  # the catalogue's pattern would change it


def test_tabs_in_an_expression_do_not_spoil_its_block(tmp_path: Path) -> None:
    text = rule(tmp_path, "  - alert: A\n    expr: |\n      sum(\n      \ta) == 1\n")
    assert "    expr: |-\n      sum(\n      \ta) == 1\n" in text


def test_a_folded_expression_with_a_comment_keeps_its_meaning(tmp_path: Path) -> None:
    body = "  - alert: A\n    expr: >-\n      a # b\n      == 1\n"
    assert "expr: 'a # b == 1'" in rule(tmp_path, body).replace('"', "'")


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "# head\r\n" + PLAIN.replace("\n", "\r\n").replace("== 0}", "== 0}  # why")
    assert imported(tmp_path, b"\xef\xbb\xbf" + text.encode()).exit_code == 0
    written = (tmp_path / "rules" / "g.yaml").read_bytes()
    assert b"\r" not in written
    assert b"# head\n" in written and b"# why\n" in written
    assert compiled(tmp_path / "rules") == originals(PLAIN)
