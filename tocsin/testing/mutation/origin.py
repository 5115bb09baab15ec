"""Where a part of a compiled expression comes from in the YAML that a person wrote.

What a kind puts around the written PromQL is the compiler's; the tokens of the written text are
found again in it, whatever became of its lines and comments.
"""

from tocsin.kinds import KINDS
from tocsin.model import Alert, Recording
from tocsin.problem import Position
from tocsin.promql.lexer import Token, tokens
from tocsin.promql.places import Span
from tocsin.source import Path
from tocsin.testing.places import limit_path

Output = Alert | Recording
_CALENDAR = ("tocsin:week_second:", "tocsin:active:")


def is_calendar(recording: Recording) -> bool:
    """Whether it only tells the time: clocks and windows, which Tocsin's own tests prove."""
    return recording.record.startswith(_CALENDAR)


def of(output: Output, span: Span) -> Position:
    """The place of some characters of an output's expression."""
    rule = output.rule
    kind = KINDS[rule.kind if rule.kind in KINDS else "expr"]
    whole = tokens(output.expr)
    first, last = _covered(whole, span)
    for path, written in kind.texts(rule).items():
        mine = tokens(written)
        for start in _occurrences(whole, mine):
            if start <= first and last < start + len(mine):
                begin, end = mine[first - start].start, mine[last - start].end
                return rule.at_text(path, begin, end)
    return rule.at(*_said(output, whole, first, last))


def _said(output: Output, whole: list[Token], first: int, last: int) -> Path:
    """What of the rule says that this part is there."""
    if isinstance(output, Recording):
        return (output.rule.kind,)
    found: Path | None = None
    size = len(whole) + 1
    for part in output.parts:
        mine = tokens(part.expr)
        for start in _occurrences(whole, mine):
            if start <= first and last < start + len(mine) and len(mine) < size:
                found, size = part.path, len(mine)
    return found or limit_path(output)


def of_wait(alert: Alert) -> Position:
    """Where `for` was said."""
    return alert.rule.at(*_first(alert, (*limit_path(alert), "for"), ("for",)))


def of_label(output: Output, name: str) -> Position:
    """Where a label was said."""
    rule = output.rule
    if isinstance(output, Alert) and name == "severity" and len(limit_path(output)) > 1:
        return rule.at(*limit_path(output), key=True)
    paths: list[Path] = [("labels", name)]
    paths += [("severity",)] if name == "severity" else []
    return rule.at(*_first(output, *paths))


def _first(output: Output, *paths: Path) -> Path:
    """The first of some paths at which the rule has something, else the last that it has above."""
    for path in paths:
        data: object = output.rule.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        if data is not None:
            return path
    return (output.rule.kind,) if output.rule.kind in output.rule.data else ()


def _covered(whole: list[Token], span: Span) -> tuple[int, int]:
    """The first and the last token that some characters belong to."""
    inside = [i for i, token in enumerate(whole) if token.start < span[1] and span[0] < token.end]
    return (inside[0], inside[-1]) if inside else (0, len(whole) - 1)


def _occurrences(whole: list[Token], part: list[Token]) -> list[int]:
    """The indices at which the tokens of `part` stand one after the other."""
    texts = [(token.kind, token.text) for token in part]
    if not texts:
        return []
    return [
        start
        for start in range(len(whole) - len(texts) + 1)
        if (whole[start].kind, whole[start].text) == texts[0]
        and [(token.kind, token.text) for token in whole[start : start + len(texts)]] == texts
    ]
