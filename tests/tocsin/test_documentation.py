"""What documents itself is true: schemas, checks, kinds, registries."""

import json
import re
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from web_kit import send, serving

import tocsin
from tocsin import checks, emit, kinds, linting, report
from tocsin.linting import How
from tocsin.load import documentation
from tocsin.server import Prometheus

PACKAGE = Path(tocsin.__file__).parent
SCHEMAS = PACKAGE.parent / "schemas"
PLAINLY = How()
SHARED = """\
version: 1
owners: {platform: {channel: "#platform"}}
"""
OTHER = """\
group: other
owner: platform
rules:
  - {alert: PlatformGone, expr: absent(platform_up), for: 5m}
  - {record: "job:errors:rate5m", expr: "sum by (job) (rate(errors_total[5m]))"}
"""
# What the examples of a check are about: more of catalogue.yaml, and of the rule file.
AROUND = {
    "rule/policy": ("policy: {require: [summary, runbook]}\n", ""),
    "rule/untested": ("policy: {require: [tests]}\n", ""),
    "group/interval": ("", "interval: 10m\n"),
    "labels/conflict": ("external_labels: {cluster: staging}\n", ""),
    "alerts/external_labels": ("external_labels: {site: here}\n", ""),
}


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema, wherever it is nested."""
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            yield f"{path}/{name}", value
        for name, value in schema.items():
            if name != "if":  # a condition repeats what is described elsewhere
                yield from properties(value, f"{path}/{name}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from properties(value, f"{path}/{index}")


@pytest.mark.parametrize("name", sorted(path.name for path in SCHEMAS.iterdir()))
def test_every_property_of_a_schema_is_described(name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text())
    Draft202012Validator.check_schema(schema)
    shared = schema.get("$defs", {})

    def described(value: dict[str, Any]) -> bool:
        target = shared.get(str(value.get("$ref", "")).removeprefix("#/$defs/"), {})
        return bool(value.get("description") or target.get("description"))

    found = list(properties(schema))
    assert found
    assert [path for path, value in found if not described(value)] == []


def modules(package: str) -> set[str]:
    return {path.stem for path in (PACKAGE / package).glob("*.py")} - {"__init__"}


def test_every_check_is_registered_under_its_file_name() -> None:
    found = {check_id.replace("/", "_") for check_id in checks.CHECKS}
    assert found == modules("checks") - {"check"}


def test_every_kind_is_registered_under_its_file_name() -> None:
    assert set(kinds.KINDS) == modules("kinds") - {"kind"}


def test_every_emitter_and_report_is_registered() -> None:
    assert {e.__module__.rpartition(".")[2] for e in emit.EMITTERS.values()} == (
        modules("emit") - {"names", "output", "yamlout"}
    )
    assert {r.__module__.rpartition(".")[2] for r in report.REPORTS.values()} == (
        modules("report") - {"report"}
    )


def test_every_problem_has_documentation() -> None:
    """Each ID that the code gives a problem is a check's or is documented with loading."""
    pints = {"controls.py", "pintcomments.py"}  # these speak of pint's checks, too
    files = [path for path in PACKAGE.rglob("*.py") if path.name not in pints]
    text = "".join(path.read_text() for path in files)
    used = set(
        re.findall(r'"((?:yaml|file|schema|rule|route|promql|alerts|test|lint)/[a-z-]+)"', text)
    )
    documented = {*documentation.PROBLEMS, *documentation.OF_LINT}
    assert used - set(checks.CHECKS) - documented == set()
    assert documented - used == set()
    assert not documented & set(checks.CHECKS)


def examples(text: str) -> list[tuple[str, str]]:
    """(Bad or Good, YAML) for each example of a docstring."""
    found = re.findall(r"^.*\b(Bad|Good)\b[^\n]*:\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [(word, textwrap.dedent(body)) for word, body in found]


def around(check_id: str) -> tuple[str, str]:
    """What stands around a check's examples: said above, or a `lint` section that it shows."""
    shown = re.search(r"^    lint:\n(?:     .*\n)+", checks.CHECKS[check_id].documentation, re.M)
    return AROUND.get(check_id) or (textwrap.dedent(shown[0]) if shown else "", "")


def declared(check_id: str) -> str:
    """The metrics that a check's docstring declares for its examples."""
    shown = re.search(r"^    metrics:\n(?:     .*\n)+", checks.CHECKS[check_id].documentation, re.M)
    return textwrap.dedent(shown[0]) if shown else ""


def run_example(
    body: str,
    folder: Path,
    context: tuple[str, str] = ("", ""),
    metrics: str = "",
    how: How = PLAINLY,
) -> list[str]:
    (folder / "docs" / "runbooks").mkdir(parents=True, exist_ok=True)
    (folder / "docs" / "runbooks" / "host.md").write_text("# Hosts\n\n## Down\n\nGone.\n")
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    settings, head = context
    (rules / "catalogue.yaml").write_text(SHARED + settings)
    (rules / "a.yaml").write_text(f"group: a\n{head}rules:\n" + textwrap.indent(body, "  "))
    (rules / "other.yaml").write_text(OTHER)
    if metrics:
        (rules / "metrics").mkdir()
        (rules / "metrics" / "a.yaml").write_text(metrics)
    problems = linting.lint((rules,), how).result.problems
    return [found.check for found in problems if not found.position.file.endswith("other.yaml")]


@pytest.fixture(scope="module")
def wiki() -> Iterator[str]:
    """What the examples of links ask: a server with one page."""
    with serving(lambda request: send(request, 200 if request.path == "/host" else 404)) as web:
        yield web.url.removeprefix("http://")


@pytest.mark.parametrize("check_id", sorted(checks.CHECKS))
def test_the_examples_of_a_check_are_true(
    check_id: str, tmp_path: Path, wiki: str, request: pytest.FixtureRequest
) -> None:
    found = examples(checks.CHECKS[check_id].documentation)
    assert "Bad" in {word for word, _ in found}
    how = How()
    if checks.CHECKS[check_id].asks_only:
        how = How(prometheus=Prometheus(request.getfixturevalue("past"), time.time()))
    settings, head = around(check_id)
    settings = settings.replace("127.0.0.1:8000", wiki)
    for number, (word, body) in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        problems = run_example(body, folder, (settings, head), declared(check_id), how)
        if word == "Good":
            assert problems == [], body
        else:
            assert set(problems) == {check_id}, body


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_the_example_of_a_kind_compiles(kind: str, tmp_path: Path) -> None:
    body = re.findall(r"((?:^    .*\n)+)", documentation.of_kind(kind), re.MULTILINE)[-1]
    assert yaml.safe_load(body)[0].keys() >= {"alert", kind}
    assert run_example(textwrap.dedent(body), tmp_path) == []
