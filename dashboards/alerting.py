"""The alerting itself: what fires, which rules make most noise, and whether the chain works."""

from collections.abc import Mapping
from dataclasses import replace

from dashboards.parts import PLATFORM, RATE, of_rule, query
from dashboards.selecting import narrowed
from dashboards.sheet import Form, Panel, Query, Row, Selector, Sheet
from dashboards.watched import Watched

FIRING = 'ALERTS{alertstate="firing"}'
SEVERITY = Selector("severity", "ALERTS")
CHOSEN = {"platform": "$platform", "severity": "$severity"}
QUIET = "nothing fires"


def sheet(rules: Mapping[str, Watched]) -> Sheet:
    """The dashboard `alerting`."""
    return Sheet(
        "alerting",
        "Alerting",
        "What fires, what fired, which rules are noisy; and the health of the alerting itself.",
        (PLATFORM, SEVERITY),
        (_alerts(), _prometheus(rules), _relay(rules)),
    )


def _alerts() -> Row:
    firing = narrowed(FIRING, CHOSEN)
    noise = f"sort_desc(sum by (alertname, severity) (count_over_time({firing}[$__range])))"
    return Row(
        "Alerts",
        (
            Panel(
                "Firing now",
                "Every alert that fires, with its labels.",
                "short",
                (Query(firing, "{{alertname}} {{severity}}"),),
                Form.TABLE,
                may_be_empty=QUIET,
            ),
            Panel(
                "Noisiest rules",
                "Evaluations in which each rule fired, over the time that is shown: the first are "
                "those to mend, or to give another limit.",
                "short",
                (Query(noise, "{{alertname}} {{severity}}"),),
                Form.TABLE,
                may_be_empty=QUIET,
            ),
            Panel(
                "History",
                "When each rule fired.",
                "short",
                (Query(f"max by (alertname, severity) ({firing})", "{{alertname}} {{severity}}"),),
                Form.TIMELINE,
                width=24,
                may_be_empty=QUIET,
            ),
        ),
    )


def _prometheus(rules: Mapping[str, Watched]) -> Row:
    used = "and on (integration) (sum by (integration) (alertmanager_notifications_total) > 0)"
    sent, failed = (
        f"sum by (integration) (rate(alertmanager_notifications_{what}[{RATE}]))\n{used}"
        for what in ("total", "failed_total")
    )
    return Row(
        "Prometheus and Alertmanager",
        (
            _by_group(
                of_rule(
                    rules["PrometheusRulesSlow"],
                    "Evaluation of rules",
                    "How long each group takes, of the time it has.",
                    "{{rule_group}}",
                )
            ),
            _by_group(
                of_rule(
                    rules["PrometheusRulesFailing"],
                    "Evaluations that fail",
                    "Rules that could not be evaluated, in five minutes.",
                    "{{rule_group}}",
                )
            ),
            Panel(
                "Notifications",
                "What Alertmanager sends, and what of it is given up, a second.",
                "cps",
                (query(sent, "{{integration}} sent"), query(failed, "{{integration}} failed")),
                may_be_empty="nothing was ever sent",
            ),
            of_rule(
                rules["PrometheusNotificationsFailing"],
                "Prometheus to Alertmanager",
                "Requests that failed, of the alerts sent.",
                "{{alertmanager}}",
                may_be_empty="no alert was ever sent",
            ),
        ),
    )


def _by_group(panel: Panel) -> Panel:
    """Prometheus's `rule_group` is `FILE;GROUP`: the group says enough."""
    short = 'label_replace({}, "rule_group", "$1", "rule_group", ".*;(.*)")'
    queries = tuple(replace(one, expr=short.format(one.expr)) for one in panel.queries)
    return replace(panel, queries=queries)


def _relay(rules: Mapping[str, Watched]) -> Row:
    webhooks = f"sum by (code, status) (rate(tocsin_relay_webhooks_total[{RATE}]))"
    outcomes = f"sum by (outcome) (rate(tocsin_relay_deliveries_total[{RATE}]))"
    slow = (
        "histogram_quantile(0.99, sum by (le) "
        f"(rate(tocsin_relay_slack_request_seconds_bucket[{RATE}])))"
    )
    depth = "sum by (channel) (tocsin_relay_queue_depth)"
    return Row(
        "Relay and Slack",
        (
            of_rule(
                rules["RelayUndelivered"],
                "Oldest undelivered",
                "How long the longest waiting state of each channel has not been told.",
                "{{channel}}",
                may_be_empty="nothing waits",
            ),
            Panel(
                "Waiting for Slack",
                "Groups whose state waits to be told, by channel.",
                "short",
                (query(depth, "{{channel}}"),),
                may_be_empty="nothing waits",
            ),
            Panel(
                "Webhooks",
                "Received from Alertmanager, a second, by answer and by what they said.",
                "cps",
                (query(webhooks, "{{code}} {{status}}"),),
                may_be_empty="none came yet",
            ),
            Panel(
                "Calls to Slack",
                "A second, by what came of them.",
                "cps",
                (query(outcomes, "{{outcome}}"),),
                may_be_empty="nothing was told yet",
            ),
            Panel(
                "Slack's answers",
                "Time within which 99 of 100 of Slack's answers come.",
                "s",
                (query(slow, "99%"),),
                may_be_empty="nothing was told yet",
            ),
            of_rule(
                rules["RelayParked"],
                "Parked",
                "Groups that Slack refused for good; the relay's page says why.",
                "{{channel}}",
                may_be_empty="nothing was refused",
            ),
        ),
    )
