"""Prometheus rule files, one per file of the catalogue."""

from typing import Any

from tocsin.emit import names, yamlout
from tocsin.model import Alert, Compiled, Recording, RuleGroup


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content."""
    return {
        names.rules_file(path): yamlout.dump({"groups": groups}, path)
        for path, groups in groups_of(compiled).items()
    }


def groups_of(compiled: Compiled) -> dict[str, list[dict[str, Any]]]:
    """The rule groups of each file of the catalogue, by its path, as Prometheus has them."""
    by_file: dict[str, list[dict[str, Any]]] = {}
    by_group: dict[int, list[Alert | Recording]] = {}
    for output in compiled.outputs:
        by_group.setdefault(id(output.rule.group), []).append(output)
    for group in compiled.catalogue.groups:
        if outputs := by_group.get(id(group)):
            path = compiled.catalogue.path_of(group.source.name)
            by_file.setdefault(path, []).append(_group(group, outputs))
    return by_file


def _group(group: RuleGroup, outputs: list[Alert | Recording]) -> dict[str, Any]:
    content: dict[str, Any] = {"name": group.name, **group.extra}
    if group.interval:
        content["interval"] = group.interval
    if group.limit:
        content["limit"] = group.limit
    content["rules"] = [
        _alert(output) if isinstance(output, Alert) else _recording(output) for output in outputs
    ]
    return content


def _alert(alert: Alert) -> dict[str, Any]:
    content: dict[str, Any] = {"alert": alert.name, "expr": alert.expr}
    if alert.for_:
        content["for"] = alert.for_
    if alert.keep_firing_for:
        content["keep_firing_for"] = alert.keep_firing_for
    labels = dict(sorted(alert.labels.items()))
    if alert.branch:
        # Prometheus drops an empty label: the alert stays what it is. But promtool's lint, which
        # compares rules by name and labels as written, sees that it is not the rule's other half.
        labels[names.branch_label(alert.branch)] = ""
    if labels:
        content["labels"] = labels
    if alert.annotations:
        content["annotations"] = dict(alert.annotations)
    return content


def _recording(recording: Recording) -> dict[str, Any]:
    content: dict[str, Any] = {"record": recording.record, "expr": recording.expr}
    if recording.labels:
        content["labels"] = dict(sorted(recording.labels.items()))
    return content
