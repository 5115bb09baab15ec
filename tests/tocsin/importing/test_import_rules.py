"""`tocsin import`: what becomes of rules, what is said of them, what is written."""

import os
from pathlib import Path

import pytest
import yaml
from import_kit import compiled, imported, originals, run

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


RESOURCES = """\
# of the first
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: one, labels: {role: alert-rules}}
spec:
  # above g1
  groups:
  - name: g1
    rules:
    - {alert: A, expr: up ==}
---
apiVersion: v1
kind: Service
spec: {groups: 5}
---
# of the list
apiVersion: v1
kind: List
items:
- apiVersion: monitoring.coreos.com/v1
  kind: PrometheusRule
  # of g2
  metadata: {name: two}
  spec:
    groups:
    - name: g2
      rules: [{record: "a:b", expr: sum(a)}]
- kind: PrometheusRule
  # of g3
  spec:
    groups:
    - name: g3
      rules:
      # of B
      - {alert: B, expr: a > 1}
...
"""


def test_kubernetes_resources_lists_and_several_documents(tmp_path: Path) -> None:
    done = imported(tmp_path, RESOURCES)
    assert done.exit_code == 1
    assert "in.yml:10:27: error: " in done.stderr  # positions are those of the whole file
    assert "in.yml:4:1: info: the resource's own name" in done.stderr
    assert "3 rules of 3 groups became 2 expr, 1 record" in done.stdout
    texts = {path.stem: path.read_text() for path in (tmp_path / "rules").iterdir()}
    assert sorted(texts) == ["catalogue", "g1", "g2", "g3"]
    assert "# of the first\n# above g1\n" in texts["g1"].replace("\n\n", "\n")
    assert "# of the list" in texts["g2"] and "# of g2" in texts["g2"]
    assert "# of g3" in texts["g3"] and "  # of B\n  - alert: B\n" in texts["g3"]


def test_names_of_groups_make_safe_files(tmp_path: Path) -> None:
    names = ["../x", "a/b", "A/B", "catalogue", "...", "wörk", "x" * 300, "a b.rules"]
    groups = [{"name": n, "rules": [{"alert": n, "expr": "up"}]} for n in names]
    assert imported(tmp_path, yaml.safe_dump({"groups": groups})).exit_code == 0
    found = sorted(path.name for path in (tmp_path / "rules").iterdir())
    assert found == sorted(
        f"{stem}.yaml"
        for stem in (
            *"x a-b A-B-2 catalogue catalogue-rules group wörk a-b-rules".split(),
            "x" * 100,
        )
    )
    assert list(tmp_path.parent.glob("*.yaml")) == []
    assert sorted(name for name, _ in compiled(tmp_path / "rules")) == sorted(names)


def test_groups_of_one_name_are_told_apart_by_their_files(tmp_path: Path) -> None:
    twice = PLAIN + PLAIN.partition("\n")[2]
    (tmp_path / "one.yml").write_text(PLAIN)
    (tmp_path / "two.yml").write_text(PLAIN.replace("A", "B"))
    (tmp_path / "three.yml").write_text(twice.replace("A", "C"))
    files = [tmp_path / f"{name}.yml" for name in ("one", "two", "three")]
    done = run("import", *files, "--out", tmp_path / "rules")
    assert done.exit_code == 0
    assert "there is a group `g` already: this one is called `two`" in done.stderr
    names = [name for name, _ in compiled(tmp_path / "rules")]
    assert sorted(names) == ["g", "three-g", "three-g-2", "two"]


def test_a_group_of_the_catalogue_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(
        "group: g\nrules:\n  - alert: Mine\n    expr: up\n"
    )
    assert imported(tmp_path, PLAIN).exit_code == 0
    assert (tmp_path / "rules" / "in.yaml").read_text().count("group: in\n") == 1


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    assert imported(tmp_path, PLAIN).exit_code == 0
    file = tmp_path / "rules" / "g.yaml"
    assert imported(tmp_path, PLAIN).exit_code == 0  # the same again changes nothing
    file.write_text("group: g\nrules:\n  - alert: Edited\n    expr: up\n")
    done = imported(tmp_path, PLAIN + "- name: other\n  rules: [{alert: B, expr: up}]\n")
    assert done.exit_code == 2
    assert f"already there, and different:\n  {file}\n" in done.stderr
    assert not (tmp_path / "rules" / "other.yaml").exists()
    assert imported(tmp_path, PLAIN, "--force").exit_code == 0
    assert "expr: up == 0" in file.read_text()
    assert sorted(path.name for path in file.parent.iterdir()) == ["catalogue.yaml", "g.yaml"]


def test_a_failure_leaves_no_trace(tmp_path: Path) -> None:
    text = PLAIN + "- name: other\n  rules: [{alert: B, expr: up}]\n"
    (tmp_path / "rules" / "other.yaml").mkdir(parents=True)
    (tmp_path / "rules" / "g.yaml").write_text("old")
    done = imported(tmp_path, text, "--force")
    assert done.exit_code == 2
    assert "other.yaml cannot be written" in done.stderr
    assert (tmp_path / "rules" / "g.yaml").read_text() == "old"
    assert sorted(path.name for path in (tmp_path / "rules").iterdir()) == ["g.yaml", "other.yaml"]


def test_settings_of_the_catalogue_hold(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text(
        "version: 1\nseverities: [ticket, page]\nowners: {ops: {channel: '#ops'}}\n"
        "policy: {require: [summary]}\n"
    )
    text = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{alert: A, expr: a > {limit}, labels: {{severity: {severity}}}}}\n"
        for severity, limit in (("ticket", 1), ("page", 2), ("critical", 3))
    )
    done = imported(tmp_path, text, "--owner", "ops")
    assert done.exit_code == 0
    assert "3 rules of 1 group became 1 expr, 1 threshold" in done.stdout
    rules = compiled(tmp_path / "rules")[0][1]
    assert [found["labels"]["owner"] for found in rules] == ["ops", "ops", "ops"]
    unknown = imported(tmp_path, text, "--owner", "opps")
    assert unknown.exit_code == 2
    assert "did you mean `ops`?" in unknown.stderr


def test_a_new_catalogue_declares_the_owner(tmp_path: Path) -> None:
    assert imported(tmp_path, PLAIN, "--owner", "team: a").exit_code == 0
    assert 'owner: "team: a"' in (tmp_path / "rules" / "g.yaml").read_text()
    assert run("lint", tmp_path / "rules").exit_code == 0


def test_what_the_catalogue_changes_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text(
        "version: 1\ndefaults: {labels: {team: x}}\n"
    )
    done = imported(tmp_path, PLAIN)
    assert done.exit_code == 1
    assert "in.yml:4:5: warning: `A` does not compile to what it was: other `labels`" in done.stderr


def test_a_folder_below_a_catalogue_shares_its_schema(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text("version: 1\n")
    (tmp_path / "in.yml").write_text(PLAIN)
    out = tmp_path / "rules" / "deep" / "er"
    assert run("import", tmp_path / "in.yml", "--out", out).exit_code == 0
    assert [path.name for path in out.iterdir()] == ["g.yaml"]
    assert "$schema=../../../schemas/rules.schema.json\n" in (out / "g.yaml").read_text()


def test_one_group_goes_to_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("in.yml").write_text(PLAIN)
    done = run("import", "in.yml", "--out", "-")
    assert done.exit_code == 0
    assert done.stdout == (
        "# yaml-language-server: $schema=../schemas/rules.schema.json\n"
        "group: g\nrules:\n  - alert: A\n    expr: up == 0\n"
    )
    assert done.stderr == "1 rule of 1 group became 1 expr\n"
    Path("two.yml").write_text(PLAIN + "- name: h\n  rules: [{alert: B, expr: up}]\n")
    both = run("import", "two.yml", "--out", "-")
    assert both.exit_code == 2
    assert "2 groups make as many files" in both.stderr
    assert [path.name for path in tmp_path.glob("rules*")] == []


LOSSES = """\
groups:
- name: g
  interval: 30s
  limit: 3
  partial_response_strategy: warn  # thanos
  source_tenants: [a]
  future: 1
  rules:
  - {record: "a:b", expr: sum(a), for: 5m, annotations: {x: y}}
  - {alert: A, expr: up, bogus: 1, labels: {a: b}}
  - {alert: B, expr: up, for: 5 minutes}
  - {alert: C, record: "c:c", expr: up}
  - {expr: up}
  - {alert: D}
  - text
  - {alert: E, expr: "up ==", labels: {severity: info}}
- name: broken
  interval: often
  rules: [{alert: F, expr: up}]
- name: none
  # of nobody
- words
- name: all bad
  rules: [text]
"""


def test_what_cannot_be_kept_is_told_with_its_place(tmp_path: Path) -> None:
    done = imported(tmp_path, LOSSES)
    assert done.exit_code == 1
    for place, message in {
        "5:3": "a catalogue has no `partial_response_strategy`",
        "6:3": "a catalogue has no `source_tenants`",
        "7:3": "`future` is not known here",
        "9:35": "a recording rule has no `for`",
        "9:44": "a recording rule has no `annotations`",
        "10:26": "`bogus` is not known here",
        "11:5": "the rule `B` is left out",
        "12:5": "the rule `C` is left out",
        "13:5": "the rule is left out",
        "14:5": "the rule `D` is left out",
        "15:5": "this is no rule",
        "17:3": "the group `broken` is left out",
        "20:9": "the group `none` is empty",
    }.items():
        line = next(line for line in done.stderr.splitlines() if message in line)
        assert f"in.yml:{place}: " in line, line
    text = (tmp_path / "rules" / "g.yaml").read_text()
    assert "interval: 30s\nlimit: 3\n" in text
    assert "# thanos" in text
    assert "3 rules of 1 group became 2 expr, 1 record" in done.stdout
    assert "    expr: up ==\n" in text  # kept, so that it can be mended
    assert [one["expr"] for one in compiled(tmp_path / "rules")[0][1]] == ["sum(a)", "up"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"groups: [", "this is not valid YAML"),
        (b"a: \xff", "is not valid UTF-8"),
        (b"", "no rule groups here"),
        (b"# only a comment\n---\n", "no rule groups here"),
        (b"- a\n", "no rule groups here"),
        (b"group: a\nrules: []\n", "a file of a catalogue already"),
        (b"groups: 5\n", "`groups` must be a list"),
        (b"groups: []\n", "nothing was written"),
        (b"groups:\n- &a [*a]\n", "contains itself"),
        (b"kind: PrometheusRule\nspec: 5\n", "no rule groups here"),
        (b"groups:\n- name: g\n  name: h\n", "given twice"),
    ],
)
def test_a_file_that_is_no_rule_file(tmp_path: Path, content: bytes, said: str) -> None:
    done = imported(tmp_path, content)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "rules").exists()


def test_a_comment_after_an_empty_group_harms_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path, PLAIN + "- name: none\n  # of nobody\n").exit_code == 0


def test_one_file_that_is_no_yaml_stops_all(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("a: [")
    (tmp_path / "good.yml").write_text(PLAIN)
    out = tmp_path / "rules"
    done = run("import", tmp_path / "good.yml", tmp_path / "bad.yml", "--out", out)
    assert (done.exit_code, out.exists()) == (1, False)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yml", tmp_path):
        done = run("import", path, "--out", tmp_path / "rules")
        assert done.exit_code == 2
        assert f"{path} cannot be read: " in done.stderr
    assert run("import").exit_code == 2
