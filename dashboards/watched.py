"""The rules of the catalogue as dashboards need them: what is watched, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin import pipeline, units
from tocsin.kinds import KINDS
from tocsin.model import Alert, Compiled, Rule

GRAFANA_UNITS = {
    "percent": "percent",
    "ratio": "percentunit",
    "bytes": "bytes",
    "seconds": "s",
    "per_second": "ops",
    "bytes_per_second": "Bps",
    "count": "short",
    "": "short",
}


class CatalogueError(Exception):
    """The catalogue has errors, so there is nothing to draw from."""


@dataclass(frozen=True)
class Watched:
    """A rule: `expr` is what it judges, "" where its kind judges no value.

    limits: by severity, those of the rule itself; `above` says on which side is the trouble.
    elsewhere: the limits of its overrides, in words.
    """

    name: str
    expr: str
    unit: str
    above: bool
    limits: Mapping[str, float]
    waits: Mapping[str, str]
    elsewhere: tuple[str, ...]
    runbook: str

    @property
    def grafana_unit(self) -> str:
        return GRAFANA_UNITS[self.unit]

    def in_words(self) -> str:
        """What fires, and where to read on; Grafana shows it as Markdown."""
        parts = [
            f"{severity} {units.shown(self.unit or 'count', limit)}"
            for severity, limit in self.limits.items()
        ] or [f"{severity} after {wait}" for severity, wait in self.waits.items() if wait]
        side = "" if not self.limits else " above" if self.above else " below"
        text = f"Alert {self.name}{side}: {', '.join(parts)}." if parts else f"Alert {self.name}."
        text += "".join(f" Elsewhere: {one}." for one in self.elsewhere)
        return f"{text} [Runbook]({self.runbook})" if self.runbook else text


def watched(rules: Path) -> dict[str, Watched]:
    """The rules of a catalogue by name. Raises CatalogueError with what is wrong with it."""
    outcome = pipeline.run((rules,))
    if outcome.has_errors or outcome.missing:
        first = outcome.result.problems[0]
        place = f"{first.position.file}:{first.position.line}"
        raise CatalogueError(f"{place}: {first.message}; `tocsin lint {rules}` tells all")
    return of(outcome.compiled)


def of(compiled: Compiled) -> dict[str, Watched]:
    """The rules of a compiled catalogue by name."""
    found: dict[str, Watched] = {}
    for rule in compiled.catalogue.rules:
        alerts = [alert for alert in compiled.alerts if alert.rule is rule]
        if alerts:
            found[rule.name] = _watched(rule, alerts)
    return found


def _watched(rule: Rule, alerts: list[Alert]) -> Watched:
    value = KINDS[rule.kind].value
    own = [alert for alert in alerts if not alert.branch]
    horizon = rule.kind in {"forecast", "deviation"}  # what their limits count is not the value
    limits = {a.severity: a.limit for a in own if a.limit is not None and not horizon}
    return Watched(
        name=rule.name,
        expr=value(rule) if value else "",
        unit=str(rule.body.get("unit", "")) if isinstance(rule.body, dict) else "",
        above="below" not in rule.body,
        limits=limits,
        waits={a.severity: _wait(rule, a) for a in own},
        elsewhere=tuple(dict.fromkeys(_elsewhere(rule, a) for a in alerts if a.branch)),
        runbook=own[0].annotations.get("runbook_url", "") if own else "",
    )


def _wait(rule: Rule, alert: Alert) -> str:
    waits = rule.body.get("for") if isinstance(rule.body, dict) else None
    return str(waits.get(alert.severity, "")) if isinstance(waits, dict) else alert.for_


def _elsewhere(rule: Rule, alert: Alert) -> str:
    where = rule.data["overrides"][alert.branch - 1]["where"]
    labels = ", ".join(f"{name} {value}" for name, value in where.items())
    limit = alert.annotations.get("limit", "") or alert.for_
    return f"{alert.severity} {limit} for {labels}"
