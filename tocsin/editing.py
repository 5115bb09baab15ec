"""The schema of rule files with the names of one catalogue, for completion in an editor.

Names are offered, not demanded: whether one is right is the lint's to say, in words of its own.
"""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from tocsin import resources
from tocsin.model import Catalogue

Node = dict[str, Any]
_OF_TIERS = {f"#/$defs/{name}" for name in ("limit", "band", "horizon", "silence")}
_MARK = "The mark of this severity."


def schema(catalogue: Catalogue) -> Node:
    """The schema of rule files, which offers what this catalogue declares."""
    found: Node = copy.deepcopy(resources.schema("rules"))
    known, settings = found["$defs"], catalogue.settings
    for node in _nodes(found):
        tier = node.get("additionalProperties")
        if isinstance(tier, dict) and (tier.get("$ref") in _OF_TIERS or _says(tier, _MARK)):
            node["properties"] = {severity: dict(tier) for severity in settings.severities}
        elif node.get("title", "").startswith("a severity"):
            node["examples"] = list(settings.severities)
    _offer(known["owner"], settings.owners)
    alerts = sorted({rule.name for rule in catalogue.rules if rule.kind != "record"})
    _offer(known["unless"], alerts)
    _offer(known["unless"]["items"], alerts)
    metrics = sorted(catalogue.metrics)
    events = known["no_events"]["properties"]
    _offer(events["counter"], (m for m in metrics if catalogue.metrics[m].type == "counter"))
    _offer(events["last_event"], (m for m in metrics if catalogue.metrics[m].type == "gauge"))
    _offer(known["expr"], metrics)
    return found


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _says(node: Node, description: str) -> bool:
    return bool(node.get("description") == description)


def _offer(node: Node, names: Iterable[str]) -> None:
    if found := list(names):
        node["examples"] = found
