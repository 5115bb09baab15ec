"""What every dashboard must have, judged on the JSON that is shipped."""

import re
from collections.abc import Iterator
from typing import Any

from tocsin.promql.parse import parse

UID = re.compile(r"[a-z][a-z0-9-]{0,39}")
RANGE = re.compile(r"\[[^\]]*\]")


def faults(board: dict[str, Any], rules: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong with a dashboard, in words. `rules`: the expressions of rules, as they are
    narrowed for panels: these keep the range that the rule has.
    """
    if not UID.fullmatch(board.get("uid") or ""):
        yield "its UID is not a short word, so links to it would break"
    yield from _frame(board)
    panels = [panel for panel in board.get("panels", []) if panel["type"] != "row"]
    if not panels:
        yield "it has no panel"
    titles = [panel.get("title") for panel in panels]
    yield from (
        f"{title}: there are two of it" for title in {t for t in titles if titles.count(t) > 1}
    )
    for panel in panels:
        yield from (f"{panel.get('title') or '?'}: {fault}" for fault in _panel(panel, rules))
    yield from _overlaps(board)


def _frame(board: dict[str, Any]) -> Iterator[str]:
    variables = {one["name"]: one for one in board.get("templating", {}).get("list", [])}
    if variables.get("datasource", {}).get("type") != "datasource":
        yield "it has no variable for the data source"
    if "platform" not in variables:
        yield "it has no selector for the platform"
    seen: list[str] = []
    for name, variable in variables.items():
        if variable["type"] != "query":
            continue
        missing = [one for one in seen if f"${one}" not in str(variable["query"])]
        if missing:
            yield f"the selector {name} is not narrowed by {', '.join(missing)}"
        seen.append(name)
    if not board.get("annotations", {}).get("list"):
        yield "it shows no alerts"
    if not board.get("description"):
        yield "it has no description"


def _panel(panel: dict[str, Any], rules: frozenset[str]) -> Iterator[str]:
    if not panel.get("description"):
        yield "it has no description"
    if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
        yield "it has no unit"
    targets = panel.get("targets", [])
    if not targets:
        yield "it asks nothing"
    for part in (panel, *targets):
        if part.get("datasource", {}).get("uid") != "${datasource}":
            yield "it does not ask the data source that was chosen"
    for target in targets:
        yield from _query(target["expr"], rules)
        if panel["type"] == "timeseries" and not target.get("legendFormat"):
            yield "a series has no name"


def _query(expr: str, rules: frozenset[str]) -> Iterator[str]:
    fault = parse(_plain(expr)).fault
    if fault:
        yield f"`{expr}` is not PromQL: {fault.message}"
    if expr in rules:
        return
    for found in RANGE.findall(expr):
        if found not in {"[$__rate_interval]", "[$__range]"}:
            yield f"the range {found} is fixed: use $__rate_interval"


def _plain(expr: str) -> str:
    """The expression with Grafana's durations filled in: parsers do not know them."""
    return expr.replace("$__rate_interval", "1m").replace("$__range", "1h")


def _overlaps(board: dict[str, Any]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in board.get("panels", []):
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel.get('title')}: it is wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (x, y) in taken:
                    yield f"{panel.get('title')}: it lies over {taken[x, y]}"
                    return
                taken[x, y] = str(panel.get("title"))
