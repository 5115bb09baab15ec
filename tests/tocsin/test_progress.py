"""How far something is: shown on a terminal, and nowhere else."""

import io
import sys

import pytest

from tocsin import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    assert progress.side_by_side("links", [1, 2, 1], lambda number: -number, 1) == {1: -1, 2: -2}
    lines = shown.getvalue().split("\r")
    assert lines == ["", "links: 1 of 2\x1b[K", "links: 2 of 2\x1b[K", "\x1b[K"]


def test_elsewhere_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert progress.side_by_side("links", [1], str, 2) == {1: "1"}
    assert capsys.readouterr() == ("", "")


def test_the_first_failure_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)

    def fail(number: int) -> int:
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        progress.side_by_side("links", range(1, 50), fail, 1)
    assert shown.getvalue().endswith("\r\x1b[K")
