"""What newer versions brought: which keys, functions and syntax need which version of the target.

What is experimental needs a flag, too, from the version that brought it until it became stable;
without the flag, Prometheus does not load the rule. Source: Prometheus's changelog and its page on
feature flags. That everything unlisted loads in 2.42 is judged by promtool 2.42.
"""

from dataclasses import dataclass

_FUNCTIONS = "promql-experimental-functions"
_DURATIONS = "promql-duration-expr"
_RANGES = "promql-extended-range-selectors"
_FILL = "promql-binop-fill-modifiers"
FLAGS = (_FUNCTIONS, _DURATIONS, _RANGES, _FILL)


@dataclass(frozen=True)
class Feature:
    """The version that brought it; the flag that it needs, and from when it needs none."""

    since: str
    flag: str = ""
    stable: str = ""

    def lacks_flag(self, target: str, flags: tuple[str, ...]) -> bool:
        """Whether a target of this version ("" if unknown), with these flags, refuses it."""
        settled = target and self.stable and reaches(target, self.stable)
        return bool(self.flag) and not settled and self.flag not in flags


# The oldest that can read what is written at all: `last_over_time` came with Prometheus 2.26,
# `matchers` and `authorization` with Alertmanager 0.22.
OLDEST = {"prometheus": "2.26", "alertmanager": "0.22"}
RULE_KEYS = {"keep_firing_for": "2.42"}
GROUP_KEYS = {"limit": "2.31", "query_offset": "2.53"}
FUNCTIONS = {
    name: Feature(since, flag, stable)
    for names, since, flag, stable in (
        ("histogram_stddev histogram_stdvar", "2.48", "", ""),
        ("mad_over_time sort_by_label sort_by_label_desc", "2.49", _FUNCTIONS, ""),
        ("histogram_avg", "2.50", "", ""),
        ("limitk limit_ratio", "2.54", _FUNCTIONS, ""),
        ("info double_exponential_smoothing", "3.0", _FUNCTIONS, ""),
        ("ts_of_last_over_time ts_of_max_over_time", "3.5", _FUNCTIONS, ""),
        ("ts_of_min_over_time", "3.5", _FUNCTIONS, ""),
        ("first_over_time", "3.7", _FUNCTIONS, "3.14"),
        ("ts_of_first_over_time", "3.7", _FUNCTIONS, ""),
        ("histogram_quantiles", "3.11", _FUNCTIONS, ""),
        ("start end range step", "3.12", _FUNCTIONS, ""),
        ("min_of max_of", "3.13", _FUNCTIONS, ""),
        ("start_timestamp", "3.14", _FUNCTIONS, ""),
        ("integral", "3.16", _FUNCTIONS, ""),
    )
    for name in names.split()
}
# By what `promql.newer` calls it.
SYNTAX = {
    "a number with underscores": Feature("2.54"),
    "a duration without a unit": Feature("2.54"),
    "a duration as a number": Feature("2.54"),
    "a quoted name": Feature("3.0"),
    "a calculated duration": Feature("3.4", _DURATIONS, "3.14"),
    "anchored": Feature("3.7", _RANGES, "3.16"),
    "smoothed": Feature("3.7", _RANGES, "3.16"),
    "trim": Feature("3.9"),
    "fill": Feature("3.10", _FILL),
}
REMOVED = {"holt_winters": ("3.0", "double_exponential_smoothing")}


def reaches(target: str, since: str) -> bool:
    """Whether a target of version `target` has what came with version `since`."""
    return order(target) >= order(since)


def order(version: str) -> tuple[int, ...]:
    """What versions are put in order by."""
    return tuple(int(part) for part in version.split("."))
