"""Where imported rules go: names of files, and nothing overwritten unasked."""

from pathlib import Path

import pytest
import yaml
from commands_kit import run
from import_kit import compiled, imported

PLAIN = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"


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
