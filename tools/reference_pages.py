"""Writes docs/kinds/*.md and docs/checks.md from the schema and the docstrings: `make docs`.

Nothing in those pages is written by hand; tests/test_docs_current.py fails when they are stale.
What schemas/tocsin.schema.json shares with schemas/catalogue.schema.json is copied from there.
"""

import json
import re
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from tocsin import pipeline
from tocsin.checks import CHECKS
from tocsin.kinds import KINDS
from tocsin.load import documentation
from tocsin.model import Alert

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SCHEMAS = ROOT / "schemas"
SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "rules.schema.json").read_text())
SHARED: dict[str, Any] = SCHEMA["$defs"]
CATALOGUE = "version: 1\nseverities: [info, warning, critical]\n"


def pages() -> dict[Path, str]:
    """Each generated page and what it must hold."""
    found = {DOCS / "kinds" / f"{name}.md": _kind(name) for name in KINDS}
    found[DOCS / "kinds" / "README.md"] = _index()
    found[DOCS / "checks.md"] = _checks()
    found[SCHEMAS / "tocsin.schema.json"] = _plain_settings()
    return found


def _index() -> str:
    lines = [
        "# Kinds of rules",
        "",
        "An alert has exactly one key that names its kind. These pages are made from the schema",
        "and the code by `make docs`; [rules.md](../rules.md) is the overview.",
        "",
        "| kind | |",
        "|---|---|",
    ]
    for name in KINDS:
        says = _first_line(name)
        lines.append(f"| [`{name}`]({name}.md) | {says} |")
    return "\n".join(lines) + "\n"


def _first_line(kind: str) -> str:
    first = documentation.of_kind(kind).strip().split("\n\n")[0]
    return " ".join(first.split()).removeprefix(f"`{kind}`: ")


def _kind(name: str) -> str:
    text = documentation.of_kind(name).strip()
    blocks = re.findall(r"((?:^ {4}.*\n?)+)", text, re.MULTILINE)
    example = textwrap.dedent(blocks[-1]).strip()
    prose = text[: text.rindex(blocks[-1])].strip().split("\n\n", 1)
    lines = [f"# `{name}`", "", f"{_first_line(name)[:1].upper()}{_first_line(name)[1:]}", ""]
    if len(prose) > 1:
        lines += [_fenced(prose[1]), ""]
    lines += ["```yaml", example, "```", "", "## Keys", ""]
    shape = SHARED[name]
    if "properties" in shape:
        lines += _table(shape)
    else:
        lines += [f"`{name}` is {_type(shape)}.", "", *_table(_alert_keys("for", "severity"))]
    lines += ["", "What any alert may have besides is in [rules.md](../rules.md).", ""]
    lines += ["## What the example compiles to", "", "```yaml", _compiled(example), "```"]
    return "\n".join(lines) + "\n"


def _alert_keys(*names: str) -> dict[str, Any]:
    return {"properties": {name: SHARED["rule"]["properties"][name] for name in names}}


def _fenced(text: str) -> str:
    """Indented blocks of a docstring as fenced ones; prose stays."""
    parts = []
    for part in re.split(r"\n\n+", text):
        indented = all(line.startswith("    ") for line in part.splitlines())
        parts.append(f"```\n{textwrap.dedent(part)}\n```" if indented else part)
    return "\n\n".join(parts)


def _table(shape: dict[str, Any], prefix: str = "") -> list[str]:
    head = ["| key | what | shape |", "|---|---|---|"] if not prefix else []
    required = shape.get("required", ())
    rows = []
    for key, written in shape["properties"].items():
        target = _resolved(written)
        needed = " (required)" if key in required else ""
        told = written.get("description") or target.get("description", "")
        rows.append(f"| `{prefix}{key}`{needed} | {_cell(told)} | {_cell(_type(target))} |")
        inner = _inner(target)
        if inner and "properties" in inner[1]:
            rows += _table(inner[1], f"{prefix}{key}{inner[0]}")
    return head + rows


def _inner(target: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The shape within a key, and how its keys are reached."""
    each = target.get("additionalProperties")
    if isinstance(each, dict):  # the severities that it names as well are of this shape
        return ".SEVERITY.", _resolved(each)
    if "properties" in target:
        return ".", target
    items = target.get("items")
    return ("[].", _resolved(items)) if isinstance(items, dict) else None


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    reference = str(value.get("$ref", "")).removeprefix("#/$defs/")
    return {**SHARED[reference], **value} if reference else value


def _type(target: dict[str, Any]) -> str:
    if "enum" in target:
        return ", ".join(f"`{word}`" for word in target["enum"])
    return str(target.get("title", "a mapping"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _compiled(example: str) -> str:
    """The Prometheus rules of an example, without what every alert has."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules"
        rules.mkdir()
        (rules / "catalogue.yaml").write_text(CATALOGUE)
        body = textwrap.indent(example, "  ")
        (rules / "a.yaml").write_text(f"group: example\nrules:\n{body}\n")
        outcome = pipeline.run((rules,))
    if not outcome.compiled.outputs:
        raise ValueError(f"the example does not compile: {outcome.result.problems}")
    lines = []
    for output in outcome.compiled.outputs:
        head = (
            f"- alert: {output.name}" if isinstance(output, Alert) else f"- record: {output.record}"
        )
        lines += [head, "  expr: |", *(f"    {line}" for line in output.expr.splitlines())]
        if isinstance(output, Alert):
            lines += [f"  for: {output.for_}"] if output.for_ else []
            lines.append(f"  labels: {{severity: {output.severity}}}" if output.severity else "")
    return "\n".join(line for line in lines if line)


def _checks() -> str:
    lines = [
        "# Checks",
        "",
        "What `tocsin lint` looks for, each by its ID; `tocsin explain ID` shows the same. Made",
        "from the code by `make docs`; [lint.md](lint.md) is about the command.",
        "",
    ]
    for check in CHECKS.values():
        told = _fenced(check.documentation.strip())
        lines += [f"## `{check.id}`", "", told, ""]
    tables = {
        "Found while loading": documentation.PROBLEMS,
        "About what is said to the lint": documentation.OF_LINT,
    }
    for heading, table in tables.items():
        lines += [f"## {heading}", "", "| ID | |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(told)} |" for name, told in sorted(table.items())]
        lines.append("")
    lines.pop()
    return "\n".join(lines) + "\n"


def _plain_settings() -> str:
    """The schema of tocsin.yaml: a key that catalogue.yaml has, too, means the same there."""
    catalogue = json.loads((SCHEMAS / "catalogue.schema.json").read_text())
    schema = json.loads((SCHEMAS / "tocsin.schema.json").read_text())
    schema["properties"] = {
        name: catalogue["properties"].get(name, own) for name, own in schema["properties"].items()
    }
    wanted: set[str] = set()
    more = _references(schema["properties"])
    while more > wanted:
        wanted = more
        more = wanted.union(*(_references(catalogue["$defs"][name]) for name in wanted))
    schema["$defs"] = {name: part for name, part in catalogue["$defs"].items() if name in wanted}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _references(part: Any) -> set[str]:
    return set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(part)))


def main() -> None:
    """Writes what differs, and removes pages of kinds that are gone."""
    wanted = pages()
    (DOCS / "kinds").mkdir(exist_ok=True)
    for page, text in wanted.items():
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
            sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")
    for page in set((DOCS / "kinds").glob("*.md")) - set(wanted):
        page.unlink()
        sys.stdout.write(f"removed {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
