"""Labels that templates read, held against the label flow of what the alert evaluates."""

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.flows import flows
from tocsin.gotemplate import Meaning, Query, Read
from tocsin.model import Alert, Compiled, Rule
from tocsin.promql.flow import Analysis, Reason
from tocsin.promql.text import shapes
from tocsin.source import Path
from tocsin.templates import Text


@dataclass(frozen=True)
class Missing:
    """A label that is read and is not there. always: no result has it."""

    read: Read
    reason: Reason
    always: bool


class Reader:
    """The label flows of one file's alerts, rule by rule."""

    def __init__(self, compiled: Compiled) -> None:
        self._flows = flows(compiled)
        self._alerts: dict[Path, list[Alert]] = {}
        for alert in compiled.alerts:
            self._alerts.setdefault(alert.rule.path, []).append(alert)

    def missing(self, found: Text, meaning: Meaning) -> Iterator[Missing]:
        """The labels that a template reads in vain, each told once."""
        told: set[tuple[object, str]] = set()
        for read in meaning.reads:
            key = (read.of, read.name)
            if key not in told and (lost := self._lost(found, read)) is not None:
                told.add(key)
                yield lost

    def _lost(self, found: Text, read: Read) -> Missing | None:
        if isinstance(read.of, Query):
            analyses = self._of_query(read.of)
        elif found.rule is not None and read.is_of_alert:
            if found.rule.group.plain and read.name in found.rule.group.labels:
                return None  # newer Prometheus merges them in
            analyses = self._of_rule(found.rule)
        else:
            return None
        live = [branch for analysis in analyses for branch in analysis.branches if not branch.dead]
        reasons = [reason for branch in live if (reason := branch.cannot(read.name)) is not None]
        always = len(reasons) == len(live)
        if not reasons or (read.guarded and not always):
            return None
        return Missing(read, reasons[0], always)

    def _of_query(self, query: Query) -> list[Analysis]:
        found = (self._flows.of(text) for text in query.texts)
        return [analysis for analysis in found if analysis is not None][:1]

    def _of_rule(self, rule: Rule) -> list[Analysis]:
        exprs = shapes(alert.expr for alert in self._alerts.get(rule.path, ()))
        if not exprs and rule.kind == "expr":
            exprs = [rule.text("expr")]  # a rule that does not compile for another reason
        found = (self._flows.of(expr) for expr in exprs)
        return [analysis for analysis in found if analysis is not None]
