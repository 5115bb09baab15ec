"""`absent`: a series must exist.

Its result has the labels that the selector asks for with `=`.

    - alert: SchedulerGone
      absent:
        series: up{job="scheduler"}
        for: {warning: 5m, critical: 30m}
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.kinds.kind import Kind
from tocsin.kinds.parts import silences
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Tier


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """A tier per duration; without one, a tier that fires at once."""
    series = text.clean(rule.text("absent", "series"))
    for severity, wait in waits(rule, settings).items():
        yield Tier(severity, f"absent({series})", wait)


def waits(rule: Rule, settings: Settings) -> dict[str, str]:
    """Severity to duration, mildest first."""
    if "for" in rule.body:
        return silences.tiers(rule, settings)
    return {str(rule.data.get("severity") or settings.default_severity): ""}


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Something that is no instant vector; undeclared severities."""
    yield from silences.undeclared(rule, settings)
    if sort := text.not_a_value(rule.text("absent", "series")):
        message = f"`series` must be a selector or an expression, not {sort}"
        yield problem.error(rule.at("absent", "series"), "rule/value", message, rule=rule.name)


def watched(rule: Rule) -> str:
    """That something is there, with the labels of the alert."""
    return f"vector(1) unless on () absent({text.clean(rule.text('absent', 'series'))})"


KIND = Kind("absent", expand, (("absent", "series"),), problems, watched=watched)
