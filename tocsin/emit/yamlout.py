"""Plain data as YAML text that is pleasant to read and the same every time."""

from typing import Any

import yaml

HEADER = "# Compiled by Tocsin from {source}. Edit that, not this: the next build replaces it.\n"


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes text of several lines as a block, never writes anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # A block cannot hold trailing spaces; PyYAML would fall back to one long quoted line anyway.
    block = "\n" in value and not any(line.endswith(" ") for line in value.split("\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if block else None)


_Dumper.add_representer(str, _text)


def dump(data: Any, source: str) -> str:
    """`data` as YAML under a line that says what it was compiled from."""
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=1_000_000,  # one expression, one line: the easiest to read in a difference
    )
    return HEADER.format(source=source) + text
