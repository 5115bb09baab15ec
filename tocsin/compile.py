"""A catalogue to alerts and recordings: what is common to all kinds."""

from collections.abc import Iterator

from tocsin.kinds import KINDS, heartbeat
from tocsin.model import Alert, Catalogue, Compiled, Helper, Recording, Rule, Settings, Tier
from tocsin.problem import Problem, Severity
from tocsin.promql.parse import parse


def compiled(catalogue: Catalogue) -> tuple[Compiled, list[Problem]]:
    """Everything that compiles, and the problems of what does not."""
    outputs: list[Alert | Recording] = []
    problems: list[Problem] = []
    for rule in catalogue.rules:
        if rule.kind == "record":
            if rule.valid:
                outputs.append(_recording(rule))
            continue
        kind = KINDS[rule.kind]
        found = list(kind.problems(rule, catalogue.settings))
        if not rule.valid:
            # What is missing may have been left out because it was wrong: that is told already.
            problems += [fault for fault in found if fault.check != "schema/missing"]
            continue
        problems += found
        broken = any(fault.severity is Severity.ERROR for fault in found)
        if not broken and not any(parse(rule.text(*path)).fault for path in kind.expressions):
            outputs += _alerts(rule, catalogue)
    return Compiled(catalogue, tuple(outputs)), problems


def _recording(rule: Rule) -> Recording:
    labels = {**rule.group.labels, **rule.mapping("labels")}
    return Recording(rule, rule.name, rule.text("expr").strip(), labels)


def _alerts(rule: Rule, catalogue: Catalogue) -> Iterator[Alert | Recording]:
    for tier in KINDS[rule.kind].expand(rule, catalogue.settings):
        if isinstance(tier, Helper):
            yield Recording(rule, tier.record, tier.expr, tier.labels)
            continue
        yield Alert(
            rule=rule,
            name=rule.name,
            expr=tier.expr,
            for_=tier.for_,
            keep_firing_for=rule.text("keep_firing_for"),
            severity=tier.severity,
            labels=_labels(rule, tier),
            annotations=_annotations(rule, catalogue),
        )


def _labels(rule: Rule, tier: Tier) -> dict[str, str]:
    labels = {**rule.group.labels, **rule.mapping("labels")}
    if rule.group.plain:
        return labels
    if tier.severity:
        labels["severity"] = tier.severity
    if rule.owner:
        labels.setdefault("owner", rule.owner)
    return labels


def _annotations(rule: Rule, catalogue: Catalogue) -> dict[str, str]:
    annotations = rule.mapping("annotations")
    if rule.group.plain:
        return annotations
    for key in ("summary", "description"):
        if written := rule.text(key).strip():
            annotations[key] = written
    for key in ("runbook", "dashboard"):
        if written := rule.text(key):
            annotations[f"{key}_url"] = _link(key, written, catalogue.settings)
    annotations["source"] = source(rule, catalogue)
    return annotations


def _link(key: str, written: str, settings: Settings) -> str:
    pattern = settings.links.get(key)
    if written.startswith(("http://", "https://")) or pattern is None:
        return written
    return pattern.replace(f"{{{key}}}", written)


def source(rule: Rule, catalogue: Catalogue) -> str:
    """Where the rule was written, as `rules/host.yaml:6`, the same from whatever folder."""
    return f"{catalogue.path_of(rule.source.name)}:{rule.at().line}"


def is_heartbeat(alert: Alert) -> bool:
    """Whether the alert is one that the relay listens for rather than shows."""
    return alert.rule.kind == heartbeat.KIND.name
