"""`down`: targets are gone: they do not answer, or service discovery has lost them.

One alert per label set of `by`, so that a platform that is down is one alert, not a hundred. With
`all: true` (the default) it fires when no target of the label set answers; with `all: false` when
any does not. A label set whose targets were deregistered is remembered for `remember`; one that is
listed in `expect` must be there even if it never was.

    - alert: PlatformDown
      down:
        targets: up{job!="prometheus"}
        by: [platform]
        for: {critical: 2m}
"""

from collections.abc import Iterator

from tocsin import generated, problem
from tocsin.kinds.kind import Kind
from tocsin.kinds.parts import silences
from tocsin.model import Rule, Settings
from tocsin.problem import Problem
from tocsin.promql import text
from tocsin.tier import Helper, Part, Tier

TARGETS = "up"
PARTS = ("does not answer", "was deregistered")


def expand(rule: Rule, settings: Settings) -> Iterator[Tier | Helper]:
    """A tier per duration."""
    targets = text.clean(rule.text("down", "targets") or TARGETS)
    by = text.by(rule.body.get("by", ()))
    remember = silences.memory(rule)
    worst = "max" if rule.body.get("all", True) else "min"
    known = f"0 * count{by} (last_over_time({targets}[{remember}]))"
    parts = [f"{worst}{by} ({targets}) == 0", f"{known}\nunless\n  count{by} ({targets})"]
    expected = silences.expected(rule)
    if expected:
        yield Helper(generated.evaluated(rule.name), "vector(1)")
    for severity, wait in silences.tiers(rule, settings).items():
        extra = []
        found = [Part(name, part, ("down", "for")) for name, part in zip(PARTS, parts, strict=True)]
        if expected:
            gate = f"last_over_time({generated.evaluated(rule.name)}[{remember}])"
            missing = silences.never_seen(targets, by, expected, remember)
            extra = [f"(\n{missing}\n)\nand on () {gate}"]
            found += silences.each_expected(rule, targets, by, remember, gate)
        expr = "\nor\n".join(f"(\n{part}\n)" for part in [*parts, *extra])
        yield Tier(severity, expr, wait, parts=tuple(found))


def problems(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Targets that are no selector, and what can be wrong with tiers and `expect`."""
    targets = text.clean(rule.text("down", "targets") or TARGETS)
    if not text.is_selector(targets):
        message = "`targets` must be a selector of `up`"
        place = rule.at("down", "targets")
        yield problem.error(place, "rule/counter", message, 'such as `up{job="node"}`', rule.name)
    yield from silences.problems(rule, settings)


def watched(rule: Rule) -> str:
    """The label sets with targets."""
    targets = text.clean(rule.text("down", "targets") or TARGETS)
    return f"count{text.by(rule.body.get('by', ()))} ({targets})"


KIND = Kind("down", expand, (), problems, watched=watched)
