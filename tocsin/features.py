"""What newer versions brought: which keys and functions need which version of the target.

Source: Prometheus's changelog. That everything unlisted loads in 2.42 is judged by promtool 2.42.
"""

RULE_KEYS = {"keep_firing_for": "2.42"}
GROUP_KEYS = {"limit": "2.31", "query_offset": "2.53"}
FUNCTIONS = {
    name: since
    for since, names in {
        "2.48": "histogram_stddev histogram_stdvar",
        "2.49": "mad_over_time sort_by_label sort_by_label_desc",
        "2.50": "histogram_avg",
        "2.54": "limitk limit_ratio",
        "3.0": "info double_exponential_smoothing",
        "3.5": "ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
        "3.7": "first_over_time ts_of_first_over_time",
    }.items()
    for name in names.split()
}
REMOVED = {"holt_winters": ("3.0", "double_exponential_smoothing")}


def reaches(target: str, since: str) -> bool:
    """Whether a target of version `target` has what came with version `since`."""
    return _numbers(target) >= _numbers(since)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
