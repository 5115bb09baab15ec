"""`absent`: a series must exist.

Its result has the labels that the selector asks for with `=`.


    - alert: SchedulerGone
      absent:
        series: up{job="scheduler"}
        for: 5m
      severity: critical
"""

from collections.abc import Iterator

from tocsin import problem
from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Tier


def expand(rule: Rule, settings: Settings) -> Iterator[Tier]:
    """One tier."""
    series = text.clean(rule.text("absent", "series"))
    severity = str(rule.data.get("severity") or settings.default_severity)
    yield Tier(severity, f"absent({series})", str(rule.body.get("for") or ""))


def problems(rule: Rule, _settings: Settings) -> Iterator[Problem]:
    """Something that is no instant vector."""
    if sort := text.not_a_value(rule.text("absent", "series")):
        message = f"`series` must be a selector or an expression, not {sort}"
        yield problem.error(rule.at("absent", "series"), "rule/value", message, rule=rule.name)


def watched(rule: Rule) -> str:
    """That something is there, with the labels of the alert."""
    return f"vector(1) unless on () absent({text.clean(rule.text('absent', 'series'))})"


KIND = Kind("absent", expand, (("absent", "series"),), problems, watched=watched)
