"""What a file holds beside rule groups, and the Prometheus that the rules were written for."""

from pathlib import Path

import pytest
import yaml
from commands_kit import run
from import_kit import compiled, imported

GROUPS = "groups: [{name: a, rules: [{alert: A, expr: x > 1, for: 5m}]}]\n"


def test_a_resource_of_another_operator_is_read_and_that_is_said(tmp_path: Path) -> None:
    done = imported(tmp_path, f"kind: VMRule\nspec:\n  {GROUPS}")
    assert done.exit_code == 0
    assert "a VMRule is read as if it were a PrometheusRule" in done.output
    assert [name for name, _ in compiled(tmp_path / "rules")] == ["a"]


def test_every_document_that_holds_no_rules_is_named(tmp_path: Path) -> None:
    others = [
        "foo: bar",
        "- 1",
        "{kind: Service, data: [1]}",
        "{kind: ConfigMap, data: {a.yml: 'groups: []', b.yml: 'x'}}",
        "{kind: List, items: [{kind: Pod}]}",
        "{group: a, rules: []}",
    ]
    done = imported(tmp_path, "\n---\n".join([GROUPS, *others]))
    assert done.exit_code == 1
    assert done.output.count("this document holds no rule groups: it is left out") == 2
    assert "a Service holds no rule groups" in done.output
    assert "a Pod holds no rule groups" in done.output
    assert "the rule files within this ConfigMap are left out: `a.yml`" in done.output


def test_a_file_of_none_is_an_error_that_tells_where_rules_may_be(tmp_path: Path) -> None:
    done = imported(tmp_path, "{kind: ConfigMap, data: {a.yml: 'groups: []'}}")
    assert done.exit_code == 1
    assert "there are no rule groups here" in done.output
    assert "import each as a file of its own" in done.output


NEEDS = [
    ("alert: A\n    expr: x > 1", "", None),
    ("alert: A\n    expr: x > 1\n    keep_firing_for: 5m", "", None),
    ("alert: A\n    expr: x > 1", "query_offset: 30s", {"prometheus": "2.53"}),
    ("record: a:b\n    expr: x / 1h", "limit: 5", {"prometheus": "2.54"}),
    ("record: a:b\n    expr: '{\"a.b\"}'", "query_offset: 30s", {"prometheus": "3.0"}),
    (
        "alert: A\n    expr: mad_over_time(x[5m]) > 1",
        "",
        {"prometheus": "2.49", "features": ["promql-experimental-functions"]},
    ),
]


@pytest.mark.parametrize(("rule", "group", "targets"), NEEDS)
def test_a_new_catalogue_names_the_prometheus_that_its_rules_need(
    rule: str, group: str, targets: object, tmp_path: Path
) -> None:
    done = imported(tmp_path, f"groups:\n- name: a\n  {group}\n  rules:\n  - {rule}\n")
    assert done.exit_code == 0, done.output
    settings = yaml.safe_load((tmp_path / "rules" / "catalogue.yaml").read_text())
    assert settings.get("targets") == targets
    assert compiled(tmp_path / "rules")


def test_a_catalogue_that_is_there_keeps_its_target(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text("version: 1\n")
    imported(tmp_path, "groups: [{name: a, rules: [{record: 'a:b', expr: x / 1h}]}]\n")
    assert (tmp_path / "rules" / "catalogue.yaml").read_text() == "version: 1\n"


def test_rules_come_from_standard_input_too(tmp_path: Path) -> None:
    done = run("import", "-", "--out", tmp_path / "rules", input=GROUPS.encode())
    assert done.exit_code == 0, done.output
    assert [name for name, _ in compiled(tmp_path / "rules")] == ["a"]
