"""Plain data as YAML text that is pleasant to read and the same every time.

The layout is PyYAML's, with lists indented and text of several lines as blocks. What rules are made
of is written here, thirty times as fast; PyYAML itself writes whatever is rare (`_asked`), and the
tests hold the two side by side.
"""

import re
from functools import cache
from typing import Any

import yaml

HEADER = "# Compiled by Tocsin from {source}. Edit that, not this: the next build replaces it.\n"
_LONG = 100_000  # characters; no line of PyYAML's is as long unless one value is
_LONG_KEY = 100  # from 123 on, PyYAML writes a key on a line of its own
# Printable text on one line that is no plain scalar: how it begins, what is in it, how it ends.
_QUOTED = re.compile(
    r"""[\ \#,\[\]{}&*!|>'"%@`] | [?:-](?:\ |$) | ---|\.\.\. | .*(?::\ |\ \#|[:\ ]$)""", re.VERBOSE
)
_OTHER_ENDS = re.compile("[\x85\u2028\u2029]")  # of lines, as YAML 1.1 has them
_OTHER_TYPES = yaml.SafeDumper.yaml_implicit_resolvers  # what looks like a number, a date, ...


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes text of several lines as a block, never writes anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represented(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    if _OTHER_ENDS.search(value):
        style = '"'  # in any other, PyYAML would lose them
    elif "\n" in value and not any(line.endswith(" ") for line in value.split("\n")):
        style = "|"  # a block cannot hold trailing spaces
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represented)


class _Unsure(Exception):
    """The text depends on what stands around it: PyYAML has to write the whole."""


def dump(data: Any, source: str) -> str:
    """`data` as YAML under a line that says what it was compiled from."""
    return HEADER.format(source=source) + written(data)


def written(data: Any) -> str:
    """`data` as YAML."""
    lines: list[str] = []
    try:
        if not isinstance(data, dict | list):
            raise _Unsure
        _write(data, 0, "", lines)
    except _Unsure:
        return slowly(data)
    return "".join(lines)


def slowly(data: Any) -> str:
    """`data` as YAML, by PyYAML alone."""
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=1_000_000,  # one expression, one line: the easiest to read in a difference
    )
    return text


def _write(value: Any, depth: int, first: str, lines: list[str]) -> None:
    """Adds the lines of `value`, which stands `depth` levels deep, `first` before the first."""
    kind = type(value)
    if kind is dict and value:
        _mapping(value, depth, first, lines)
    elif kind is list and value:
        for item in value:
            _write(item, depth + 1, first + "- ", lines)
            first = "  " * depth
    else:
        lines.append(f"{first}{_scalar(value, depth)}\n")


def _mapping(value: dict[Any, Any], depth: int, first: str, lines: list[str]) -> None:
    for key, inside in value.items():
        kind = type(inside)
        if kind is str:
            lines.append(f"{first}{_key(key)}: {_text(inside, depth + 1)}\n")
        elif (kind is dict or kind is list) and inside:
            lines.append(f"{first}{_key(key)}:\n")
            _write(inside, depth + 1, "  " * (depth + 1), lines)
        else:
            lines.append(f"{first}{_key(key)}: {_scalar(inside, depth + 1)}\n")
        first = "  " * depth


@cache
def _key(key: object) -> str:
    if not (isinstance(key, str) and key.isprintable() and 0 < len(key) <= _LONG_KEY):
        raise _Unsure
    return _line(key)


def _scalar(value: object, depth: int) -> str:
    if isinstance(value, str):
        return _text(value, depth)
    if type(value) is int:
        return str(value)
    if value == []:
        return "[]"
    return _asked(value, depth)


def _text(text: str, depth: int) -> str:
    if len(text) > _LONG:
        raise _Unsure
    if text.isprintable():
        return _line(text)
    lines = text.split("\n")
    if text.replace("\n", "").isprintable() and not any(line[-1:] == " " for line in lines):
        return _block(lines, depth)
    return _asked(text, depth)


def _line(text: str) -> str:
    """Printable text that has one line."""
    quoted = not text or _QUOTED.match(text)
    if quoted or any(type_.match(text) for _, type_ in _OTHER_TYPES.get(text[0], ())):
        return "'" + text.replace("'", "''") + "'"
    return text


def _block(lines: list[str], depth: int) -> str:
    """Text of several lines, none of which ends with a space."""
    if lines[-2:] == ["", ""]:
        raise _Unsure  # where nothing follows, it is told that the text has ended
    indented = "2" if lines[0][:1] in {"", " "} else ""
    chomped = "" if lines[-1] == "" else "-"
    indent = "  " * depth
    body = "\n".join(line and indent + line for line in (lines if chomped else lines[:-1]))
    return f"|{indented}{chomped}\n{body}"


def _asked(value: object, depth: int) -> str:
    """What PyYAML writes for `value` at that depth."""
    nest = value
    for _ in range(depth):
        nest = {"_": nest}
    text = slowly(nest)
    before = "".join("  " * level + "_:\n" for level in range(depth))[:-1] + " "
    if not text.startswith(before) or text.endswith("...\n"):
        raise _Unsure
    return text[len(before) : -1]
