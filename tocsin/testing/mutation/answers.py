"""What promtool says of many alerts at once: which fire at each time asked for.

promtool prints what it got where it expected nothing; so it is asked for all of `ALERTS`, and
expects nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin import durations
from tocsin.promql.operators import Labels
from tocsin.testing.mutation.worlds import MARK

PROBE = 'ALERTS{alertstate="firing"}'
_ANSWER = re.compile(
    r'[ \t]*expr: "ALERTS\{alertstate=\\"firing\\"\}", time: (?P<time>\w+),'
    r"\s*exp:[^\n]*\n\s*got:(?P<got>[^\n]*)"
)
_LABEL = re.compile(r'"?(?P<name>[\w:.]+)"?="(?P<value>(?:\\.|[^"\\])*)"')
_SAMPLE = re.compile(r'\{(?P<labels>(?:"(?:\\.|[^"\\])*"|[^}"])*)\} (?P<value>[^\s,]+)')
_MARKED = re.compile(re.escape(MARK) + r"(\w+)")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass
class Answers:
    """By time in milliseconds, what fires of each mark; the marks that promtool rejected."""

    firing: dict[int, dict[str, set[Labels]]] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    other: str = ""  # what it has said besides

    def of(self, marks: Iterable[str], time: int) -> set[Labels]:
        """The labels of what fires of some marks, the alert's name among them, without the mark."""
        firing = self.firing.get(time, {})
        return set().union(*(firing.get(mark, ()) for mark in marks))


def asked(test: Mapping[str, Any]) -> dict[str, Any]:
    """A test that asks for all alerts at its times rather than for what it expects."""
    times = dict.fromkeys(expectation["eval_time"] for expectation in test["promql_expr_test"])
    probes = [{"expr": PROBE, "eval_time": time, "exp_samples": []} for time in times]
    return {**test, "promql_expr_test": probes}


def answers(output: str) -> Answers:
    """promtool's output, read."""
    found = Answers()
    for match in _ANSWER.finditer(output):
        firing = found.firing.setdefault(durations.parse(match["time"]), {})
        for sample in _SAMPLE.finditer(match["got"]):
            mark, labels = _split(labels_of(sample["labels"]))
            firing.setdefault(mark, set()).add(labels)
    rest = _ANSWER.sub("", output)
    found.rejected = set(_MARKED.findall(rest))
    found.other = "" if found.rejected else _said(rest)
    return found


def _said(rest: str) -> str:
    noise = ("Unit Testing:", "FAILED:", "SUCCESS", "WARNING:", "name:")
    lines = (line.strip() for line in rest.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(noise))


def labels_of(written: str) -> Iterable[tuple[str, str]]:
    """Names and values of labels as promtool and test files spell them."""
    for match in _LABEL.finditer(written):
        yield match["name"], _ESCAPE.sub(_unescaped, match["value"])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)


def _split(labels: Iterable[tuple[str, str]]) -> tuple[str, Labels]:
    """The mark in the alert's name, and the labels without it."""
    found = dict(labels)
    name, _, mark = found.get("alertname", "").partition(MARK)
    found["alertname"] = name
    found.pop("__name__", None)
    return mark, frozenset(found.items())
