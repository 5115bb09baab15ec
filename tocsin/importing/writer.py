"""A tree to the text of a catalogue file, with the comments of the original at their places."""

from collections.abc import Iterable, Iterator, Sequence

from tocsin.importing import scalars
from tocsin.importing.tree import Bare, Draft, Entry, Flow, Notes, Text, Value, origins
from tocsin.source import Path

NO_NOTES = Notes()


def file(head: Iterable[str], group: Sequence[Entry], drafts: Sequence[Draft], notes: Notes) -> str:
    """A rule file: `head` (comments), what the group says of itself, its rules.

    The last entry of `group` is `rules`, which the drafts become the value of.
    """
    lines = list(head)
    origin = group[0].origins[0] if group[0].origins else ()
    claimed = {*origins(tuple(group))}
    loose = (
        path
        for path in notes.under(origin)
        if path not in claimed and path[: len(origin) + 1] != (*origin, "rules")
    )
    above = [*_comments(loose, notes), *_above(group[0], notes)]
    if lines and above:
        lines.append("")
    lines += above
    lines += _entry(group[0], 0, notes, above=False)
    for entry in group[1:]:
        lines += _entry(entry, 0, notes)
    for index, draft in enumerate(drafts):
        lines += ["", *rule(draft, notes)] if index else rule(draft, notes)
    after = notes.after.get(origin, ())
    lines += ["", *_indented(after, 2)] if after else []
    return "\n".join(lines) + "\n"


def rule(draft: Draft, notes: Notes = NO_NOTES) -> list[str]:
    """One rule as an item of `rules`."""
    claimed = set(origins(draft.entries))
    loose = [path for origin in draft.origin for path in notes.under(origin) if path not in claimed]
    first, *rest = draft.entries
    above = [*_above(first, notes), *_comments(loose, notes), *draft.said]
    body = _entry(first, 4, notes, above=False)
    for entry in rest:
        body += _entry(entry, 4, notes)
    after = [line for origin in draft.origin for line in notes.after.get(origin, ())]
    return [
        *_indented(above, 2),
        f"  - {body[0].lstrip()}",
        *body[1:],
        *_indented(after, 4),
    ]


def _entry(entry: Entry, indent: int, notes: Notes, *, above: bool = True) -> list[str]:
    first, *rest = _value(entry, indent, notes)
    beside = [notes.beside[path] for path in entry.origins if path in notes.beside]
    return [
        *_indented(_above(entry, notes) if above else (), indent),
        " " * indent + first + (f"  {beside[0]}" if beside else ""),
        *rest,
    ]


def _above(entry: Entry, notes: Notes) -> list[str]:
    """The comments before an entry; of several beside its origins, one can stand beside it."""
    lines = [line for path in entry.origins for line in notes.above.get(path, ())]
    beside = [notes.beside[path] for path in entry.origins if path in notes.beside]
    return lines + beside[1:]


def _value(entry: Entry, indent: int, notes: Notes) -> list[str]:
    key = scalars.line(entry.key)
    if isinstance(entry.value, tuple):
        inner = [line for child in entry.value for line in _entry(child, indent + 2, notes)]
        return [f"{key}:", *inner]
    if isinstance(entry.value, Text):
        header, *lines = scalars.block(entry.value.value, entry.value.folded) or [""]
        if header:
            return [f"{key}: {header}", *_indented(lines, indent + 2)]
    return [f"{key}: {inline(entry.value)}"]


def inline(value: Value) -> str:
    """A value that needs one line, but for its key."""
    if isinstance(value, Bare):
        return value.written
    if isinstance(value, Text):
        return scalars.line(value.value)
    assert isinstance(value, Flow)  # noqa: S101 # what is in a block is written by _value
    return (
        "{"
        + ", ".join(
            f"{scalars.line(key, flow=True)}: {_in_flow(item)}" for key, item in value.entries
        )
        + "}"
    )


def _in_flow(value: Text | Bare) -> str:
    return value.written if isinstance(value, Bare) else scalars.line(value.value, flow=True)


def _comments(paths: Iterable[Path], notes: Notes) -> Iterator[str]:
    for path in paths:
        yield from notes.above.get(path, ())
        if path in notes.beside:
            yield notes.beside[path]


def _indented(lines: Iterable[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]
