"""What the relay tells Prometheus of itself: `tocsin_relay_*`."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

import relay
from relay.clock import Clock
from relay.logs import logger
from relay.model.group import Status
from relay.model.outcome import Accepted, Ambiguous, Gone, Outcome, RateLimited, Refused, Retry
from relay.store import Store, StoreError

_CHANNEL = ["channel"]
_OUTCOMES: dict[type, str] = {
    Accepted: "accepted",
    Retry: "retry",
    Ambiguous: "ambiguous",
    RateLimited: "rate_limited",
    Refused: "refused",
    Gone: "gone",
}
_REASONS_KEPT = 50

log = logger("relay.metrics")


class Metrics:
    """The relay's own registry, so that several can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._reasons: set[str] = set()
        self.webhooks = self._counter(
            "webhooks",
            "Webhooks received, by HTTP status and by what they said (firing, resolved, rejected).",
            "code",
            "status",
        )
        self.deliveries = self._counter(
            "deliveries", "Calls that tell Slack something, by outcome.", "outcome", "reason"
        )
        self.waits = self._counter(
            "rate_limit_waits", "How often a rate limit, ours or Slack's, held something.", "method"
        )
        self.wait_seconds = self._counter(
            "rate_limit_wait_seconds", "Seconds that were waited for rate limits.", "method"
        )
        self.actions = self._counter(
            "actions",
            "What people did from Slack, by what came of it: done, refused, failed.",
            "verb",
            "result",
        )
        self.slack_requests = self._counter(
            "slack_requests", "Requests from Slack, by HTTP status; 0 for Socket Mode.", "code"
        )
        self.charts = self._counter(
            "charts", "Charts in threads, by what became of them.", "result"
        )
        self.template_errors = self._counter(
            "template_errors",
            "Messages whose template failed: they went out without it.",
            "template",
        )
        self.template_troubles: dict[str, str] = {}  # by template: what was wrong the last time
        self.errors = self._counter(
            "errors", "Failures inside the relay: of its store, or faults in the program.", "kind"
        )
        self.slack_seconds = Histogram(
            "tocsin_relay_slack_request_seconds",
            "How long Slack took to answer.",
            ["method"],
            registry=self.registry,
        )
        self.config_ok = Gauge(
            "tocsin_relay_config_last_reload_successful",
            "1 if the configuration in use is the one on disk, 0 if that was refused.",
            registry=self.registry,
        )
        build = Gauge("tocsin_relay_build_info", "Always 1.", ["version"], registry=self.registry)
        build.labels(relay.__version__).set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"tocsin_relay_{name}", text, labels, registry=self.registry)

    def watch(self, store: Store, channels: Iterable[str], clock: Clock) -> None:
        """Adds what is read from the store whenever Prometheus asks."""
        self.registry.register(_StoreCollector(store, tuple(channels), clock))

    def webhook(self, code: int, status: str = "rejected") -> None:
        self.webhooks.labels(str(code), status).inc()

    def delivered(self, outcome: Outcome) -> None:
        reason = getattr(outcome, "reason", "").split(":")[0]
        self.deliveries.labels(_OUTCOMES[type(outcome)], self._bounded(reason)).inc()

    def chart(self, result: str) -> None:
        self.charts.labels(result).inc()

    def template_failed(self, problem: str) -> None:
        """`problem` begins with the template's name."""
        name, _, trouble = problem.partition(": ")
        self.template_errors.labels(name).inc()
        self.template_troubles[name] = trouble

    def action(self, verb: str, result: str) -> None:
        self.actions.labels(verb, result).inc()

    def waited(self, speaks: bool, seconds: float) -> None:
        method = "chat.postMessage" if speaks else "chat.update"
        self.waits.labels(method).inc()
        self.wait_seconds.labels(method).inc(seconds)

    @contextmanager
    def slack_call(self, method: str) -> Iterator[None]:
        """Times one call."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.slack_seconds.labels(method).observe(time.perf_counter() - start)

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self.registry)

    def _bounded(self, reason: str) -> str:
        """Reasons are Slack's words: not so many that they could fill a Prometheus."""
        if reason not in self._reasons and len(self._reasons) >= _REASONS_KEPT:
            return "other"
        self._reasons.add(reason)
        return reason


class _StoreCollector:
    """What waits, and what fires: asked of the store at every scrape."""

    def __init__(self, store: Store, channels: tuple[str, ...], clock: Clock) -> None:
        self._store, self._channels, self._clock = store, channels, clock

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("tocsin_relay_store_up", "1 if the store could be read just now.")
        try:
            families = [*self._queues(), *self._groups()]
        except StoreError as error:
            log.error("cannot read the store for metrics", reason=error)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from families

    def _queues(self) -> list[Metric]:
        depth = GaugeMetricFamily(
            "tocsin_relay_queue_depth",
            "Groups, digests and heartbeats whose state waits to be told.",
            labels=_CHANNEL,
        )
        oldest = GaugeMetricFamily(
            "tocsin_relay_oldest_undelivered_seconds",
            "How long the longest waiting state has been undelivered, parked ones too.",
            labels=_CHANNEL,
        )
        parked = GaugeMetricFamily(
            "tocsin_relay_parked", "Groups that Slack refused for good.", labels=_CHANNEL
        )
        queues = {queue.channel: queue for queue in self._store.queues()}
        for channel in dict.fromkeys([*self._channels, *queues]):
            queue = queues.get(channel)
            depth.add_metric([channel], queue.pending if queue else 0)
            parked.add_metric([channel], queue.parked if queue else 0)
            oldest.add_metric([channel], self._age(queue.oldest) if queue else 0)
        return [depth, oldest, parked]

    def _groups(self) -> list[Metric]:
        groups = GaugeMetricFamily(
            "tocsin_relay_groups", "Groups that are known, by status.", labels=["status"]
        )
        counts = self._store.counts()
        for status in Status:
            groups.add_metric([status], counts[status])
        beats = GaugeMetricFamily(
            "tocsin_relay_heartbeat_last_seen_timestamp_seconds",
            "When a heartbeat was last heard to fire.",
            labels=["heartbeat"],
        )
        for beat in self._store.heartbeats():
            beats.add_metric([beat.name], beat.seen_at.timestamp())
        return [groups, beats]

    def _age(self, since: datetime) -> float:
        return max(0.0, (self._clock.now() - since).total_seconds())
