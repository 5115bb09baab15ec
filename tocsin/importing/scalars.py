"""Text as a YAML scalar: plain where that is safe, a block where it has lines, else in quotes.

Whether a spelling is safe is not reasoned about but tried: the catalogue's own reader reads it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import yaml

from tocsin import yamldoc

_STRING = "tag:yaml.org,2002:str"
_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_ASTRAL = re.compile(r"[\U00010000-\U0010ffff]")


@lru_cache(maxsize=20_000)
def line(value: str, *, flow: bool = False) -> str:
    """`value` in one line; `flow`: such that it can stand between braces."""
    if _printable(value) and not {"\n", "\t"} & set(value):
        # Of a `?` between braces YAML readers differ: libyaml takes `{k: 0?}`, others do not.
        if not (flow and "?" in value) and _reads_as(value, value, flow=flow):
            return value
        if '"' in value or "\\" in value:
            return "'" + value.replace("'", "''") + "'"
        return f'"{value}"'
    dumped: str = yaml.dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.strip()


def block(value: str, folded: tuple[str, ...] = ()) -> list[str]:
    """`value` as the lines of a block, the header first; none where no block can hold it."""
    for header, lines in _blocks(value, folded):
        spelt = [header, *(f"  {line}" if line else "" for line in lines)]
        if _reads_as("\n".join(spelt) + "\n", value):
            return [header, *lines]
    return []


def _blocks(value: str, folded: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    if not _printable(value):
        return
    chomp = "-" if not value.endswith("\n") else "+" if value.endswith("\n\n") else ""
    if folded:
        yield f">{chomp}", list(folded)
    if "\n" in value:
        indent = "2" if value.lstrip("\n")[:1] == " " else ""
        lines = value.split("\n")
        yield f"|{indent}{chomp}", lines[:-1] if chomp != "-" else lines


def _printable(value: str) -> bool:
    return not _UNPRINTABLE.search(_ASTRAL.sub("", value))


def _reads_as(spelt: str, value: str, *, flow: bool = False) -> bool:
    """Whether a catalogue reads `spelt`, as the value of a key, as the text `value`."""
    text = f"{{k: {spelt}, l: 1}}" if flow else f"k: {spelt}"
    source, problems = yamldoc.read("", text.encode())
    if problems or not isinstance(source.root, yaml.MappingNode):
        return False
    node = source.root.value[0][1]
    alone = len(source.root.value) == (2 if flow else 1)
    return (
        alone and isinstance(node, yaml.ScalarNode) and (node.tag, node.value) == (_STRING, value)
    )
