"""What cannot be kept or read is told with its place."""

from pathlib import Path

import pytest
from commands_kit import run
from import_kit import compiled, imported

PLAIN = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"


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
