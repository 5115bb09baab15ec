"""What tests of a rule should have seen: each tier of each override, each way in which it fires.

A place is seen firing, or silent, where a test asks what fires: PromQL, evaluated by promtool at
the times of the tests, tells which. Silent counts only where there is something to judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin import presence
from tocsin.kinds import KINDS
from tocsin.model import Alert, Compiled, Rule
from tocsin.overrides import Branch, branches
from tocsin.problem import Position
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import selectors
from tocsin.tier import Part, Tier

FIRING, SILENT = "firing", "silent"


@dataclass(frozen=True)
class Place:
    """Something to be seen, and PromQL that gives a result where it is."""

    rule: Rule
    name: str
    state: str
    probe: str
    position: Position


def places(rule: Rule, compiled: Compiled) -> list[Place]:
    """The places of a rule, in the order of its alerts."""
    alerts = [
        alert
        for alert in compiled.alerts
        if alert.rule.path == rule.path and alert.rule.source.name == rule.source.name
    ]
    known = {branch.number: branch for branch in branches(rule)}
    found = [place for alert in alerts for place in _of_alert(alert, known[alert.branch])]
    base = list(KINDS[rule.kind].expand(rule, compiled.catalogue.settings))
    for branch in known.values():
        mine = {alert.severity for alert in alerts if alert.branch == branch.number}
        found += (
            _off(branch, tier)
            for tier in base
            if isinstance(tier, Tier) and tier.severity not in mine
        )
    return found


def _of_alert(alert: Alert, branch: Branch) -> Iterator[Place]:
    rule = branch.rule
    name = _name(branch, alert.severity)
    tier = name or "the alert"
    limit = limit_path(alert)
    firing = presence.firing(rule, alert.severity)
    yield Place(rule, tier, FIRING, branch.scoped(firing), rule.at(*limit))
    if rule.kind != "heartbeat":
        yield Place(rule, tier, SILENT, _silent(alert, branch), rule.at(*limit))
    for part in alert.parts:
        where = rule.at(*part.path)
        told = f"{name}: {part.name}" if name else part.name
        if not part.fires:
            yield Place(rule, told, SILENT, part.expr, where)
        elif part.labels is None or branch.takes(part.labels):
            yield Place(rule, told, FIRING, _alone(alert, part), where)


def _name(branch: Branch, severity: str) -> str:
    return f"override {branch.number}, {severity}" if branch.number else severity


def limit_path(alert: Alert) -> tuple[str | int, ...]:
    """Where the rule says when this tier fires."""
    body = alert.rule.body if isinstance(alert.rule.body, dict) else {}
    for side in ("above", "below", "outside", "within", "for"):
        if isinstance(body.get(side), dict) and body[side].get(alert.severity):
            return (alert.rule.kind, side, alert.severity)
    return (alert.rule.kind,)


def _alone(alert: Alert, part: Part) -> str:
    """Where the alert fires for this part and for no other: all others but those that only hold."""
    others = [
        other.expr
        for other in alert.parts
        if other is not part and other.fires and (part.holds or not other.holds)
    ]
    expr = f"(\n{part.expr}\n)"
    expr += "".join(f"\nunless\n(\n{other}\n)" for other in others)
    return f"({expr})\nand {presence.firing_already(alert.rule, alert.severity)}"


def _silent(alert: Alert, branch: Branch) -> str:
    """Where there is something to judge, and it does not fire."""
    rule, kind = branch.rule, KINDS[branch.rule.kind]
    watched = kind.watched or kind.value
    if watched is not None:
        there = branch.scoped(f"({watched(rule)})")
        return f"({there})\nunless {presence.firing_already(rule, alert.severity)}"
    firing = presence.firing(rule, alert.severity)
    return f"({_something(alert.expr)})\nunless on () {firing}"


def _something(expr: str) -> str:
    """Whether any series is there that a plain expression reads."""
    try:
        found = {selector.text for selector in selectors(expr)}
    except CannotTell:
        found = set()
    return " or ".join(f"count({text})" for text in sorted(found)) or "vector(1)"


def _off(branch: Branch, tier: Tier) -> Place:
    """A tier that an override has switched off, where it would fire."""
    path = ("overrides", branch.number - 1)
    name = f"{_name(branch, tier.severity)}: off"
    return Place(branch.rule, name, SILENT, branch.scoped(tier.expr), branch.rule.at(*path))
