"""Durations as Prometheus spells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import durations


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("15s", 15_000),
        ("1h30m", 5_400_000),
        ("250ms", 250),
        ("1d", 86_400_000),
    ],
)
def test_it_reads(text: str, milliseconds: int) -> None:
    assert durations.parse(text) == milliseconds


@pytest.mark.parametrize("text", ["", "5", "5 m", "m", "30m1h", "-5m", "1.5h", "5x", "5M"])
def test_it_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (90_000, "1m30s"), (8 * 86_400_000, "8d"), (14 * 86_400_000, "2w"), (1, "1ms")],
)
def test_it_writes_what_people_would(milliseconds: int, text: str) -> None:
    assert durations.text(milliseconds) == text


@given(st.integers(min_value=0, max_value=10**13))
def test_what_it_writes_it_reads(milliseconds: int) -> None:
    assert durations.parse(durations.text(milliseconds)) == milliseconds
