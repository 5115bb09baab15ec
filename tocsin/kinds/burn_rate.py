"""`burn_rate`: a service-level objective is being missed so fast that it matters now.

An objective of 99.9% over 30 days allows an error budget of 0.1%. The burn rate is how many times
faster than allowed it is being spent. Each row fires while two windows agree: the long one proves
that it matters, the short one that it still goes on. The default rows are those of Google's SRE
Workbook, chapter 5 (https://sre.google/workbook/alerting-on-slos/):

| severity | burn rate | long | short | budget spent by then |
|---|---|---|---|---|
| critical | 14.4 | 1h | 5m | 2% |
| critical | 6 | 6h | 30m | 5% |
| warning | 3 | 1d | 2h | 10% |
| warning | 1 | 3d | 6h | 10% |

Error ratios are recorded per window. With little traffic one error is a high ratio: a row counts
only where its long window has at least `min_events` events (default 10) per label set of `by`.

    - alert: ApiBudgetBurns
      burn_rate:
        errors: http_requests_total{code=~"5.."}
        total: http_requests_total
        by: [service]
        objective: 99.9
"""

from collections.abc import Iterator
from typing import Any

from tocsin import durations, generated, problem, severities
from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Helper, Part, Tier

MIN_EVENTS = 10
ROWS: tuple[dict[str, Any], ...] = (
    {"severity": "critical", "rate": 14.4, "long": "1h", "short": "5m"},
    {"severity": "critical", "rate": 6, "long": "6h", "short": "30m"},
    {"severity": "warning", "rate": 3, "long": "1d", "short": "2h"},
    {"severity": "warning", "rate": 1, "long": "3d", "short": "6h"},
)


def expand(rule: Rule, settings: Settings) -> Iterator[Tier | Helper]:
    """A ratio per window, a count per long window, then a tier per severity."""
    rows = _rows(rule, settings)
    windows = sorted({row[size] for row in rows for size in ("long", "short")}, key=durations.parse)
    for window in windows:
        yield Helper(generated.error_ratio(rule.name, window), _ratio(rule, window))
    for window in sorted({row["long"] for row in rows}, key=durations.parse):
        yield Helper(generated.events(rule.name, window), _events(rule, window))
    budget = (100 - float(rule.body["objective"])) / 100
    least = text.limit(rule.body.get("min_events", MIN_EVENTS))
    for severity in settings.severities:
        mine = [row for row in rows if row["severity"] == severity]
        if mine:
            parts = tuple(_burning(rule, row, budget, least) for row in mine)
            yield Tier(severity, "\nor\n".join(f"(\n{part.expr}\n)" for part in parts), parts=parts)


def _burning(rule: Rule, row: dict[str, Any], budget: float, least: str) -> Part:
    limit = text.limit(round(float(row["rate"]) * budget, 12))
    long, short = (generated.error_ratio(rule.name, row[size]) for size in ("long", "short"))
    events = generated.events(rule.name, row["long"])
    expr = f"  {long} > {limit}\nand\n  {short} > {limit}\nand\n  {events} >= {least}"
    written = rule.body.get("windows") or ()
    path = ("windows", written.index(row)) if row in written else ("objective",)
    return Part(f"{row['rate']} times the budget, {row['long']}", expr, ("burn_rate", *path))


def _ratio(rule: Rule, window: str) -> str:
    """Errors over all, 0 where no error was ever counted, nothing where nothing happens."""
    by = text.by(rule.body.get("by", ()))
    errors, total = (text.clean(rule.text("burn_rate", key)) for key in ("errors", "total"))
    whole = f"sum{by} (rate({total}[{window}]))"
    return f"(sum{by} (rate({errors}[{window}])) or 0 * {whole})\n/\n({whole} > 0)"


def value(rule: Rule) -> str:
    """What must be there: the traffic that the objective is about."""
    by = text.by(rule.body.get("by", ()))
    return f"sum{by} ({text.clean(rule.text('burn_rate', 'total'))})"


def _events(rule: Rule, window: str) -> str:
    by = text.by(rule.body.get("by", ()))
    return f"sum{by} (increase({text.clean(rule.text('burn_rate', 'total'))}[{window}]))"


def _rows(rule: Rule, settings: Settings) -> list[dict[str, Any]]:
    written = rule.body.get("windows")
    rows = [row for row in (written or ROWS) if isinstance(row, dict)]
    if written:
        return rows
    # The default's words are the usual ones; a catalogue with others says its own windows.
    return [row for row in rows if row["severity"] in settings.severities]


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Counters that are none, windows in the wrong order, undeclared severities."""
    for key in ("errors", "total"):
        selector = rule.text("burn_rate", key)
        if selector and not text.is_selector(text.clean(selector)):
            message = f"`{key}` must be a counter: a metric name or a selector"
            place = rule.at("burn_rate", key)
            hint = 'such as `http_requests_total{code=~"5.."}`; rates are taken by the rule itself'
            yield problem.error(place, "rule/counter", message, hint, rule.name)
    for index, row in enumerate(rule.body.get("windows") or ()):
        if not isinstance(row, dict) or not {"severity", "long", "short"} <= row.keys():
            continue
        path = ("burn_rate", "windows", index)
        if row["severity"] not in settings.severities:
            place = rule.at(*path, "severity")
            yield severities.unknown(place, row["severity"], settings.severities, rule.name)
        if durations.parse(row["short"]) >= durations.parse(row["long"]):
            message = f"the short window ({row['short']}) must be shorter than the long one"
            place = rule.at(*path, "short")
            yield problem.error(place, "rule/tiers", message, rule=rule.name)
    if not _rows(rule, settings):
        message = "none of the default windows has a severity of this catalogue"
        hint = "say `windows:` with your own"
        place = rule.at("burn_rate", key=True)
        yield problem.error(place, "schema/missing", message, hint, rule.name)


KIND = Kind(
    "burn_rate",
    expand,
    (("burn_rate", "errors"), ("burn_rate", "total")),
    problems,
    value,
    records=True,
)
