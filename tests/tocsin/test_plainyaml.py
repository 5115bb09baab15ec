"""The quick reader and the full parser agree on all that the quick one reads, and on its places."""

import random
from pathlib import Path
from typing import Any

import pytest

from tocsin import plainyaml, yamldoc
from tocsin.source import Path as Place
from tocsin.source import Source

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    path.read_text(encoding="utf-8", errors="replace")
    for folder in ("rules", "tests/tocsin")
    for path in sorted((ROOT / folder).rglob("*.y*ml"))
]
TROUBLE = [*":-#{}[],&*!|>'\"%@`?<=~ \n\\\té\x85\u2028", ": ", " #", "- ", "\n  ", "---\n", "...\n"]
TROUBLE += (
    "null 0x1F 0o7 012 1_000 yes 12:30 1e3 .5 -.inf 2020-01-01 {{ }} :: !!str <<: \\n".split()
)
TROUBLE += ['"a"', "'b'", "|\n", ">-\n", "? ", "{a: b}", "[1, 2]", '""', "''", " :"]


def agrees(text: str) -> bool:
    """Whether the quick reader reads `text`; it must then be just what the full parser reads."""
    plain = plainyaml.read(text)
    if plain is None:
        return False
    full, problems = yamldoc.parsed("x", text)
    assert problems == [], text
    assert typed(plain.data) == typed(full.data), text
    quick = Source("x", text, data=plain.data, plain=plain)
    for path in paths(full.data):
        assert quick.raw(path) == full.raw(path), (text, path)
        assert quick.position(path) == full.position(path), (text, path)
        assert quick.line(path) == full.line(path), (text, path)
    return True


def typed(value: Any) -> Any:
    """`value` such that 1, 1.0 and True differ, and so does the order of keys."""
    if isinstance(value, dict):
        return [(key, typed(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return list(map(typed, value))
    return type(value), value


def paths(value: Any, path: Place = ()) -> list[Place]:
    if isinstance(value, dict):
        return [path, *(p for key, inner in value.items() for p in paths(inner, (*path, key)))]
    if isinstance(value, list):
        return [path, *(p for i, inner in enumerate(value) for p in paths(inner, (*path, i)))]
    return [path]


def test_rule_files_are_read_quickly_and_right() -> None:
    read = sum(agrees(text) for text in DOCUMENTS)
    assert read > len(DOCUMENTS) / 2


def test_community_rules_are_read_quickly_and_right(corpus: Path) -> None:
    for path in sorted((corpus / "awesome-rules").glob("*.yml")):
        assert agrees(path.read_text(encoding="utf-8")), path.name


def test_pieces_of_documents_with_trouble_in_them() -> None:
    chance = random.Random(1)
    read = sum(agrees(troubled(chance)) for _ in range(3000))
    assert 300 < read < 2700


def troubled(chance: random.Random) -> str:
    """Some lines of a document, spoilt in a few places."""
    lines = chance.choice(DOCUMENTS).split("\n")
    first = chance.randrange(len(lines))
    lines = lines[first : first + chance.randrange(1, 14)]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    text = "\n".join(line[margin:] for line in lines)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(text) + 1)
        spoilt = chance.choice(
            [chance.choice(TROUBLE), chance.choice(TROUBLE), text[at + 1 :][:20]]
        )
        text = text[:at] + spoilt + text[at + chance.randrange(3) :]
    return text.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "---\na: b\n",
        "# c\na:  # d\n  b: c # d\n\n  e: |\n    f\n\n     g\n  # h\n",
        "a:\n- b\n- c: d\n  e: [f, {g: 0x10, h: [], i: {}}]   # j\n-\n- -1\n",
        "a: 'it''s'\nb: \"q\\\"\\n\\t\\\\\"\n\"c d\": ''\n'e': {\"f\": 'g'}\n",
        "expr: sum by (job) (up)\n  > 1\n  or up\nfor: 5m\n",
        "expr:\n  rate(x[5m]) > 1\nb: >-\n  c\n  d\n\n  e\nf:\n",
        "a: off\nb: ~\nc: 1.5\nd: yes\ne: null\nf: 007a\ng: 5m\nh: nobody\n",
        'up{job="a", x="y"}: 0+1x30\n',
        "a: [http://alertmanager:9093, b c]\n",
    ],
)
def test_what_it_reads(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a: b",
        "- a\n",
        "a\n",
        "a: &x b\nc: *x\n",
        "a: !!str 5\n",
        "<<: {a: b}\n",
        "a: b\na: c\n",
        "a: {b: c, b: d}\n",
        "a: b: c\n",
        "a: {{ b }}\n",
        "a: {b: c}}\n",
        "a: [b, c\n  ]\n",
        "a: 'b\n  c'\n",
        "a: b\n    c: d\n",
        "a: b\n\n  c\n",
        "a: b # c\n  d\n",
        "a:\n    b: c\n  d: e\n",
        "a: |\n  b\n c: d\n",
        "a: |+\n  b\n",
        "a: |2\n    b\n",
        "a: >\n  b\n    c\n",
        "a: 12:30\n",
        "a: 1_000\n",
        "a: 2020-01-01\n",
        "a: b\n---\nc: d\n",
        "a:\tb\n",
        "a: - b\n",
        "- - a\n",
        "a: @b\n",
        "a: b\n%c: d\n",
        "a: \x07\n",
        f"{'a' * 1001}: b\n",
        "".join(f"{'  ' * depth}a:\n" for depth in range(50)),
        f"a: {'[' * 50}{']' * 50}\n",
    ],
)
def test_what_it_leaves_to_the_full_parser(text: str) -> None:
    assert plainyaml.read(text) is None
