"""The `templates:` of the configuration: written there, or in files beside it."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from relay.config.positions import Document
from relay.config.sources import Source

LONGEST = 1_000_000  # bytes of a file; the template itself may be much shorter still


def sources(data: dict[str, Any], config: str) -> dict[str, Source]:
    """Every template by its name. `config` is the configuration's file: paths are relative to it.

    What cannot be read is a problem of that template alone: alerts are told without it.
    """
    folder = Path(config).parent
    return {name: _source(name, text, folder) for name, text in data.get("templates", {}).items()}


def check(document: Document) -> None:
    """A template that is used and not there would never be: surely a slip."""
    known = list(document.data.get("templates", {}))
    routes = document.data.get("routes", [])
    holders: list[tuple[tuple[str | int, ...], Any]] = [(("default_template",), document.data)]
    holders += [(("routes", index, "template"), route) for index, route in enumerate(routes)]
    for path, holder in holders:
        name = holder.get(path[-1])
        if name is not None and name not in known:
            close = get_close_matches(name, known, 1)
            there = f"known: {', '.join(known)}" if known else "there are no `templates:`"
            hint = f"did you mean `{close[0]}`?" if close else there
            document.problem(document.value(path), f"no template is called `{name}`", hint)


def _source(name: str, text: str, folder: Path) -> Source:
    if "{%" in text:  # every template has a block, and no path has one
        return Source(name, text)
    path = folder / text
    try:
        with path.open("rb") as file:
            return Source(name, file.read(LONGEST).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Source(name, "", f"{path} is not UTF-8 (byte {error.start})")
    except (OSError, ValueError) as error:
        return Source(name, "", f"{path}: {getattr(error, 'strerror', None) or error}")
