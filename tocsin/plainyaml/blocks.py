"""Block scalars: the lines below `|` or `>`, which stay lines or are folded."""

import re

from tocsin.plainyaml.unsure import Unsure

_BLOCK = re.compile(r"([|>])([-+]?) *$")


def block(head: str, lines: list[str], first: int, indent: int) -> tuple[str, int]:
    """The text of a block scalar, and the number of the line after it.

    It begins with `head` and goes on from line `first`, indented by more than `indent`.
    """
    match = _BLOCK.match(head)
    if match is None:
        raise Unsure
    style, chomp = match.groups()
    own = _indent(lines, first, indent)
    found: list[str] = []
    at = first
    while at < len(lines):
        line = lines[at]
        rest = line.lstrip(" ")
        if not rest:
            if len(line) > own:
                raise Unsure  # blank space that counts
            found.append("")
        else:
            deep = len(line) - len(rest)
            if deep < own:
                if deep > indent:
                    raise Unsure
                break
            found.append(line[own:])
        at += 1
    while found and not found[-1]:
        found.pop()
    if chomp == "+" or not found:
        raise Unsure
    text = "\n".join(found) if style == "|" else _folded(found)
    return (text if chomp else text + "\n"), at


def _indent(lines: list[str], first: int, indent: int) -> int:
    """How far a block from line `first` on is indented."""
    for at in range(first, len(lines)):
        rest = lines[at].lstrip(" ")
        if rest:
            own = len(lines[at]) - len(rest)
            if own <= indent or any(len(line) > own for line in lines[first:at]):
                raise Unsure
            return own
    raise Unsure


def _folded(lines: list[str]) -> str:
    """The lines of a folded block: a line break is a space, an empty line a line break."""
    text, breaks = lines[0], 0
    if not text:
        raise Unsure
    for line in lines:
        if line[:1] == " ":
            raise Unsure  # lines that are indented further stay lines
    for line in lines[1:]:
        if not line:
            breaks += 1
            continue
        text += "\n" * breaks + line if breaks else " " + line
        breaks = 0
    return text
