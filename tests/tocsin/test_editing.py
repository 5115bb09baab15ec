"""The schema that an editor completes from: of this project, and of one catalogue."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tocsin import editing, load, pipeline, resources
from tocsin.cli import cli

RULES = Path(__file__).parents[2] / "rules"
SETTINGS = """\
version: 1
severities: [notice, page]
owners: {sea: {channel: "#sea"}}
"""
METRICS = """\
exposed_by: app
metrics:
  - {name: calls_total, type: counter, labels: [code], help: Calls.}
  - {name: seen_seconds, type: gauge, labels: [], help: Seen.}
"""
FLOWS = """\
group: a
owner: sea
rules:
  - alert: Quiet
    no_events: {counter: calls_total, for: {page: 5m}}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["schema", *map(str, arguments)])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "metrics").mkdir(parents=True)
    (folder / "catalogue.yaml").write_text(SETTINGS)
    (folder / "metrics" / "app.yaml").write_text(METRICS)
    (folder / "a.yaml").write_text(FLOWS)
    return folder


def test_it_offers_what_the_catalogue_declares(rules: Path) -> None:
    found = json.loads(run(rules).stdout)
    Draft202012Validator.check_schema(found)
    known = found["$defs"]
    assert list(known["limits"]["properties"]) == ["notice", "page"]
    assert list(known["no_events"]["properties"]["for"]["properties"]) == ["notice", "page"]
    assert known["rule"]["properties"]["severity"]["examples"] == ["notice", "page"]
    assert known["owner"]["examples"] == ["sea"]
    assert known["unless"]["examples"] == known["unless"]["items"]["examples"] == ["Quiet"]
    assert known["no_events"]["properties"]["counter"]["examples"] == ["calls_total"]
    assert known["no_events"]["properties"]["last_event"]["examples"] == ["seen_seconds"]
    assert known["expr"]["examples"] == ["calls_total", "seen_seconds"]


def test_it_demands_no_more_than_the_schema_of_all_catalogues(rules: Path) -> None:
    validator = Draft202012Validator(editing.schema(load.load((rules,)).catalogue))
    for source in pipeline.run((RULES,)).result.sources.values():
        if isinstance(source.data, dict) and "group" in source.data:
            assert list(validator.iter_errors(source.data)) == []


def test_without_a_catalogue_of_its_own_it_is_the_one_that_everybody_has(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("groups: [{name: a, rules: []}]\n")
    assert editing.schema(load.load((tmp_path,)).catalogue) == resources.schema("rules")


def test_it_is_written_or_the_reason_why_not_is_told(rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "schemas" / "mine.schema.json"
    assert run(rules, "--out", out).output == f"wrote {out}\n"
    assert json.loads(out.read_text()) == json.loads(run(rules).stdout)
    assert "cannot be written" in run(rules, "--out", rules).output
    empty = run(tmp_path / "nowhere")
    assert empty.exit_code == 2
    assert "there is no catalogue" in empty.output
