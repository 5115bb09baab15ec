"""The kinds of rules. One file each; this registry is the only place that lists them."""

from tocsin.kinds import (
    absent,
    burn_rate,
    deviation,
    down,
    expr,
    forecast,
    heartbeat,
    no_events,
    ratio,
    threshold,
)
from tocsin.kinds.kind import Kind

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        threshold,
        no_events,
        ratio,
        forecast,
        burn_rate,
        deviation,
        down,
        absent,
        heartbeat,
        expr,
    )
}
