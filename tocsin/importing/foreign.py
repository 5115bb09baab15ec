"""Documents without rule groups: what of them is lost, and what never was about rules."""

from collections.abc import Iterator
from typing import Any

from tocsin.importing import told
from tocsin.problem import Problem
from tocsin.source import Path, Source


def told_of(data: Any, source: Source, path: Path = ()) -> Iterator[Problem]:
    """What there is to say of a document, and of the entries of a list of resources."""
    if not isinstance(data, dict):
        message = "this document holds no rule groups: it is left out"
        yield told.lost(source.position(path), message)
        return
    kind = str(data.get("kind") or "")
    if kind.endswith("List") and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from told_of(item, source, (*path, "items", index))
        return
    spec = data.get("spec")
    if "groups" in data or "group" in data or (isinstance(spec, dict) and "groups" in spec):
        return
    files = data["data"] if isinstance(data.get("data"), dict) else {}
    embedded = ", ".join(f"`{key}`" for key, text in files.items() if "groups:" in str(text))
    if embedded:
        message = f"the rule files within this {kind or 'document'} are left out: {embedded}"
        place = source.position((*path, "data"), key=True)
        yield told.lost(place, message, "import each as a file of its own")
    elif kind:
        place = source.position((*path, "kind"))
        yield told.note(place, f"a {kind} holds no rule groups: nothing to do")
    else:
        yield told.lost(source.position(path), "this document holds no rule groups: it is left out")
