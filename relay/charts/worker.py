"""The chart of what fires, in the thread of its message: best effort, beside the delivery.

The story: a main message was posted, and the delivery loop hands its group over (`offer`), which
never waits. A thread of its own asks the configured Prometheus for the alert's expression over the
last hours, draws it, and uploads the picture. Whatever fails is logged; the message stands.
"""

import math
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from relay.alertmanager import ServerError, ask
from relay.charts import expression
from relay.charts import image as chartimage
from relay.clock import Clock
from relay.config.model import Config, Server
from relay.logs import logger
from relay.metrics import Metrics
from relay.model.delivered import MessageRef
from relay.model.group import Alert, Group
from relay.model.outcome import Failure

WAITING = 20  # charts at most; in a storm the others are left out
STALE = timedelta(minutes=5)  # a chart that waited longer tells nobody anything new
POINTS = 240
STOP_SECONDS = 1.0  # nobody waits for a picture

log = logger("relay.charts.worker")


class Uploads(Protocol):
    """What is asked of Slack; relay.slack.api.Slack in earnest."""

    def upload(self, ref: MessageRef, name: str, title: str, data: bytes) -> Failure | None: ...


@dataclass(frozen=True)
class Order:
    """A chart that somebody waits for."""

    group: Group
    ref: MessageRef
    at: datetime


class Charts:
    """The queue and the thread that works it off."""

    def __init__(
        self, prometheus: Server, config: Config, slack: Uploads, clock: Clock, metrics: Metrics
    ) -> None:
        self._prometheus, self._config, self._slack = prometheus, config, slack
        self._clock, self._metrics = clock, metrics
        self._orders: queue.Queue[Order | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="charts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Drops what waits; what is under way gets so many seconds."""
        while True:
            try:
                self._orders.get_nowait()
            except queue.Empty:
                break
        self._orders.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def offer(self, group: Group, ref: MessageRef) -> None:
        """A message was posted. Never waits, never raises."""
        if not group.firing:
            return
        try:
            self._orders.put_nowait(Order(group, ref, self._clock.now()))
        except queue.Full:
            self._metrics.chart("dropped")

    def step(self, order: Order) -> None:
        """Draws and uploads one chart. Never raises."""
        try:
            told = self._chart(order)
        except Exception as error:  # a picture is never worth the thread
            log.warning(
                "no chart", name=order.group.name, reason=f"{type(error).__name__}: {error}"
            )
            told = "failed"
        self._metrics.chart(told)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            self.step(order)

    def _chart(self, order: Order) -> str:
        now = self._clock.now()
        alert = self._worst(order.group)
        measured, limit = expression.measured(expression.of_url(alert.generator_url))
        if not measured or now - order.at > STALE:
            return "skipped"
        answer = self._ask(measured, now)
        lines = read(answer, order.group)
        if not lines:
            return "empty"
        title = f"{order.group.name}: {measured}"
        picture = chartimage.draw(" ".join(title.split()), lines, limit)
        hours = self._config.charts.hours
        shown = f"{order.group.name[:80]}, the last {hours:g} h"
        failure = self._slack.upload(order.ref, "chart.png", shown, picture)
        if failure is not None:
            log.warning("no chart", name=order.group.name, reason=failure.reason)
            return "failed"
        return "uploaded"

    def _worst(self, group: Group) -> Alert:
        rank = self._config.severities.rank
        return max(group.firing, key=lambda alert: rank(alert.severity))

    def _ask(self, query: str, now: datetime) -> Any:
        """Asks the configured Prometheus, whatever address an alert names."""
        hours = self._config.charts.hours
        asked = {
            "query": query,
            "start": f"{(now - timedelta(hours=hours)).timestamp():.3f}",
            "end": f"{now.timestamp():.3f}",
            "step": f"{max(15, math.ceil(hours * 3600 / POINTS))}",
            "timeout": "5s",
        }
        return ask(self._prometheus, "GET", f"/api/v1/query_range?{urlencode(asked)}")


def charts(config: Config, slack: Uploads, clock: Clock, metrics: Metrics) -> Charts | None:
    """The worker, where charts are wanted and can be made."""
    if config.prometheus is None or not config.charts.enabled:
        return None
    if not charted(config):
        log.info('no charts: matplotlib is missing (pip install "tocsin[charts]")')
        return None
    return Charts(config.prometheus, config, slack, clock, metrics)


def charted(config: Config) -> bool:
    """Whether charts are wanted, and can be drawn."""
    wanted = config.prometheus is not None and config.charts.enabled
    return wanted and chartimage.available()


def read(answer: Any, group: Group) -> list[chartimage.Line]:
    """The series of Prometheus's answer; ServerError if it is none."""
    try:
        found = answer["data"]["result"]
        return [
            chartimage.Line(
                labels=series["metric"],
                points=_points(series["values"]),
                fires=any(_covers(series["metric"], alert.labels) for alert in group.firing),
            )
            for series in found[:500]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ServerError("Prometheus's answer is none") from error


def _points(values: Any) -> list[tuple[float, float]]:
    points = [(float(at), float(value)) for at, value in values]
    return [(at, value if math.isfinite(value) else math.nan) for at, value in points]


def _covers(metric: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the series is the alert's: all of its labels are the alert's, too."""
    return all(labels.get(key) == value for key, value in metric.items() if key != "__name__")
