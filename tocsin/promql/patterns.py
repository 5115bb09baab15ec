"""Regular expressions of matchers, as far as the checks must understand them.

They are Go's (RE2), which Python cannot parse in all cases; what matters here is their outermost
sequence. Source: https://github.com/google/re2/wiki/Syntax
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class Piece(Enum):
    """What a piece of a pattern is."""

    LITERAL = auto()
    ANY = auto()  # a dot
    CLASS = auto()  # [a-z], \d
    GROUP = auto()
    START = auto()  # ^
    END = auto()  # $
    OR = auto()
    FLAGS = auto()  # (?i)
    OTHER = auto()


@dataclass(frozen=True)
class Part:
    """A piece, its repetition (`*`, `+`, `?`, `{2,3}`), the character that a literal stands for."""

    piece: Piece
    text: str
    repetition: str = ""
    char: str = ""

    @property
    def repeats(self) -> bool:
        """Whether it may stand for a text of any length."""
        return self.repetition[:1] in {"*", "+"}


_PIECE = re.compile(
    r"""
    (?P<FLAGS>\(\?[imsU-]+\))
    | (?P<CLASS>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\] | \\[dDwWsSpP](?:\{\w+\}|\w(?<=[pP]\w))?)
    | (?P<START>\^ | \\A) | (?P<END>\$ | \\z) | (?P<ANY>\.) | (?P<OR>\|) | (?P<GROUP>\()
    | (?P<OTHER>\\[bBQEC0-9xafnrtv] | [*+?)])
    | (?P<LITERAL>\\. | .)
    """,
    re.VERBOSE | re.DOTALL,
)
_REPETITION = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")


def parts(pattern: str) -> list[Part]:
    """The outermost sequence of a pattern; a group is one part."""
    found = []
    index = 0
    while index < len(pattern):
        match = _PIECE.match(pattern, index)
        assert match is not None and match.lastgroup is not None  # noqa: S101 # "." takes any
        piece, end = Piece[match.lastgroup], match.end()
        if piece is Piece.GROUP:
            end = _closing(pattern, index)
        text = pattern[index:end]
        repetition = _REPETITION.match(pattern, end)
        index = repetition.end() if repetition else end
        char = text[-1] if piece is Piece.LITERAL else ""
        found.append(Part(piece, text, repetition[0] if repetition else "", char))
    return found


def _closing(pattern: str, index: int) -> int:
    """The place after the bracket that closes the group that opens at `index`."""
    depth = 0
    while index < len(pattern):
        match = _PIECE.match(pattern, index)
        assert match is not None  # noqa: S101 # "." takes any
        depth += (match.lastgroup == "GROUP") - (match.group() == ")")
        index = match.end()
        if depth == 0:
            break
    return index


def literal(pattern: str) -> str | None:
    """The one text that a pattern matches, anchors aside; None where there are more."""
    text = ""
    for part in parts(pattern):
        if part.piece in {Piece.START, Piece.END}:
            continue
        if part.repetition:
            return None
        found = part.char if part.piece is Piece.LITERAL else _grouped(part)
        if found is None:
            return None
        text += found
    return text


def _grouped(part: Part) -> str | None:
    """The one text that a group matches, if it is a group without flags."""
    if part.piece is not Piece.GROUP or re.match(r"\(\?[imsU-]", part.text):
        return None
    return literal(_inside(part.text))


def anchors(pattern: str) -> bool:
    """Whether a pattern has `^` or `$`, which Prometheus adds by itself."""
    return any(
        part.piece in {Piece.START, Piece.END}
        or (part.piece is Piece.GROUP and anchors(_inside(part.text)))
        for part in parts(pattern)
    )


def _inside(group: str) -> str:
    return re.sub(r"^\((?:\?(?:P?<\w+>|[imsU-]*:))?", "", group)[:-1]


_SAMPLES = "a1A0xX_-.:/ z9Z@é"


def example(pattern: str) -> str | None:
    """A short text that a pattern matches, None where none was found."""
    text = _example(pattern)
    return text if matches(pattern, text) else None


def matches(pattern: str, text: str) -> bool | None:
    """Whether the whole of a text matches; None where Python does not know Go's pattern."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as `[[:alpha:]]`, which means something else here
        try:
            return re.fullmatch(pattern, text) is not None
        except (re.error, Warning):
            return None


def _example(pattern: str) -> str:
    text = ""
    for part in parts(pattern):
        if part.piece is Piece.OR:
            break
        least = re.match(r"\{(\d+)", part.repetition)
        once = {Piece.LITERAL: part.char, Piece.ANY: "x"}.get(part.piece, "")
        if part.piece is Piece.GROUP:
            once = _example(_inside(part.text))
        elif part.piece is Piece.CLASS:
            once = next((char for char in _SAMPLES if matches(part.text, char)), "")
        text += once * (int(least[1]) if least else part.repetition[:1] not in {"*", "?"})
    return text


def everything(pattern: str) -> str:
    """`*` for a pattern that fits any text, `+` for one that fits any but none, else ""."""
    found = [part for part in parts(pattern) if part.piece not in {Piece.START, Piece.END}]
    if len(found) == 1 and found[0].piece is Piece.ANY and found[0].repeats:
        return found[0].repetition[0]
    return ""


def cuts(pattern: str) -> bool:
    """Whether a pattern looks for a part of a text: `web_.*_prod`, `.*dev.*`.

    A text of which only the beginning or the end is fixed is how people ask for names, and `5.*0`
    how they ask for codes, so digits alone do not count.
    """
    if any(part.piece is Piece.OR for part in parts(pattern)):
        return False
    runs = list(_runs(pattern))
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        around = {before[0], after[0]}
        if run[0] == "open" and around == {"word"} and _is_word(before[1] + after[1]):
            return True
        if run[0] == "word" and around == {"open"} and _is_word(run[1]):
            return True
    return False


def _is_word(text: str) -> bool:
    return any(not char.isdigit() for char in text)


def _runs(pattern: str) -> Iterator[tuple[str, str]]:
    """The outermost sequence as fixed words, what is open in length, and other things."""
    current = ("", "")
    for part in parts(pattern):
        if part.piece in {Piece.START, Piece.END}:
            continue
        if part.piece is Piece.LITERAL and not part.repetition:
            found = ("word", part.char)
        elif part.repeats and part.piece in {Piece.ANY, Piece.CLASS}:
            found = ("open", "")
        elif part.piece is Piece.ANY and current[0] == "open":
            continue  # often a dot that somebody forgot to escape
        else:
            found = ("other", "")
        if found[0] == current[0]:
            current = (current[0], current[1] + found[1])
            continue
        if current[0]:
            yield current
        current = found
    if current[0]:
        yield current


def unanchored(pattern: str) -> str | None:
    """A pattern without `^` in front and `$` behind; None where it has them elsewhere, too."""
    found = parts(pattern)
    while found and found[0].piece is Piece.START and not found[0].repetition:
        found = found[1:]
    while found and found[-1].piece is Piece.END and not found[-1].repetition:
        found = found[:-1]
    text = "".join(part.text + part.repetition for part in found)
    return None if anchors(text) else text
