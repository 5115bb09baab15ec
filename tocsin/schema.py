"""Data against its JSON Schema, told as a person would: one problem per mistake, at its place.

Every schema under `schemas/` gives each value a `title` that completes "must be ...", which is
what the message says; nobody is shown a dump of the schema.

jsonschema-rs says quickly that nothing is wrong. Where it does not, jsonschema says what is; that
one alone decides, so that the two need not agree on what is doubtful.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from tocsin import edits, problem, resources, suggest
from tocsin.problem import Edit, Problem
from tocsin.source import Path, Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError


@cache
def _quick(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(resources.schema(name))


def passes(data: Any, name: str) -> bool:
    """Whether `data` surely has nothing wrong by `schemas/NAME.schema.json`."""
    try:
        return _quick(name).is_valid(data)
    except ValueError:  # half a surrogate pair, which Rust has no word for
        return False


@cache
def _validator(name: str) -> "Draft202012Validator":
    return _of(resources.schema(name))


def _of(schema: dict[str, Any]) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 # slow to import, seldom needed

    return Draft202012Validator(schema)


@dataclass(frozen=True)
class Mistake:
    """What of jsonschema's error a message is made from."""

    validator: str
    instance: Any
    schema: dict[str, Any]  # the part of the schema that was not met
    path: Path
    message: str
    of_name: bool  # about the name of a key, not about a value


@dataclass(frozen=True)
class Finding:
    """A problem, and the value to leave out to be rid of it (None: `missing` is missing)."""

    problem: Problem
    path: Path
    culprit: Path | None
    missing: str = ""


def check(source: Source, name: str) -> list[Finding]:
    """What is wrong with `source.data` by `schemas/NAME.schema.json`."""
    findings: list[Finding] = []
    if passes(source.data, name):
        return findings
    for error in _validator(name).iter_errors(source.data):
        findings.extend(_tell(source, _mistake(error)))
    return findings


def check_defaults(source: Source, *, whole: bool) -> list[Finding]:
    """What is wrong with `defaults`: what they say of kinds, none of whose keys is required.

    `whole`: also with their own keys, which the schema of rule files knows, the catalogue's not.
    """
    findings: list[Finding] = []
    written = source.data.get("defaults") if isinstance(source.data, dict) else None
    if written is None:
        return findings
    parts = resources.schema("rules")["$defs"]
    checked = [("defaults", written, ("defaults",))] if whole else []
    for part, data, path in [*checked, *_by_kind(written)]:
        validator = _of({"$ref": f"#/$defs/{part}", "$defs": parts})
        for error in validator.iter_errors(data) if data is not None else ():
            mistake = _mistake(error)
            if mistake.validator != "required":
                found = replace(mistake, path=(*path, *mistake.path))
                findings.extend(_tell(source, found))
    return findings


OURS = ("version", "routes", "severities")  # what a build writes to the relay's configuration


def check_relay(source: Source) -> list[Finding]:
    """What is wrong with `relay`, the settings that go to the relay as they are."""
    written = source.data.get("relay") if isinstance(source.data, dict) else None
    if not isinstance(written, dict):
        return []
    findings = []
    for key in (key for key in OURS if key in written):
        message = f"`{key}` is compiled from the catalogue itself"
        place = source.position(("relay", key), key=True)
        found = problem.error(place, "schema/unknown-key", message, "take it away")
        findings.append(Finding(found, ("relay",), ("relay", key)))
    kept = {key: value for key, value in written.items() if key not in OURS}
    data = {**kept, "version": 1, "default_channel": "#alerts"}
    for error in _validator("relay").iter_errors(data):
        mistake = _mistake(error)
        findings.extend(_tell(source, replace(mistake, path=("relay", *mistake.path))))
    return findings


def _by_kind(written: Any) -> list[tuple[str, Any, Path]]:
    kinds = resources.schema("rules")["$defs"]["defaults"]["properties"]
    return [
        (name, body, ("defaults", name))
        for name, body in (written.items() if isinstance(written, dict) else ())
        if kinds.get(name, {}).get("$ref") == "#/$defs/patch" and isinstance(body, dict)
    ]


def _mistake(error: "ValidationError") -> Mistake:
    return Mistake(
        validator=str(error.validator),
        instance=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        path=tuple(error.absolute_path),
        message=error.message,
        of_name="propertyNames" in error.absolute_schema_path,
    )


def _tell(source: Source, mistake: Mistake) -> Iterator[Finding]:
    path = mistake.path
    if mistake.validator == "additionalProperties":
        for key in _unknown_keys(mistake):
            yield Finding(_unknown_key(source, mistake, key), path, (*path, key))
    elif mistake.validator == "required":
        yield Finding(_missing(source, mistake), path, None, _missing_key(mistake))
    elif mistake.of_name:
        yield Finding(_bad_name(source, mistake), path, (*path, mistake.instance))
    else:
        yield Finding(_bad_value(source, path, mistake), path, path)


def _unknown_keys(mistake: Mistake) -> list[str]:
    known = mistake.schema.get("properties", {})
    return [key for key in mistake.instance if key not in known]


def _torn(key: str) -> bool:
    """Whether a key looks like the rest of a text that a comma has cut off: `host) (load1)`."""
    return any(key.count(closing) > key.count(opening) for opening, closing in ("()", "[]", "{}"))


def _unknown_key(source: Source, mistake: Mistake, key: str) -> Problem:
    known = mistake.schema.get("properties", {})
    message = f"`{key}` is not known here"
    hint = "known: " + ", ".join(f"`{name}`" for name in sorted(known))
    free = set(known) - set(mistake.instance)
    sure = [name for name in free if edits.is_near(key, name)]
    near = sure[0] if len(sure) == 1 else suggest.nearest(key, free)
    if near:
        message, hint = f"{message}; did you mean `{near}`?", ""
    if _torn(key):
        hint = "in `{...}` a comma ends a value: put text that holds commas in quotes"
    place = source.position((*mistake.path, key), key=True)
    found = problem.error(place, "schema/unknown-key", message, hint)
    return problem.fixable(found, Edit(place, near) if sure == [near] else None)


def _missing(source: Source, mistake: Mistake) -> Problem:
    path = mistake.path
    key = _missing_key(mistake)
    named = bool(path and isinstance(path[-1], str))
    where = f"`{path[-1]}`" if named else _what(mistake)
    described = mistake.schema.get("properties", {}).get(key, {}).get("description", "")
    place = source.position(path, key=named)
    return problem.error(place, "schema/missing", f"{where} needs `{key}`", described)


def _missing_key(mistake: Mistake) -> str:
    required: list[str] = mistake.schema["required"]
    return next(name for name in required if f"'{name}'" in mistake.message)


def _bad_name(source: Source, mistake: Mistake) -> Problem:
    name = mistake.instance
    place = source.position((*mistake.path, name), key=True)
    return problem.error(place, "schema/value", f"`{name}` is not {_what(mistake)}")


def _bad_value(source: Source, path: Path, mistake: Mistake) -> Problem:
    where = next((f"`{step}`" for step in reversed(path) if isinstance(step, str)), "the file")
    if isinstance(path[-1] if path else "", int):
        where = f"an entry of {where}"
    found = _describe(mistake.instance)
    hint = ""
    check_id = "schema/type" if mistake.validator == "type" else "schema/value"
    if mistake.validator in {"enum", "const"}:
        allowed = [value for value in mistake.schema.get("enum", ()) if isinstance(value, str)]
        hint = suggest.hint(str(mistake.instance), allowed)
    elif mistake.validator in {"minItems", "minProperties"} and not mistake.instance:
        message = f"{where} must not be empty"
        return problem.error(source.position(path), "schema/value", message)
    elif mistake.validator == "uniqueItems":
        message = f"{where} names something twice"
        return problem.error(source.position(path), "schema/value", message)
    if "title" not in mistake.schema:  # the relay's schema only describes
        message, hint = f"{where} cannot be {found}", hint or mistake.schema.get("description", "")
        return problem.error(source.position(path), check_id, message, hint)
    message = f"{where} must be {_what(mistake)}, not {found}"
    return problem.error(source.position(path), check_id, message, hint)


def _what(mistake: Mistake) -> str:
    return str(mistake.schema.get("title") or mistake.schema.get("description") or "something else")


def _describe(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{'true' if value else 'false'}`"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"
