"""A Prometheus server as the checks see it: what its answers mean, and nothing of how they come."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tocsin import durations
from tocsin.server.access import CannotAsk, access
from tocsin.server.api import Api, Refused, Said, Unanswered

Labels = Mapping[str, str]
Points = list[float]  # times in seconds since 1970, ascending
_DEFAULT_RETENTION = 15 * 86_400.0  # seconds; Source: Prometheus, docs/storage
_PART = 86_400.0  # seconds that are asked at a time, lest an answer be too much for the server
_MOST_POINTS = 10_000  # of a series in one answer; Prometheus's limit is 11,000
_NAMES = 5000  # more values of a label than these are not looked at


class Cost(NamedTuple):
    """What a query takes: series that it returns; None for what the server does not tell.

    samples: looked at in all, and at most at one time. seconds: of evaluation.
    """

    series: int
    samples: int | None
    peak: int | None
    seconds: float | None


@dataclass(frozen=True)
class Server:
    """One server at the moment `now` (seconds since 1970). warnings: what it warned of so far."""

    api: Api
    now: float
    warnings: list[str] = field(default_factory=list)

    @property
    def at_once(self) -> int:
        """How many questions it is asked at the same time."""
        return self.api.access.at_once

    def listening(self) -> "Server":
        """The same server, with warnings of its own."""
        return Server(self.api, self.now)

    def greet(self) -> None:
        """Raises CannotAsk where no Prometheus answers."""
        try:
            self._vector("1", {})
        except (Refused, Unanswered) as exc:
            message = f"Prometheus at {self.api.access.url} cannot be asked: {exc}"
            raise CannotAsk(message, "say where its API is with --prometheus URL") from None

    def count(self, selector: str) -> int:
        """How many series a selector has now. Raises Refused, Unanswered."""
        found = self._vector(f"count({selector})", {})
        return int(found[0][1]) if found else 0

    def cost(self, expr: str) -> Cost:
        """What it takes to evaluate an expression now. Raises Refused, Unanswered."""
        data = self._query(expr, {"stats": "all"})
        stats = data.get("stats")
        stats = stats if isinstance(stats, dict) else {}
        samples, timings = stats.get("samples") or {}, stats.get("timings") or {}
        return Cost(
            len(_results(data)),
            _number(samples, "totalQueryableSamples"),
            _number(samples, "peakSamples"),
            _number(timings, "evalTotalTime"),
        )

    def value(self, expr: str) -> float | None:
        """The value of the first result of an expression. Raises Refused, Unanswered."""
        found = self._vector(expr, {})
        return found[0][1] if found and math.isfinite(found[0][1]) else None

    def seen(self, expr: str, back: float, step: float) -> Iterator[tuple[Labels, Points]]:
        """When each result of `expr` was there in the last `back` seconds, asked part by part.

        Raises Refused, Unanswered.
        """
        found: dict[tuple[tuple[str, str], ...], Points] = {}
        end = self.now - self.now % step
        start = end - back + back % step
        while start <= end:
            points = max(1, min(_PART // step, _MOST_POINTS))
            until = min(end, start + step * (points - 1))
            for labels, times in self._matrix(expr, start, until, step):
                found.setdefault(tuple(sorted(labels.items())), []).extend(times)
            start = until + step
        for pairs, times in found.items():
            yield dict(pairs), times

    def labels(self, selector: str) -> list[str]:
        """The labels that series of a selector have. Raises Refused, Unanswered."""
        return _texts(self._said("labels", {"match[]": selector}))

    def values(self, label: str, selector: str = "") -> list[str]:
        """The values that a label has, of all series or of some. Raises Refused, Unanswered."""
        asked = {"match[]": selector} if selector else {}
        return _texts(self._said(f"label/{label}/values", asked))[:_NAMES]

    def types(self, metric: str) -> set[str]:
        """The types that targets say a metric has; none where nobody says. Raises Unanswered."""
        try:
            data = self._said("metadata", {"metric": metric}).data
        except Refused:
            return set()  # not every server with this API has it
        entries = data.get(metric) if isinstance(data, dict) else None
        entries = entries if isinstance(entries, list) else []
        return {str(entry.get("type")) for entry in entries if isinstance(entry, dict)}

    def retention(self) -> float | None:
        """How many seconds back there are samples; None where that is not told. Raises
        Unanswered."""
        try:
            data = self._said("status/runtimeinfo", {}).data
        except Refused:
            return None  # not every server with this API has it
        said = str(data.get("storageRetention") or "") if isinstance(data, dict) else ""
        try:
            found = durations.parse(said.partition(" or ")[0].strip()) / 1000 if said else 0.0
        except ValueError:
            return None  # a size alone
        return found or (_DEFAULT_RETENTION if said else None)

    def _vector(self, expr: str, more: Mapping[str, str]) -> list[tuple[Labels, float]]:
        data = self._query(expr, more)
        try:
            if data.get("resultType") in {"scalar", "string"}:
                return [({}, float(data["result"][1]))]
            return [(entry["metric"], float(entry["value"][1])) for entry in _results(data)]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise Refused(_STRANGE) from None

    def _query(self, expr: str, more: Mapping[str, str]) -> Mapping[str, Any]:
        data = self._said("query", {"query": expr, "time": f"{self.now:.3f}", **more}).data
        if not isinstance(data, dict) or not isinstance(data.get("result"), list):
            raise Refused(_STRANGE)
        return data

    def _matrix(
        self, expr: str, start: float, end: float, step: float
    ) -> list[tuple[Labels, Points]]:
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        data = self._said("query_range", {"query": expr, **times}).data
        try:
            return [
                (
                    entry["metric"],
                    [float(at) for at, *_ in entry.get("values") or entry["histograms"]],
                )
                for entry in _results(data)
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refused(_STRANGE) from None

    def _said(self, path: str, params: Mapping[str, str]) -> Said:
        said = self.api.ask(path, params.items())
        self.warnings.extend(said.warnings)
        return said


_STRANGE = "its answer is not what Prometheus documents"


def _results(data: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = data["result"]
    if not isinstance(found, list):
        raise Refused(_STRANGE)
    return found


def _texts(said: Said) -> list[str]:
    if not isinstance(said.data, list):
        raise Refused(_STRANGE)
    return [text for text in said.data if isinstance(text, str)]


def _number(found: Any, key: str) -> Any:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, int | float) else None


class Prometheus:
    """The server at `url`, met when the settings are known that say how to ask it."""

    def __init__(self, url: str, now: float) -> None:
        self.url = url
        self._now = now
        self._met: dict[str, Server] = {}

    def server(self, settings: Mapping[str, Any]) -> Server:
        """The server, which has answered already. Raises CannotAsk."""
        key = json.dumps(settings, sort_keys=True, default=str)
        if key not in self._met:
            found = Server(Api(access(self.url, settings)), self._now)
            found.greet()
            self._met[key] = found
        return self._met[key]
