"""`heartbeat`: an alert that always fires.

The relay does not post it in Slack: it listens for it. When it stops arriving, Prometheus,
Alertmanager or the way between them is broken.

    - alert: Watchdog
      heartbeat: {every: 1m}
"""

from collections.abc import Iterator

from tocsin.kinds.kind import Kind
from tocsin.model import Rule, Settings
from tocsin.tier import Tier

SEVERITY = "none"  # a heartbeat is no trouble, so it has none of the catalogue's severities
EVERY = "1m"


def expand(rule: Rule, _settings: Settings) -> Iterator[Tier]:
    """One tier that always fires."""
    yield Tier(str(rule.data.get("severity") or SEVERITY), "vector(1)")


def every(rule: Rule) -> str:
    """How often Alertmanager repeats the heartbeat."""
    return str((rule.body or {}).get("every", EVERY))


KIND = Kind("heartbeat", expand)
