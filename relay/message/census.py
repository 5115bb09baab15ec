"""Many alerts in one line: how many of each severity, of each name, and of what they differ by."""

from collections import Counter
from collections.abc import Sequence

from relay.message import limits
from relay.message.escape import code, flat, prose
from relay.message.look import dot
from relay.message.shared import Shared
from relay.model.group import Alert, Severities

_KINDS = 5  # values of a label that are counted; a label with more tells single alerts apart
_SEVERAL = 2
_NOT_COUNTED = frozenset({"severity"})  # it has a count of its own


def census(alerts: Sequence[Alert], shared: Shared, severities: Severities) -> str:
    """Counts by severity, then by the label that sorts the alerts into the fewest kinds; "" where
    all are of one kind, of which the title has the count."""
    kinds = [_by_severity(alerts, severities), _by_label(alerts, shared)]
    return limits.truncate("  ·  ".join(kind for kind in kinds if kind), limits.CENSUS)


def _by_severity(alerts: Sequence[Alert], severities: Severities) -> str:
    counts = Counter(alert.severity for alert in alerts)
    if len(counts) < _SEVERAL:
        return ""
    worst = sorted(counts, key=lambda name: (-severities.rank(name), name))
    told = [
        f"{dot(name, severities)} {counts[name]:,} {prose(name, 30)}".rstrip()
        for name in worst[:_KINDS]
    ]
    return ", ".join([*told, *_rest(counts, worst)])


def _by_label(alerts: Sequence[Alert], shared: Shared) -> str:
    """The label (the name of the alert before any other) with two to five values."""
    keys = {key for alert in alerts for key in alert.labels} - shared.labels.keys() - _NOT_COUNTED
    for key in sorted(keys, key=lambda key: (key != "alertname", key)):
        counts = Counter(alert.labels.get(key, "") for alert in alerts)
        if _SEVERAL <= len(counts) <= _KINDS:
            told = [
                f"{prose(flat(value), 40) or '∅'} {count:,}" for value, count in _largest(counts)
            ]
            return f"{code(flat(key), 40)}: {', '.join(told)}"
    return ""


def _largest(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _rest(counts: Counter[str], ordered: Sequence[str]) -> list[str]:
    others = sum(counts[name] for name in ordered[_KINDS:])
    return [f"{others:,} others"] if others else []
