"""Data against its JSON Schema, told as a person would: one problem per mistake, at its place.

Every schema under `schemas/` gives each value a `title` that completes "must be ...", which is
what the message says; nobody is shown a dump of the schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tocsin import problem, resources, suggest
from tocsin.problem import Problem
from tocsin.source import Path, Source


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(resources.schema(name))


@dataclass(frozen=True)
class Mistake:
    """What of jsonschema's error a message is made from."""

    validator: str
    instance: Any
    schema: dict[str, Any]  # the part of the schema that was not met
    path: Path
    message: str
    of_name: bool  # about the name of a key, not about a value


def check(source: Source, name: str) -> list[Problem]:
    """What is wrong with `source.data` by `schemas/NAME.schema.json`."""
    problems: list[Problem] = []
    for error in _validator(name).iter_errors(source.data):
        problems.extend(_tell(source, _mistake(error)))
    return problems


def _mistake(error: ValidationError) -> Mistake:
    return Mistake(
        validator=str(error.validator),
        instance=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        path=tuple(error.absolute_path),
        message=error.message,
        of_name="propertyNames" in error.absolute_schema_path,
    )


def _tell(source: Source, mistake: Mistake) -> Iterator[Problem]:
    path = mistake.path
    if mistake.validator == "additionalProperties":
        yield from _unknown_keys(source, path, mistake)
    elif mistake.validator == "required":
        yield _missing(source, path, mistake)
    elif mistake.of_name:
        yield _bad_name(source, path, mistake)
    else:
        yield _bad_value(source, path, mistake)


def _unknown_keys(source: Source, path: Path, mistake: Mistake) -> Iterator[Problem]:
    known = mistake.schema.get("properties", {})
    for key in mistake.instance:
        if key not in known:
            unused = set(known) - set(mistake.instance)
            message = f"`{key}` is not known here"
            if near := suggest.nearest(str(key), unused):
                message += f"; did you mean `{near}`?"
            hint = "known: " + ", ".join(f"`{name}`" for name in sorted(known))
            place = source.position((*path, key), key=True)
            yield problem.error(place, "schema/unknown-key", message, hint)


def _missing(source: Source, path: Path, mistake: Mistake) -> Problem:
    key = next(name for name in mistake.schema["required"] if f"'{name}'" in mistake.message)
    where = f"`{path[-1]}`" if path and isinstance(path[-1], str) else _what(mistake)
    message = f"{where} needs `{key}`"
    described = mistake.schema.get("properties", {}).get(key, {}).get("description", "")
    place = source.position(path, key=bool(path and isinstance(path[-1], str)))
    return problem.error(place, "schema/missing", message, described)


def _bad_name(source: Source, path: Path, mistake: Mistake) -> Problem:
    name = mistake.instance
    message = f"`{name}` is not {_what(mistake)}"
    return problem.error(source.position((*path, name), key=True), "schema/value", message)


def _bad_value(source: Source, path: Path, mistake: Mistake) -> Problem:
    where = next((f"`{step}`" for step in reversed(path) if isinstance(step, str)), "the file")
    if isinstance(path[-1] if path else "", int):
        where = f"an entry of {where}"
    found = _describe(mistake.instance)
    hint = ""
    check_id = "schema/type" if mistake.validator == "type" else "schema/value"
    if mistake.validator in {"enum", "const"}:
        allowed = [str(value) for value in mistake.schema.get("enum", [])]
        hint = suggest.hint(str(mistake.instance), allowed)
    elif mistake.validator in {"minItems", "minProperties"} and not mistake.instance:
        message = f"{where} must not be empty"
        return problem.error(source.position(path), "schema/value", message)
    elif mistake.validator == "uniqueItems":
        message = f"{where} names something twice"
        return problem.error(source.position(path), "schema/value", message)
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
