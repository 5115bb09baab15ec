"""Text as YAML: spelt as people would, and read back as the same."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.importing import scalars


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("up == 0", "up == 0"),
        ("{{ $x }}", '"{{ $x }}"'),
        ('{{ printf "%d" }}', "'{{ printf \"%d\" }}'"),
        ("it's: \\", "'it''s: \\'"),
        ("06:00", '"06:00"'),
        ("off", '"off"'),
        ("", '""'),
        ("a\tb", '"a\\tb"'),
        ("a\x85b", '"a\\Nb"'),
        ("🦆", "🦆"),
    ],
)
def test_a_line_has_quotes_where_it_needs_them(value: str, spelt: str) -> None:
    assert scalars.line(value) == spelt


def test_between_braces_more_needs_quotes() -> None:
    assert scalars.line("a, b: c") == '"a, b: c"'
    assert scalars.line("a, b", flow=False) == "a, b"
    assert scalars.line("a, b", flow=True) == '"a, b"'
    assert scalars.line("a, l: 2", flow=True) == '"a, l: 2"'
    assert scalars.line("a}, {b", flow=True) == '"a}, {b"'


def test_a_block_keeps_the_lines_it_was_folded_over() -> None:
    assert scalars.block("a b\n", ("a", "b")) == [">", "a", "b"]
    assert scalars.block("a\nb", ("other",)) == ["|-", "a", "b"]
    assert scalars.block("a b") == []


@given(st.text(max_size=60), st.booleans())
@example("0?", True)
def test_text_is_read_back_as_it_was(value: str, flow: bool) -> None:
    line = scalars.line(value, flow=flow)
    text = f"{{k: {line}, l: 1}}" if flow else f"k: {line}"
    assert yaml.safe_load(text)["k"] == value
    lines = scalars.block(value)
    if lines:
        text = "\n".join([f"k: {lines[0]}", *(f"  {line}" if line else "" for line in lines[1:])])
        assert yaml.safe_load(text + "\n")["k"] == value
