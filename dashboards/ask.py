"""Every query of every panel, asked of a real Prometheus with its variables filled in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT_SECONDS = 10
ALL = ".*"


@dataclass(frozen=True)
class Asked:
    """A query and what came of it. `series` is how many, -1 where it failed with `error`."""

    board: str
    panel: str
    expr: str
    series: int
    error: str = ""
    excuse: str = ""  # why it may be without data

    @property
    def fine(self) -> bool:
        """Whether it has data, or a reason to have none."""
        return self.series > 0 or (self.series == 0 and bool(self.excuse))

    def line(self) -> str:
        """In one line, for people."""
        told = self.error or f"{self.series} series"
        mark = "ok  " if self.series > 0 else "none" if self.fine else "BAD "
        excuse = f" ({self.excuse})" if not self.series and self.excuse else ""
        return f"{mark} {self.board} / {self.panel}: {told}{excuse}"


class NoAnswer(Exception):
    """Prometheus refused a query, or was not there; the text says why."""


def filled(expr: str, variables: Iterable[str], scrape: str = "1m", span: str = "1h") -> str:
    """`expr` as Grafana would send it with "All" chosen everywhere."""
    expr = expr.replace("$__rate_interval", scrape).replace("$__range", span)
    for name in variables:
        expr = expr.replace(f'"${name}"', f'"{ALL}"')
    return expr


def variables(board: dict[str, Any]) -> list[str]:
    """The names of a dashboard's selectors."""
    return [one["name"] for one in board["templating"]["list"] if one["type"] == "query"]


def get(prometheus: str, path: str, **params: Any) -> Any:
    """The `data` of an answer of Prometheus's API. Raises NoAnswer."""
    try:
        url = f"{prometheus.rstrip('/')}/api/v1/{path}"
        answer = requests.get(url, params=params, timeout=TIMEOUT_SECONDS)
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise NoAnswer(f"{prometheus} does not answer: {type(error).__name__}") from None
    if body.get("status") != "success":
        raise NoAnswer(str(body.get("error", "no reason given")))
    return body["data"]


def ask_all(boards: Iterable[dict[str, Any]], prometheus: str) -> Iterator[Asked]:
    """Each query once, as it stands now; the selectors' own and the annotations', too."""
    for board in boards:
        names = variables(board)
        for panel in board["panels"]:
            excuse = panel.get("fieldConfig", {}).get("defaults", {}).get("noValue", "")
            excuse = "" if excuse == "no data" else excuse
            for target in panel.get("targets", ()):
                expr = filled(target["expr"], names)
                yield _asked(board["title"], panel["title"], expr, prometheus, excuse)
        for note in board["annotations"]["list"]:
            if expr := note.get("expr"):
                shown = filled(expr, names)
                yield _asked(board["title"], note["name"], shown, prometheus, "nothing fires")
        for one in board["templating"]["list"]:
            if one["type"] == "query":
                metric, _, label = str(one["query"])[len("label_values(") : -1].rpartition(", ")
                expr = f"count by ({label}) ({filled(metric, names)})"
                excuse = "nothing fires" if metric.startswith("ALERTS") else ""
                yield _asked(board["title"], f"selector {label}", expr, prometheus, excuse)


def _asked(board: str, panel: str, expr: str, prometheus: str, excuse: str) -> Asked:
    try:
        found = get(prometheus, "query", query=expr)["result"]
    except NoAnswer as error:
        return Asked(board, panel, expr, -1, str(error))
    return Asked(board, panel, expr, len(found), excuse=excuse)
