"""The aggregation chain: what comes in on each flow, what waits, what goes wrong."""

from collections.abc import Mapping

from dashboards.parts import HOST, PLATFORM, RATE, firing, of_rule, query
from dashboards.sheet import Panel, Row, Selector, Sheet
from dashboards.watched import Watched

ALL = ("platform", "host", "flow")
BOTH = ("platform", "host")
HERE = "{{platform}} {{flow}}"
FLOW = Selector("flow", "flow_events_total")


def sheet(rules: Mapping[str, Watched]) -> Sheet:
    """The dashboard `flows`."""
    return Sheet(
        "flows",
        "Aggregation chain",
        "Files and events of each flow, what waits in queues and buffers, errors and lag.",
        (PLATFORM, HOST, FLOW),
        (
            Row("Now", (firing("Flow.*|PlatformDown", "platform"),)),
            _coming_in(rules),
            _waiting(rules),
            _trouble(rules),
        ),
        alerts="Flow.*|PlatformDown",
    )


def _rate(metric: str) -> str:
    return f"sum by (platform, flow) (rate({metric}[{RATE}]))"


def _coming_in(rules: Mapping[str, Watched]) -> Row:
    silent, no_files = rules["FlowSilent"], rules["FlowNoFiles"]
    return Row(
        "Coming in",
        (
            Panel(
                "Events",
                f"Events a second, on all hosts together. {silent.in_words()}",
                "cps",
                (query(_rate("flow_events_total"), HERE, *ALL),),
                watched=silent,
            ),
            Panel(
                "Files",
                f"Files a second, on all hosts together. {no_files.in_words()}",
                "cps",
                (query(_rate("flow_files_total"), HERE, *ALL),),
                watched=no_files,
            ),
            Panel(
                "Bytes",
                "Bytes a second of the files received, on all hosts together.",
                "Bps",
                (query(_rate("flow_received_bytes_total"), HERE, *ALL),),
            ),
        ),
    )


def _waiting(rules: Mapping[str, Watched]) -> Row:
    queued = "sum by (platform, flow) (flow_queue_events)"
    return Row(
        "Waiting",
        (
            of_rule(rules["FlowQueueFull"], "Queue", "Of what it can hold.", HERE, *ALL),
            Panel("Queue length", "Events not yet handled.", "short", (query(queued, HERE, *ALL),)),
            of_rule(
                rules["FlowBufferFull"],
                "Buffer",
                "What waits on disk for the next step, of what may.",
                "{{platform}} {{host}}",
                *BOTH,
            ),
            of_rule(
                rules["FlowFallingBehind"],
                "Behind",
                "How old the latest handled event is.",
                HERE,
                *ALL,
            ),
            of_rule(
                rules["FlowSlow"],
                "Latency",
                "From an event's own time to its being stored: 95 of 100 events are quicker.",
                HERE,
                *ALL,
                may_be_empty="no event was stored of late",
            ),
        ),
    )


def _trouble(rules: Mapping[str, Watched]) -> Row:
    return Row(
        "Trouble",
        (
            of_rule(rules["FlowErrors"], "Errors", "Events not taken, of all.", HERE, *ALL),
            Panel(
                "Errors a second",
                "Events that could not be read or must not be taken.",
                "cps",
                (query(_rate("flow_event_errors_total"), HERE, *ALL),),
            ),
        ),
    )
