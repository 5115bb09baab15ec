"""Which alerts Alertmanager mutes while which others fire: data for the emitter and the checks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, cast

from tocsin.flows import flows
from tocsin.model import Alert, Compiled, Labels, Rule
from tocsin.promql import text
from tocsin.promql.flow import Flows
from tocsin.source import Path


@dataclass(frozen=True)
class Inhibition:
    """While `source` fires, `target` is muted for the same values of `equal`."""

    source: str
    target: str
    equal: tuple[str, ...]
    source_severity: str = ""  # "" for any
    target_severities: tuple[str, ...] = ()  # none for any


def inhibitions(compiled: Compiled) -> list[Inhibition]:
    """The higher tiers over the lower of the same rule; then what `unless` asks for."""
    return [*_of_tiers(compiled), *_of_unless(compiled, flows(compiled))]


def unknown(compiled: Compiled) -> Iterator[Rule]:
    """Rules with several tiers whose labels cannot be known."""
    found = labels_of_tiers(compiled)
    for rule, _ in _by_rule(compiled):
        if found.get((rule.source.name, rule.path), frozenset()) is None:
            yield rule


def _meet(alerts: list[Alert]) -> bool:
    """Whether alerts of several severities may fire for the same labels: two of one override."""
    return len({(alert.branch, alert.severity) for alert in alerts}) > len(
        {alert.branch for alert in alerts}
    )


def _by_rule(compiled: Compiled) -> Iterator[tuple[Rule, list[Alert]]]:
    alerts = [alert for alert in compiled.alerts if not alert.rule.group.plain]
    for _, found in groupby(alerts, key=lambda alert: (alert.rule.source.name, alert.rule.path)):
        of_rule = list(found)
        yield of_rule[0].rule, of_rule


def labels_of_tiers(compiled: Compiled) -> Labels:
    """By file and path the rules whose tiers may mute each other, and the labels that tell their
    results apart; None where those are not known."""
    if compiled.labels is None and "labels" not in compiled.worked_out:
        known = flows(compiled)
        compiled.worked_out["labels"] = {
            (rule.source.name, rule.path): _labels(alerts, known)
            for rule, alerts in _by_rule(compiled)
            if _meet(alerts)
        }
    return compiled.labels or cast("Labels", compiled.worked_out.get("labels", {}))


def _of_tiers(compiled: Compiled) -> Iterator[Inhibition]:
    order = compiled.catalogue.settings.severities
    found = labels_of_tiers(compiled)
    for rule, alerts in _by_rule(compiled):
        labels = found.get((rule.source.name, rule.path))
        if labels is None:
            continue
        tiers = [name for name in order if any(alert.severity == name for alert in alerts)]
        for index in range(len(tiers) - 1, 0, -1):
            equal = tuple(sorted(labels))
            yield Inhibition(rule.name, rule.name, equal, tiers[index], tuple(tiers[:index]))


class Side(NamedTuple):
    """A rule that waits for others, or for which another one waits, and its labels where known."""

    name: str
    file: str
    path: Path
    unless: tuple[str, ...]
    labels: frozenset[str] | None


def sides(compiled: Compiled, known: Flows) -> list[Side]:
    """The rules that any `unless` is about."""
    return [
        Side(rule.name, rule.source.name, rule.path, rule.unless, _labels(alerts, known))
        for rule, alerts in _by_rule(compiled)
        if rule.unless or rule.name in compiled.known.awaited
    ]


def meetings(found: Iterable[Side]) -> Iterator[tuple[Side, str, frozenset[str]]]:
    """Each rule, each rule that it waits for, and the labels that both have."""
    listed = list(found)
    known = {side.name: side.labels for side in listed}
    for side in listed:
        for name in side.unless:
            if name not in known or name == side.name:
                continue
            ours, theirs = side.labels, known[name]
            if ours is None or theirs is None:
                # One side is not known: the labels of the other are what can be shared at most.
                yield side, name, ours or theirs or frozenset()
            else:
                yield side, name, ours & theirs


def _of_unless(compiled: Compiled, known: Flows) -> Iterator[Inhibition]:
    for side, name, shared in meetings(sides(compiled, known)):
        if shared:
            yield Inhibition(name, side.name, tuple(sorted(shared)))


def _labels(alerts: list[Alert], known: Flows) -> frozenset[str] | None:
    """The labels that tell results of a rule apart; None when one of them is not known."""
    found: set[str] = set()
    for expr in text.shapes(alert.expr for alert in alerts):  # numbers change no labels
        analysis = known.of(expr)
        labels = analysis.possible if analysis else None
        if labels is None:
            return None
        found |= labels
    own = {name for alert in alerts for name in alert.labels}
    return frozenset(found - own - {"severity", "alertname"})
