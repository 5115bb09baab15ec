"""The comments of a YAML text.

PyYAML drops comments, but knows where each token stands: a comment is what is between two tokens
and starts with `#`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class Comment:
    """A comment, its line and column (both from 0), and whether it has the line for itself."""

    line: int
    column: int
    text: str
    alone: bool


def comments(text: str) -> Iterator[Comment]:
    """The comments of `text`, in order. Raises YAMLError where it is no YAML."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        start = token.start_mark.index
        yield from _between(text, end, start)
        if getattr(token, "style", None) in {"|", ">"}:
            newline = text.find("\n", start)
            header = text[start : newline if newline >= 0 else len(text)]
            yield from _between(text, start + len(header.partition(" ")[0]), start + len(header))
        end = max(end, token.end_mark.index)
    yield from _between(text, end, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    while (index := text.find("#", start, end)) >= 0:
        first = text.rfind("\n", 0, index) + 1
        start = newline if (newline := text.find("\n", index)) >= 0 else len(text)
        alone = not text[first:index].strip()
        yield Comment(text.count("\n", 0, index), index - first, text[index:start].rstrip(), alone)
