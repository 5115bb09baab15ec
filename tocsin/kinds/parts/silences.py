"""What `no_events` and `down` share: a duration per severity, and sources that must be there.

Not a kind itself.
"""

from collections.abc import Iterator, Mapping

from tocsin import durations, problem, severities, windows
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Part

REMEMBER = "1d"


def tiers(rule: Rule, settings: Settings) -> dict[str, str]:
    """Severity to duration, mildest first; one duration takes the rule's severity."""
    written = rule.body.get("for") or {}
    if isinstance(written, str):
        return {str(rule.data.get("severity") or settings.default_severity): written}
    found = {name: limit for name, limit in written.items() if isinstance(limit, str)}
    order = [name for name in settings.severities if name in found]
    return {name: found[name] for name in [*order, *(name for name in found if name not in order)]}


def memory(rule: Rule) -> str:
    """How long a source that vanished is still expected."""
    written = rule.body.get("remember")
    return str(written) if written is not None else windows.remembered(rule, REMEMBER)


def expected(rule: Rule) -> list[dict[str, str]]:
    """The label sets of `expect`."""
    path = (rule.kind, "expect")
    written: list[Mapping[str, object] | None] = rule.body.get("expect") or []
    return [
        {name: rule.text(*path, index, name) for name in labels}
        for index, labels in enumerate(written)
        if labels
    ]


def never_seen(selector: str, by: str, wanted: list[dict[str, str]], remember: str) -> str:
    """Expected sources without a series; 0, since that is how much there was of them."""
    return "\nor\n".join(
        f"0 * max{by} (absent_over_time({text.narrowed(selector, labels)}[{remember}]))"
        for labels in wanted
    )


def each_expected(rule: Rule, selector: str, by: str, remember: str, gate: str) -> Iterator[Part]:
    """The same, one by one: a part of a tier for each entry of `expect`."""
    for index, labels in enumerate(rule.body.get("expect") or ()):
        if labels:
            wanted = {name: rule.text(rule.kind, "expect", index, name) for name in labels}
            missing = never_seen(selector, by, [wanted], remember)
            path = (rule.kind, "expect", index)
            expr = f"{missing}\nand on () {gate}"
            yield Part(f"expected {index + 1}", expr, path, labels=wanted)


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Undeclared severities, no tier, memory that is too short, label sets that do not fit."""
    yield from undeclared(rule, settings)
    path = (rule.kind, "for")
    remembered = durations.parse(memory(rule))
    tiered = isinstance(rule.body.get("for"), dict)
    longest = 0
    for severity, limit in tiers(rule, settings).items():
        longest = max(longest, durations.parse(limit))
        if remembered <= durations.parse(limit):
            place = rule.at(*path, *([severity] if tiered else []))
            kept = durations.text(remembered)
            message = f"`remember` ({kept}) must be longer than `for` ({limit})"
            hint = "a source is forgotten before its silence is too long"
            yield problem.error(place, "rule/remember", message, hint, rule.name)
    if longest < remembered <= longest + (shut := windows.shut(rule)):
        message = "what vanishes as the window closes is forgotten before it opens again"
        hint = f"it is closed for {durations.text(shut)}; without `remember` that is added to a day"
        place = rule.at(rule.kind, "remember")
        yield problem.info(place, "rule/remember", message, hint, rule.name)
    yield from _expect_problems(rule)


def undeclared(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Severities that the catalogue does not declare; no tier at all."""
    written = rule.body.get("for")
    found = tiers(rule, settings)
    if written is not None and not found:
        message = "`for` has no tier"
        yield problem.error(rule.at(rule.kind, "for"), "schema/missing", message, rule=rule.name)
    for severity in found:
        if severity not in settings.severities:
            tiered = isinstance(written, dict)
            where = rule.at(rule.kind, "for", severity, key=True) if tiered else rule.at("severity")
            yield severities.unknown(where, severity, settings.severities, rule.name)


def _expect_problems(rule: Rule) -> Iterator[Problem]:
    by = list(rule.body.get("by", ()))
    for index, labels in enumerate(rule.body.get("expect") or ()):
        if labels is None or set(labels) == set(by):
            continue
        named = ", ".join(f"`{name}`" for name in by) or "no label"
        message = f"each entry of `expect` must name just the labels of `by`: {named}"
        place = rule.at(rule.kind, "expect", index)
        yield problem.error(place, "rule/expect", message, rule=rule.name)
