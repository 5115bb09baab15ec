"""A catalogue to alerts and recordings: what is common to all kinds."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tocsin import durations, layers, overrides, presence, problem, units, windows
from tocsin.kinds import KINDS, heartbeat
from tocsin.known import Outline, Recorded
from tocsin.model import Alert, Catalogue, Compiled, Recording, Rule, Settings
from tocsin.overrides import Branch, branches
from tocsin.problem import Problem, Severity
from tocsin.promql.parse import parse
from tocsin.tier import Helper, Tier

_WAITING = {"no_events", "down", "absent"}  # kinds with a `for` of their own


def compiled(catalogue: Catalogue) -> tuple[Compiled, list[Problem]]:
    """Everything that compiles, and the problems of what does not."""
    outputs: list[Alert | Recording] = []
    problems: list[Problem] = []
    for rule in catalogue.rules:
        of_rule, faults = _compiled(rule, catalogue)
        outputs += of_rule
        problems += faults
    return Compiled(catalogue, tuple(outputs)), problems


def _compiled(rule: Rule, catalogue: Catalogue) -> tuple[list[Alert | Recording], list[Problem]]:
    if rule.kind == "record":
        return ([_recording(rule)] if rule.valid else []), []
    kind = KINDS[rule.kind]
    found = list(_problems(rule, catalogue))
    if not rule.valid:
        # What is missing may have been left out because it was wrong: that is told already.
        return [], [fault for fault in found if fault.check != "schema/missing"]
    broken = any(fault.severity is Severity.ERROR for fault in found)
    if broken or any(parse(written).fault for written in kind.texts(rule).values()):
        return [], found
    return list(_alerts(rule, catalogue)), [*found, *_shut_out(rule, catalogue.settings)]


def _shut_out(rule: Rule, settings: Settings) -> Iterator[Problem]:
    """Tiers that need longer than the active window is ever open."""
    if not rule.data.get("active") or (longest := windows.longest(rule)) is None:
        return
    needs: dict[str, int] = {}
    for branch in branches(rule):
        for tier in KINDS[rule.kind].expand(branch.rule, settings):
            if isinstance(tier, Tier):
                needed = durations.parse(tier.silence or "0s") + durations.parse(tier.for_ or "0s")
                needs[tier.severity] = max(needed, needs.get(tier.severity, 0))
    for severity, needed in needs.items():
        if needed >= longest:
            message = f"`{severity}` can never fire: it takes {durations.text(needed)}"
            message += f", and the window is open for {durations.text(longest)} at a time"
            yield problem.error(rule.at("active"), "rule/active", message, rule=rule.name)


def outline(catalogue: Catalogue) -> Outline:
    """What the rules of other files must know of these; only what may record something is
    compiled for it."""
    recorded: dict[str, tuple[Recorded, ...]] = {}
    for rule in filter(_may_record, catalogue.rules):
        for output in _compiled(rule, catalogue)[0]:
            if isinstance(output, Recording):
                found = recorded.setdefault(output.record, ())
                if not _mentions(output.expr, output.record):
                    said = output.expr, frozenset(output.labels)
                    recorded[output.record] = (*found, said)
    alerts = {rule.name: True for rule in catalogue.rules if rule.kind != "record"}
    awaited = {name: True for rule in catalogue.rules for name in rule.unless}
    return Outline(recorded, alerts, awaited)


def _may_record(rule: Rule) -> bool:
    """Whether more than alerts may come of a rule: a kind that records, and whatever asks for
    values that are gone, for sources that must be there, or for a time of day."""
    if rule.kind == "record" or KINDS[rule.kind].records:
        return True
    body = rule.body if isinstance(rule.body, dict) else {}
    return any(key in rule.data or key in body for key in ("no_data", "expect", "active"))


def _mentions(expr: str, record: str) -> bool:
    """Whether an expression speaks of the very series that it records: such series come from
    elsewhere, too, and the rule says nothing of them."""
    if record not in expr:
        return False
    return re.search(rf"(?<![\w:]){re.escape(record)}(?![\w:])", expr) is not None


def _problems(rule: Rule, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong with the rule as it is, then with each of its overrides."""
    told = set()
    for branch in reversed(list(branches(rule))):
        for found in KINDS[rule.kind].problems(branch.rule, catalogue.settings):
            # An override may leave nothing that can fire; that is what `off` is for.
            allowed = branch.number and found.check == "schema/missing"
            if not allowed and found not in told:
                told.add(found)
                yield found
    if KINDS[rule.kind].value is None and rule.kind != "record":
        for key in ("no_data", "expect"):
            if layers.origin(rule.layers[:2], (key,)) is not None:
                message = f"`{key}` has no meaning in `{rule.kind}`, which judges no value"
                place = rule.at(key, key=True)
                yield problem.error(place, "rule/kind", message, rule=rule.name)
    yield from _unheard(rule)
    yield from overrides.problems(rule)
    yield from windows.problems(rule)


def _unheard(rule: Rule) -> Iterator[Problem]:
    """What a typed rule says beside its kind, where nothing would come of it."""
    said = rule.layers[0].data
    body = rule.body if isinstance(rule.body, dict) else {}
    sides = [side for side in ("above", "below", "outside", "within") if side in body]
    if "for" in said and rule.kind not in {"expr", "record"}:
        hint = f"say it within `{rule.kind}`" if rule.kind in _WAITING else ""
        if sides:
            hint = f"say it in each tier, as in `{sides[0]}: {{warning: {{at: ..., for: 15m}}}}`"
        message = f"`for` beside `{rule.kind}` has no effect"
        yield problem.error(rule.at("for", key=True), "rule/kind", message, hint, rule.name)
    tiered = sides or rule.kind == "burn_rate" or isinstance(body.get("for"), dict)
    if "severity" in said and tiered:
        message = "`severity` has no effect: each tier is one"
        yield problem.error(rule.at("severity", key=True), "rule/kind", message, rule=rule.name)


def _recording(rule: Rule) -> Recording:
    labels = {**rule.group.labels, **rule.mapping("labels")}
    return Recording(rule, rule.name, rule.text("expr").strip(), labels)


def _alerts(rule: Rule, catalogue: Catalogue) -> Iterator[Alert | Recording]:
    """The alerts of a rule, branch by branch, after the series that they need recorded."""
    recorded: dict[str, Recording] = {}
    alerts = []
    for branch in branches(rule):
        for tier in KINDS[rule.kind].expand(branch.rule, catalogue.settings):
            if isinstance(tier, Helper):
                recorded.setdefault(tier.record, _kept(rule, tier))
                continue
            extended, helpers = _extended(branch, tier)
            for helper in helpers:
                recorded.setdefault(helper.record, _kept(rule, helper))
            alerts.append(_alert(branch, extended, catalogue))
    yield from recorded.values()
    yield from alerts


def _kept(rule: Rule, helper: Helper) -> Recording:
    return Recording(rule, helper.record, helper.expr, helper.labels)


def _extended(branch: Branch, tier: Tier) -> tuple[Tier, list[Helper]]:
    """A tier with what is common to all kinds, and the series that this needs."""
    rule, helpers = branch.rule, list[Helper]()
    kind = KINDS[rule.kind]
    if kind.value is not None and presence.wanted(rule):
        helpers += presence.helpers(rule, (kind.watched or kind.value)(rule))
        tier = presence.extended(rule, tier)
    if not branch.is_for_all:
        tier = tier.mapped(branch.scoped)
    if rule.data.get("active"):
        silence = tier.silence or "0s"
        helpers += windows.helpers(rule, silence)
        closed = windows.closed(rule, silence, tier.expr)
        tier = tier.mapped(partial(windows.scoped, rule, silence))
        tier = replace(tier, parts=(*tier.parts, closed))
    return tier, helpers


def _alert(branch: Branch, tier: Tier, catalogue: Catalogue) -> Alert:
    rule = branch.rule
    severity = {"severity": tier.severity} if tier.severity and not rule.group.plain else {}
    return Alert(
        rule=rule,
        name=rule.name,
        expr=tier.expr,
        for_=tier.for_,
        keep_firing_for=rule.text("keep_firing_for"),
        severity=tier.severity,
        labels={**rule.own_labels, **severity},
        annotations=_annotations(rule, tier, catalogue),
        branch=branch.number,
        limit=tier.limit,
        parts=tier.parts,
    )


def _annotations(rule: Rule, tier: Tier, catalogue: Catalogue) -> dict[str, str]:
    annotations = rule.mapping("annotations")
    if rule.group.plain:
        return annotations
    for key in ("summary", "description"):
        if written := rule.text(key).strip():
            annotations[key] = written
    if unit := rule.body.get("unit") if isinstance(rule.body, dict) else None:
        annotations.setdefault("value", units.template(unit))
        if tier.limit is not None:
            annotations.setdefault("limit", units.shown(unit, tier.limit))
    for key in ("runbook", "dashboard"):
        if written := rule.text(key):
            annotations[f"{key}_url"] = link_of(key, written, catalogue.settings)
    annotations["source"] = source(rule, catalogue)
    return annotations


def link_of(key: str, written: str, settings: Settings) -> str:
    """The link that `runbook` or `dashboard` (`key`) stands for."""
    pattern = settings.links.get(key)
    if written.startswith(("http://", "https://")) or pattern is None:
        return written
    return pattern.replace(f"{{{key}}}", written)


def source(rule: Rule, catalogue: Catalogue) -> str:
    """Where the rule was written, as `rules/host.yaml:6`, the same from whatever folder."""
    return f"{catalogue.path_of(rule.source.name)}:{rule.source.line(rule.path)}"


def is_heartbeat(alert: Alert) -> bool:
    """Whether the alert is one that the relay listens for rather than shows."""
    return alert.rule.kind == heartbeat.KIND.name
