"""Selectors: what their matchers say of labels."""

import re
from functools import lru_cache

from tocsin.promql import tree
from tocsin.promql.flow.branch import GONE, NAME, SURE, Branch, Known
from tocsin.promql.flow.finding import Finding, Kind
from tocsin.promql.flow.reason import Reason, Why
from tocsin.promql.tree import Matcher


def select(node: tree.Selector, of: Branch, found: list[Finding]) -> Branch:
    """The series of a metric that a selector leaves; `of` is what is known of the metric."""
    if node.choice:  # `or` between matchers: each series satisfies one of several lists
        return of
    labels: dict[str, Known] = dict(of.labels)
    if node.name:
        labels[NAME] = (SURE, Reason(Why.MATCHED, node, "name"))
    dead = False
    for matcher in node.matchers:
        known = _asked(matcher)
        if known is None:
            continue
        if known[0] is SURE and not _accepts_something(matcher):
            found.append(Finding(Kind.CONTRADICTION, matcher, label=matcher.label))
            dead = True
        reason = of.cannot(matcher.label)
        if known[0] is SURE and reason is not None:
            found.append(Finding(Kind.CONTRADICTION, matcher, label=matcher.label, reason=reason))
            dead = True
        before = labels.get(matcher.label)
        if known[0] is GONE or before is None or matcher.sign == "=" or before[0] < SURE:
            labels[matcher.label] = known
    if clash := _clash(node.matchers):
        one, other = clash
        reason = Reason(Why.MATCHED, one)
        found.append(Finding(Kind.CONTRADICTION, other, label=other.label, reason=reason))
        dead = True
    return Branch(labels, of.closed, of.numbers, dead=dead)


def _asked(matcher: Matcher) -> Known | None:
    """What a matcher says of its label: that it is there, that it is not, or nothing."""
    if matcher.sign == "=":
        return (SURE, Reason(Why.MATCHED, matcher)) if matcher.value else _empty(matcher)
    nothing, something = accepts(matcher, ""), _accepts_something(matcher)
    if nothing is False:
        return SURE, Reason(Why.MATCHED, matcher)
    return _empty(matcher) if nothing and not something else None


def _empty(matcher: Matcher) -> Known:
    return GONE, Reason(Why.EMPTY, matcher)


def accepts(matcher: Matcher, value: str) -> bool | None:
    """Whether a label with this value satisfies a matcher, "" for no label; None: cannot tell."""
    if matcher.sign == "=":
        return value == matcher.value
    if matcher.sign == "!=":
        return value != matcher.value
    fits = _fits(matcher.value, value)
    return fits if fits is None or matcher.sign == "=~" else not fits


def _accepts_something(matcher: Matcher) -> bool:
    """Whether any value but the empty one satisfies a matcher, as far as it is easily told."""
    if matcher.sign in {"=", "=~"}:
        return matcher.value != ""
    return matcher.sign == "!=" or matcher.value not in {".+", ".*", "(.+)", "(.*)"}


@lru_cache(maxsize=10_000)
def _fits(pattern: str, value: str) -> bool | None:
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except (re.error, OverflowError, RecursionError):  # what Python spells otherwise than Go
        return None


def _clash(matchers: tuple[Matcher, ...]) -> tuple[Matcher, Matcher] | None:
    """Two matchers of a label that no value satisfies."""
    if len(matchers) < 2:
        return None
    fixed: dict[str, Matcher] = {}
    for matcher in matchers:
        if matcher.sign == "=":
            fixed.setdefault(matcher.label, matcher)
    for matcher in matchers:
        one = fixed.get(matcher.label)
        if one is not None and accepts(matcher, one.value) is False:
            return one, matcher
    return None
