"""Values that are gone: what `no_data` and `expect` add to a rule that judges a value.

The value is recorded, so that a series that had one within a day and has none now can be told from
one that never was.
"""

from collections.abc import Iterator
from dataclasses import replace

from tocsin import durations, generated, windows
from tocsin.model import Rule
from tocsin.promql import text
from tocsin.tier import Helper, Part, Tier

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


def extended(rule: Rule, tier: Tier) -> Tier:
    """The tier, which also fires when the value is gone.

    `no_data: {after: 10m}` counts from the last value, so the tier's own `for` is taken off.
    """
    written = rule.data.get("no_data", IGNORE)
    after = written.get("after", "0s") if isinstance(written, dict) else "0s"
    window = max(0, durations.parse(after) - durations.parse(tier.for_ or "0s"))
    added: list[Part] = []
    if written != IGNORE:
        added += _vanished(rule, tier, window)
    added += _never_seen(rule, tier, window)
    expr = "\nor\n".join(_bracketed(part) for part in [tier.expr, *(p.expr for p in added)])
    limit = Part("the value", tier.expr, (rule.kind,))
    return replace(tier, expr=expr, parts=(*(tier.parts or (limit,)), *added))


def _vanished(rule: Rule, tier: Tier, window: int) -> list[Part]:
    name, path = generated.value(rule.name), ("no_data",)
    lately = f"last_over_time({name}[{durations.text(window)}])" if window else name
    known = f"last_over_time({name}[{windows.remembered(rule, REMEMBER)}])"
    gone = Part("no data", f"{known} unless {lately}", path)
    if not window:
        return [gone]
    # What fired when its value vanished goes on firing: nothing shows that it got better.
    firing = firing_already(rule, tier.severity)
    held = f"({known} unless {name})\nand {firing}"
    return [gone, Part("no data while firing", held, path, holds=True)]


def _never_seen(rule: Rule, tier: Tier, window: int) -> Iterator[Part]:
    """Expected label sets without a value, once the rule has been evaluated for a while."""
    name = generated.value(rule.name)
    since = max(window, durations.parse("5m") if not tier.for_ else 0)
    gate = f"last_over_time({generated.evaluated(rule.name)}[{REMEMBER}]"
    gate += f" offset {durations.text(since)})" if since else ")"
    for index, written in enumerate(rule.data.get("expect") or ()):
        labels = {label: rule.text("expect", index, label) for label in written or {}}
        series = f"{name}{{{text.matchers(labels)}}}"
        lately = f"absent_over_time({series}[{durations.text(window)}])"
        missing = f"0 * {lately if window else f'absent({series})'}\nand on () {gate}"
        yield Part(f"expected {index + 1}", missing, ("expect", index), labels=labels)


def firing_already(rule: Rule, severity: str) -> str:
    """What follows `and` to hold only for series whose alert of this tier fires already.

    Prometheus's own ALERTS has the labels of the result and those of the alert; ignoring the
    latter, each series meets its own alert, whatever its labels are.
    """
    labels = ["alertname", "alertstate", "severity", *rule.own_labels]
    ignored = ", ".join(dict.fromkeys(labels))
    return f"ignoring ({ignored}) {firing(rule, severity)}"


def firing(rule: Rule, severity: str) -> str:
    """The series that Prometheus writes for each alert of a tier that fires."""
    wanted = {"alertname": rule.name, "alertstate": "firing", "severity": severity}
    if "{{" in severity:  # a template: each alert has its own
        del wanted["severity"]
    return f"ALERTS{{{text.matchers(wanted)}}}"


def _bracketed(part: str) -> str:
    lines = "\n".join(f"  {line}" for line in part.splitlines())
    return f"(\n{lines}\n)" if "\n" in part else f"({part})"
