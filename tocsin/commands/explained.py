"""What `tocsin explain` says of a check: how loud it is, what it means, what can be set."""

import textwrap
from collections.abc import Iterator
from typing import Any

import click

from tocsin import resources
from tocsin.checks import CHECKS
from tocsin.commands import listing
from tocsin.load import documentation
from tocsin.model import Settings
from tocsin.triage.severities import BREAKING


def check(name: str, settings: Settings) -> str:
    """The page of one check."""
    known = CHECKS.get(name)
    text = (known.documentation if known else documentation.text(name)).strip()
    return "\n".join([_head(name, settings), "", text, *_settings(name)])


def _head(name: str, settings: Settings) -> str:
    (entry,) = (found for found in listing.entries(settings) if found.check == name)
    loud = entry.severity
    if entry.severity != entry.default:
        loud += f", by default {entry.default}"
    if entry.opt_in:
        loud += ", asked for in the `lint` section"
    if entry.asks:
        loud += f"; asks: {entry.asks}"
    if name in BREAKING:
        loud += "; keeps a rule from being compiled"
    return f"{click.style(name, bold=True)} ({loud})"


def _settings(name: str) -> Iterator[str]:
    schema = resources.schema("catalogue")["$defs"]
    written = schema["checks"]["properties"].get(name, {}).get("then", {}).get("properties", {})
    own = {key: value for key, value in written.items() if key != "severity"}
    if not own:
        return
    yield "\nSettings, under `lint: {checks: {" + name + ": ...}}`:\n"
    for path, told in _keys(own, schema, ""):
        yield textwrap.fill(f"  {path}: {told}", 100, subsequent_indent="      ")


def _keys(
    properties: dict[str, Any], schema: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for key, written in properties.items():
        target = _resolved(written, schema)
        yield f"{prefix}{key}", " ".join(target.get("description", "").split())
        items = _resolved(target.get("items", {}), schema)
        yield from _keys(target.get("properties", {}), schema, f"{prefix}{key}.")
        yield from _keys(items.get("properties", {}), schema, f"{prefix}{key}[].")


def _resolved(written: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = str(written.get("$ref", "")).removeprefix("#/$defs/")
    return {**schema[reference], **written} if reference else written
