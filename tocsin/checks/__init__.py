"""The checks. One file each; this registry is the only place that lists them."""

from collections.abc import Iterable, Iterator

from tocsin.checks import (
    alerts_absent,
    alerts_annotation,
    alerts_comparison,
    alerts_count,
    alerts_external_labels,
    alerts_for,
    alerts_runbook,
    alerts_template,
    group_interval,
    labels_conflict,
    promql_aggregate,
    promql_cardinality,
    promql_counter,
    promql_features,
    promql_fragile,
    promql_impossible,
    promql_nan,
    promql_range_query,
    promql_rate,
    promql_regexp,
    promql_selector,
    promql_series,
    promql_syntax,
    promql_vector_matching,
    query_cost,
    route_channel,
    route_inhibition,
    route_unreachable,
    rule_dependency,
    rule_duplicate,
    rule_for,
    rule_label,
    rule_link,
    rule_name,
    rule_order,
    rule_override,
    rule_owner,
    rule_policy,
    rule_reject,
    rule_severity,
    rule_unless,
    rule_untested,
)
from tocsin.checks.check import Check
from tocsin.lintsettings import Lint
from tocsin.model import Compiled
from tocsin.problem import Problem

__all__ = ["CHECKS", "Check", "asked", "of_file"]

CHECKS: dict[str, Check] = {
    module.CHECK.id: module.CHECK
    for module in (
        promql_aggregate,
        promql_cardinality,
        promql_counter,
        promql_features,
        promql_fragile,
        promql_impossible,
        promql_nan,
        promql_range_query,
        promql_rate,
        promql_regexp,
        promql_selector,
        promql_series,
        promql_syntax,
        promql_vector_matching,
        query_cost,
        route_channel,
        route_inhibition,
        route_unreachable,
        rule_dependency,
        rule_duplicate,
        rule_for,
        rule_label,
        rule_link,
        rule_name,
        rule_order,
        rule_override,
        rule_owner,
        rule_policy,
        rule_reject,
        rule_severity,
        alerts_absent,
        alerts_annotation,
        alerts_comparison,
        alerts_count,
        alerts_external_labels,
        alerts_for,
        alerts_runbook,
        alerts_template,
        group_interval,
        labels_conflict,
        rule_unless,
        rule_untested,
    )
}


def asked(lint: Lint, *, network: bool, server: bool) -> list[Check]:
    """The checks that the `lint` section lets run. network: other machines may be asked; server:
    there is a Prometheus to ask."""
    return [
        check
        for check in CHECKS.values()
        if (lint.mentions(check.id) or not check.opt_in)
        and (check.breaks or not lint.is_off(check.id))
        and (network or not (check.across and check.across.network))
        and (server or not check.asks_only)
    ]


def of_file(part: Compiled, wanted: Iterable[Check]) -> Iterator[Problem]:
    """What checks find in the rules of one file."""
    for check in wanted:
        yield from check.run(part)
