"""Importing, compiling what came of it, and what the original says: read by other code than ours.

What a catalogue compiles to is read from what a build writes.
"""

import re
from pathlib import Path
from typing import Any

import promql_parser
import yaml
from click.testing import Result
from commands_kit import run

from tocsin import emit, pipeline


class Loader(yaml.SafeLoader):
    """Takes every scalar as text, as Prometheus does for labels, annotations and expressions."""

    yaml_implicit_resolvers = {  # noqa: RUF012 # PyYAML's own name
        first: [(tag, pattern) for tag, pattern in found if tag.endswith((":merge", ":null"))]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def imported(tmp_path: Path, text: str | bytes, *options: object) -> Result:
    """Imports `text` to the folder `rules` of tmp_path."""
    file = tmp_path / "in.yml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    done = run("import", file, "--out", tmp_path / "rules", *options)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def normal(expr: str) -> str:
    plain = re.sub(r"(?<=\d)_(?=\d)", "", expr)  # Prometheus takes 1_000, this parser does not
    try:
        return str(promql_parser.parse(plain).prettify())
    except ValueError:
        return expr.strip()


def form(rule: dict[str, Any], shared: dict[str, str]) -> dict[str, Any]:
    """A rule such that equal ones do the same."""
    kept = {key: value for key, value in rule.items() if value not in (None, "", {})}
    kept["expr"] = normal(kept["expr"])
    labels = {**shared, **texts(rule, "labels")}
    annotations = texts(rule, "annotations")
    annotations.pop("source", None)
    kept.pop("labels", None)
    kept.pop("annotations", None)
    return kept | {"labels": labels, "annotations": annotations}


def texts(rule: dict[str, Any], key: str) -> dict[str, str]:
    return {name: text or "" for name, text in (rule.get(key) or {}).items()}


def originals(text: str | bytes) -> list[tuple[str, list[dict[str, Any]]]]:
    """The groups of rule files: names and rules."""
    found = []
    for document in yaml.load_all(text, Loader=Loader):  # no objects
        for group in document.get("groups") or ():
            rules = [form(rule, texts(group, "labels")) for rule in group.get("rules") or ()]
            if rules:
                found.append((group["name"], rules))
    return found


def compiled(rules: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """The groups that a catalogue compiles to."""
    outcome = pipeline.run((rules,))
    found = []
    for name, text in emit.files(outcome.compiled).items():
        if name.startswith("prometheus/"):
            groups = yaml.safe_load(text)["groups"]
            found += [(group["name"], [form(r, {}) for r in group["rules"]]) for group in groups]
    return found
