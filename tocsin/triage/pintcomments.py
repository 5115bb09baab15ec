"""Suppressions that somebody wrote for pint, another linter of rules, whose checks ours are named
after. See https://cloudflare.github.io/pint/ignoring.html for what they mean.

What pint would not have looked at is not looked at here; comments that only its own checks read
(`rule/set`) change nothing.
"""

import re
from collections.abc import Iterator

from tocsin import controls, problem
from tocsin.controls import Control, Lines
from tocsin.problem import Problem, Severity
from tocsin.source import Source
from tocsin.triage.comments import IGNORED_FILE, UNREADABLE
from tocsin.triage.suppression import Suppression, date

_OF_RULE = {"disable", "snooze", "rule/owner", "rule/set"}
_WITHOUT_VALUE = {"ignore/file", "ignore/line", "ignore/begin", "ignore/end", "ignore/next-line"}
# What these find with a server at hand is not known here.
_ASK_A_SERVER = {
    *("promql/series", "promql/rate", "promql/counter", "promql/vector_matching"),
    *("promql/range_query", "labels/conflict", "alerts/count", "alerts/external_labels"),
    *("alerts/absent", "query/cost", "rule/link"),
}
# In brackets: a selector, a label, an annotation. With other checks it is a server's name.
_NARROWED = {"promql/series", "promql/aggregate", "rule/label", "alerts/annotation"}
_MATCH = re.compile(r"(?P<check>[a-z_/]+)(?:\((?P<about>.*)\))?(?:\s+#.*)?")


def suppressions(source: Source, written: list[Control]) -> Iterator[Suppression | Problem]:
    """What each comment of pint's hides, and what is wrong with it."""
    for span in controls.ignored(source.text):
        place = source.position()
        yield Suppression(place, "*", span, unused=None)
    lines = Lines(source)
    for control in written:
        if control.tool == "pint":
            yield from _one(control, lines, readable=source.data is not None)


def _one(control: Control, lines: Lines, *, readable: bool) -> Iterator[Suppression | Problem]:
    if fault := _fault(control):
        yield problem.warning(control.position, UNREADABLE, fault, "see pint's documentation")
        return
    span = lines.rule(control) if control.word in _OF_RULE else None
    if control.word in _OF_RULE and span is None:
        if readable:
            message = "this comment touches no rule, so it does nothing"
            hint = "put it directly above a rule, without an empty line between"
            yield problem.warning(control.position, UNREADABLE, message, hint)
        return
    if control.word == "ignore/file":
        message = "nothing below this comment is looked at"
        yield Problem(control.position, IGNORED_FILE, Severity.INFO, message)
    what, until = control.value, None
    if control.word.endswith("snooze"):
        when, _, what = control.value.partition(" ")
        until = date(when)
    elif not control.word.endswith("disable"):
        return
    if found := _MATCH.fullmatch(what.strip()):
        check, about = found["check"], found["about"] or ""
        if check not in _NARROWED or about.startswith("+"):
            about = ""  # a server, or those with a tag: here rules are judged without one
        unused = None if check in _ASK_A_SERVER else Severity.INFO
        yield Suppression(control.position, check, span, until=until, about=about, unused=unused)


def _fault(control: Control) -> str:
    """What pint itself would say of a comment that it cannot read; "" where it can."""
    if control.word in _WITHOUT_VALUE:
        return f"`{control.word}` takes nothing behind it" if control.value else ""
    if not control.value:
        return f"`{control.word}` needs something behind it"
    if control.word.endswith("snooze"):
        when, _, what = control.value.partition(" ")
        if not what.strip():
            return f"`{control.word}` takes a date and a check"
        if date(when) is None:
            return f"`{when}` is not a date such as 2027-01-31 or 2027-01-31T12:00:00Z"
    return ""
