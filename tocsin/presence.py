"""Values that are gone: what `no_data` and `expect` add to a rule that judges a value.

The value is recorded, so that a series that had one within a day and has none now can be told from
one that never was.
"""

from collections.abc import Iterator

from tocsin import durations, generated
from tocsin.model import Helper, Rule, Tier
from tocsin.promql import text

REMEMBER = "1d"  # how long a series that vanished counts as missing
IGNORE = "ignore"


def wanted(rule: Rule) -> bool:
    """Whether the rule says anything of values that are gone."""
    return rule.data.get("no_data", IGNORE) != IGNORE or bool(rule.data.get("expect"))


def helpers(rule: Rule, value: str) -> Iterator[Helper]:
    """The series that tell what is missing."""
    yield Helper(generated.value(rule.name), text.clean(value))
    if rule.data.get("expect"):
        yield Helper(generated.evaluated(rule.name), "vector(1)")


def extended(rule: Rule, tier: Tier) -> str:
    """The tier's expression, or that the value is gone.

    `no_data: {after: 10m}` counts from the last value, so the tier's own `for` is taken off.
    """
    written = rule.data.get("no_data", IGNORE)
    after = written.get("after", "0s") if isinstance(written, dict) else "0s"
    window = max(0, durations.parse(after) - durations.parse(tier.for_ or "0s"))
    parts = [tier.expr]
    if written != IGNORE:
        parts += _vanished(rule, tier, window)
    parts += _never_seen(rule, tier, window)
    return "\nor\n".join(_bracketed(part) for part in parts)


def _vanished(rule: Rule, tier: Tier, window: int) -> list[str]:
    name = generated.value(rule.name)
    lately = f"last_over_time({name}[{durations.text(window)}])" if window else name
    known = f"last_over_time({name}[{REMEMBER}])"
    # What fired when its value vanished goes on firing: nothing shows that it got better.
    firing = firing_already(rule, tier.severity)
    return [f"{known} unless {lately}", f"({known} unless {name})\nand {firing}"]


def _never_seen(rule: Rule, tier: Tier, window: int) -> Iterator[str]:
    """Expected label sets without a value, once the rule has been evaluated for a while."""
    name = generated.value(rule.name)
    since = max(window, durations.parse("5m") if not tier.for_ else 0)
    gate = f"last_over_time({generated.evaluated(rule.name)}[{REMEMBER}]"
    gate += f" offset {durations.text(since)})" if since else ")"
    for index, written in enumerate(rule.data.get("expect") or ()):
        labels = {label: rule.text("expect", index, label) for label in written or {}}
        series = f"{name}{{{text.matchers(labels)}}}"
        lately = f"absent_over_time({series}[{durations.text(window)}])"
        yield f"0 * {lately if window else f'absent({series})'}\nand on () {gate}"


def firing_already(rule: Rule, severity: str) -> str:
    """What follows `and` to hold only for series whose alert of this tier fires already.

    Prometheus's own ALERTS has the labels of the result and those of the alert; ignoring the
    latter, each series meets its own alert, whatever its labels are.
    """
    labels = ["alertname", "alertstate", "severity", *rule.own_labels]
    ignored = ", ".join(dict.fromkeys(labels))
    matchers = text.matchers({"alertname": rule.name, "alertstate": "firing", "severity": severity})
    return f"ignoring ({ignored}) ALERTS{{{matchers}}}"


def _bracketed(part: str) -> str:
    lines = "\n".join(f"  {line}" for line in part.splitlines())
    return f"(\n{lines}\n)" if "\n" in part else f"({part})"
