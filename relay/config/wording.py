"""What JSON Schema finds wrong, as a person would say it, with its place and what to do."""

import json
import re
from difflib import get_close_matches
from typing import Any

from jsonschema.exceptions import ValidationError

from relay.config.positions import Document

_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "a mapping of keys to values",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def explain(document: Document, error: ValidationError) -> None:
    """Adds the problem to the document's."""
    path = tuple(error.absolute_path)
    place = document.value(path)
    name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
    keyword: str = str(error.validator)
    if keyword == "additionalProperties" and isinstance(error.instance, dict):
        _explain_unknown(document, path, error)
        return
    message, hint = _wording(keyword, name, error)
    document.problem(place, message, hint)


def _explain_unknown(
    document: Document, path: tuple[str | int, ...], error: ValidationError
) -> None:
    schema: Any = error.schema
    instance: Any = error.instance
    known = list(schema["properties"])
    for key in instance:
        if key not in known:
            close = get_close_matches(str(key), known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}"
            document.problem(document.key((*path, key)), f"`{key}` is not known here", hint)


def _wording(keyword: str, name: str, error: ValidationError) -> tuple[str, str]:
    """What a person would say, and what to do about it."""
    value: Any = error.instance
    wanted: Any = error.validator_value
    match keyword:
        case "required":
            # There is one such error for each missing key; only its text says which.
            return f"`{error.message.split(chr(39))[1]}` is missing", ""
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            said = " or ".join(_TYPES[kind] for kind in kinds)
            return f"{name} must be {said}, not {shown(value)}", _type_hint(kinds, value)
        case "const":
            return f"{name} must be {json.dumps(wanted)}, not {shown(value)}", ""
        case "pattern" if "!subteam" in wanted:
            hint = "<@U0123456>, <!subteam^S0123456>, <!here> or <!channel>"
            return f"{name} is no mention in Slack's form: {shown(value)}", hint
        case "pattern" if isinstance(schema := error.schema, dict) and "title" in schema:
            return f"{name} must be {schema['title']}, not {shown(value)}", ""
        case "pattern":
            hint = f'did you mean "#{value}"?' if re.fullmatch(r"[a-z0-9_-]+", value) else ""
            return f'{name} must be "#name" or a channel ID, not {shown(value)}', hint
        case "format":
            return f"{name} is not a regular expression: {shown(value)}", ""
        case "minItems":
            return f"{name} must not be empty", ""
        case "uniqueItems":
            return f"{name} has the same entry twice", ""
        case "minProperties" if "channel" in value:
            return "this route matches everything", "use `default_channel`, or add `match`"
        case "minProperties":
            return f"{name} must not be empty", ""
        case _:  # minimum, maximum, ...: jsonschema's own words are plain enough
            return f"{name}: {error.message}", ""


def _type_hint(kinds: list[str], value: Any) -> str:
    if "string" in kinds and value is None:
        return "# begins a comment in YAML: quote a channel's name"
    if "string" in kinds and isinstance(value, bool | int | float):
        return "quote it"
    return ""


def shown(value: Any) -> str:
    """A value, shortened, in the words of YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + '..."'
