"""Scenarios: in which state they are, how their runs go, how their schemas grow."""

from collections.abc import Mapping

from dashboards.parts import HOST, PLATFORM, RATE, firing, of_rule, query
from dashboards.sheet import Panel, Row, Selector, Sheet
from dashboards.watched import Watched

ALL = ("platform", "host", "scenario")
BOTH = ("platform", "host")
HERE = "{{platform}} {{scenario}}"
SCHEMA = "{{platform}} {{schema}}"
SCENARIO = Selector("scenario", "scenario_runs_total")


def sheet(rules: Mapping[str, Watched]) -> Sheet:
    """The dashboard `scenarios`."""
    return Sheet(
        "scenarios",
        "Scenarios",
        "States and runs of scenarios, and the size of their schemas.",
        (PLATFORM, HOST, SCENARIO),
        (
            Row("Now", (firing("Scenario.*|Schema.*", "platform"),)),
            _states(rules),
            _runs(rules),
            _schemas(rules),
        ),
        alerts="Scenario.*|Schema.*",
    )


def _states(rules: Mapping[str, Watched]) -> Row:
    count = "sum by (platform, state) (scenario_in_state)"
    return Row(
        "States",
        (
            Panel(
                "Scenarios in each state",
                "How many scenarios are in each state.",
                "short",
                (query(count, "{{platform}} {{state}}", *BOTH),),
                stacked=True,
            ),
            of_rule(
                rules["ScenarioStuck"],
                "Time in the present state",
                "How long each scenario has been where it is.",
                f"{HERE} {{{{state}}}}",
                *ALL,
                may_be_empty="every scenario rests, and no rest is too long",
            ),
        ),
    )


def _runs(rules: Mapping[str, Watched]) -> Row:
    def rate(metric: str) -> str:
        return f"sum by (platform, scenario) (rate({metric}[{RATE}]))"

    since = "time() - max by (platform, scenario) (scenario_last_run_timestamp_seconds > 0)"
    silent = rules["ScenarioNotRun"]
    return Row(
        "Runs",
        (
            Panel(
                "Runs",
                "Runs that ended, a second.",
                "cps",
                (query(rate("scenario_runs_total"), HERE, *ALL),),
            ),
            Panel(
                "Failed runs",
                "Runs that failed, a second.",
                "cps",
                (query(rate("scenario_run_failures_total"), HERE, *ALL),),
            ),
            Panel(
                "Since the last success",
                f"How long ago a run of each scenario succeeded. {silent.in_words()}",
                "s",
                (query(since, HERE, *ALL),),
                watched=silent,
            ),
        ),
    )


def _schemas(rules: Mapping[str, Watched]) -> Row:
    size = "max by (platform, schema) (scenario_schema_bytes)"
    return Row(
        "Schemas",
        (
            Panel("Size", "Of each schema.", "bytes", (query(size, SCHEMA, *BOTH),)),
            of_rule(
                rules["SchemaFillsUp"],
                "Of its quota",
                "Size, as part of what it may have.",
                SCHEMA,
                *BOTH,
            ),
            of_rule(
                rules["SchemaGrowsFast"],
                "Growth",
                "In a day.",
                SCHEMA,
                *BOTH,
                may_be_empty="what is younger than a day",
            ),
        ),
    )
