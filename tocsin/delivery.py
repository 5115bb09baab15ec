"""Where an alert goes: through Alertmanager's routes and the relay's, on configurations as data.

The same is asked of the real Alertmanager's amtool, and of the relay, in tests. Source:
https://prometheus.io/docs/alerting/latest/configuration/#route and schemas/relay.schema.json.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MATCHER = re.compile(r'\s*"?([^"=~!\s]+)"?\s*(=~|!~|!=|=)\s*"?((?:\\.|[^"\\])*)"?\s*', re.DOTALL)

Labels = Mapping[str, str]
Route = Mapping[str, Any]


def routes(top: Route, labels: Labels) -> list[Route]:
    """The routes of an Alertmanager configuration that an alert ends in, with what they inherit."""
    found: list[Route] = []
    for child in top.get("routes", ()):
        if not matches(child.get("matchers", ()), labels):
            continue
        inherited = {key: value for key, value in top.items() if key not in {"routes", "matchers"}}
        found += routes({**inherited, "continue": False, **child}, labels)
        if not child.get("continue"):
            break
    return found or [top]


def matches(matchers: Sequence[str], labels: Labels) -> bool:
    """Whether labels meet all matchers; a label that is missing is one without a value."""
    return all(_meets(matcher, labels) for matcher in matchers)


def _meets(matcher: str, labels: Labels) -> bool:
    parsed = _MATCHER.fullmatch(matcher)
    if parsed is None:
        raise ValueError(f"not a matcher: {matcher}")
    name, sign, written = parsed.groups()
    value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], written)
    has = labels.get(name, "")
    equal = re.fullmatch(value, has) is not None if "~" in sign else has == value
    return equal == (sign[0] == "=")


def muted(rules: Sequence[Mapping[str, Any]], labels: Labels, firing: Sequence[Labels]) -> bool:
    """Whether inhibition mutes an alert while others fire; what is muted mutes all the same."""
    return any(True for _ in muters(rules, labels, firing))


def muters(
    rules: Sequence[Mapping[str, Any]], labels: Labels, firing: Sequence[Labels]
) -> Iterator[Labels]:
    """The alerts that mute an alert. One that is both source and target does not mute itself."""
    for rule in rules:
        if not matches(rule.get("target_matchers", ()), labels):
            continue
        for source in firing:
            same = all(source.get(key, "") == labels.get(key, "") for key in rule.get("equal", ()))
            both = matches(rule.get("source_matchers", ()), labels) and matches(
                rule.get("target_matchers", ()), source
            )
            if same and not both and matches(rule.get("source_matchers", ()), source):
                yield source


def entry(config: Mapping[str, Any], labels: Labels) -> Mapping[str, Any] | None:
    """The relay's heartbeat or route that takes a group with these labels; None for the default."""
    for part in ("heartbeats", "routes"):
        for found in config.get(part, ()):
            if _takes(found, labels):
                return dict(found)
    return None


def is_heartbeat(config: Mapping[str, Any], labels: Labels) -> bool:
    """Whether the relay listens for a group rather than shows it."""
    return any(_takes(found, labels) for found in config.get("heartbeats", ()))


def channel(config: Mapping[str, Any], labels: Labels) -> str:
    """The channel in which the relay shows a group whose alerts share these labels."""
    for found in config.get("routes", ()):
        if _takes(found, labels):
            return str(found["channel"])
    return str(config["default_channel"])


def _takes(found: Mapping[str, Any], labels: Labels) -> bool:
    plain: Mapping[str, Any] = found.get("match", {})
    for name, wanted in plain.items():
        if labels.get(name, "") not in ([wanted] if isinstance(wanted, str) else wanted):
            return False
    expressions: Mapping[str, str] = found.get("match_re", {})
    return all(re.fullmatch(pattern, labels.get(name, "")) for name, pattern in expressions.items())
