"""The checks. One file each; this registry is the only place that lists them."""

from collections.abc import Iterator

from tocsin.checks import (
    alerts_absent,
    alerts_comparison,
    alerts_for,
    alerts_runbook,
    alerts_template,
    group_interval,
    labels_conflict,
    promql_features,
    promql_syntax,
    route_inhibition,
    rule_duplicate,
    rule_override,
    rule_owner,
    rule_policy,
    rule_severity,
    rule_unless,
)
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem

__all__ = ["CHECKS", "Check", "run"]

CHECKS: dict[str, Check] = {
    module.CHECK.id: module.CHECK
    for module in (
        promql_features,
        promql_syntax,
        route_inhibition,
        rule_duplicate,
        rule_override,
        rule_owner,
        rule_policy,
        rule_severity,
        alerts_absent,
        alerts_comparison,
        alerts_for,
        alerts_runbook,
        alerts_template,
        group_interval,
        labels_conflict,
        rule_unless,
    )
}


def run(compiled: Compiled) -> Iterator[Problem]:
    """What all checks find that the `lint` section lets run."""
    lint = compiled.catalogue.settings.lint
    for check in CHECKS.values():
        unasked = check.opt_in and not lint.mentions(check.id)
        if not unasked and (check.breaks or not lint.is_off(check.id)):
            yield from check.run(compiled)
