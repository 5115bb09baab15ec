"""A rule file as groups and rules. A rule with a mistake is left out; its neighbours are read."""

from dataclasses import replace
from typing import Any

from tocsin import kinds, problem, schema
from tocsin.model import Rule, RuleGroup
from tocsin.problem import Problem
from tocsin.source import Path, Source

_GROUP_KEYS = {"name", "group", "rules", "interval", "limit", "labels", "owner"}


def rules(source: Source) -> tuple[list[RuleGroup], list[Rule], list[Problem]]:
    """The groups and rules of one file, and its problems."""
    problems = schema.check(source, "rules")
    groups = [_group(source, path) for path in _group_paths(source.data)]
    found = []
    for group in groups:
        for path in _rule_paths(source, group):
            rule = _rule(group, path, problems)
            if rule is not None:
                found.append(rule)
    return groups, found, problems


def _group_paths(data: Any) -> list[Path]:
    if not isinstance(data, dict):
        return []
    plain = data.get("groups")
    if isinstance(plain, list):
        return [("groups", index) for index, entry in enumerate(plain) if isinstance(entry, dict)]
    return [()] if isinstance(data.get("rules"), list) else []


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _group(source: Source, path: Path) -> RuleGroup:
    data = _at(source.data, path)
    plain = bool(path)
    labels = data.get("labels") if isinstance(data.get("labels"), dict) else {}
    limit = data.get("limit")
    return RuleGroup(
        name=str(data.get("name" if plain else "group") or ""),
        source=source,
        path=path,
        plain=plain,
        owner=str(data.get("owner") or ""),
        interval=str(data.get("interval") or ""),
        limit=limit if isinstance(limit, int) else 0,
        labels={name: source.raw((*path, "labels", name)) for name in labels},
        extra={key: value for key, value in data.items() if key not in _GROUP_KEYS},
    )


def _rule_paths(source: Source, group: RuleGroup) -> list[Path]:
    entries = _at(source.data, group.path).get("rules")
    if not isinstance(entries, list):
        return []
    return [(*group.path, "rules", index) for index in range(len(entries))]


def _rule(group: RuleGroup, path: Path, problems: list[Problem]) -> Rule | None:
    """The rule at `path`; None when the schema, or the choice of its kind, found fault with it."""
    data = _at(group.source.data, path)
    if not isinstance(data, dict):
        return None
    name = str(data.get("record") or data.get("alert") or "")
    whole = group.source.position(path)
    valid = True
    for index, found in enumerate(problems):
        if _within(found, whole.line, whole.end_line):
            valid = False
            problems[index] = replace(found, rule=name)  # the schema does not know names
    if not valid:
        return None
    faults = _kind_faults(group.source, path, data)
    problems += faults
    return None if faults else Rule(group, path, data, _kind(data), name)


def _within(found: Problem, first: int, last: int) -> bool:
    return first <= found.position.line <= last and found.check.startswith("schema/")


def _kind(data: dict[str, Any]) -> str:
    if "record" in data:
        return "record"
    return next(key for key in kinds.KINDS if key in data)


def _kind_faults(source: Source, path: Path, data: dict[str, Any]) -> list[Problem]:
    place = source.position(path)
    name = str(data.get("alert") or data.get("record") or "")
    if "alert" in data and "record" in data:
        message = "a rule is an alert or a recording, not both"
        return [problem.error(place, "rule/kind", message, "take `alert` or `record` away", name)]
    if "alert" not in data and "record" not in data:
        hint = "give it a name with `alert:` (or `record:` for a recording rule)"
        return [problem.error(place, "rule/name", "this rule has no name", hint)]
    if "record" in data:
        return _record_faults(source, path, data, name)
    given = [key for key in kinds.KINDS if key in data]
    known = ", ".join(f"`{key}`" for key in kinds.KINDS)
    if not given:
        message = f"the rule `{name}` does not say what it asserts"
        place = source.position((*path, "alert"))
        return [problem.error(place, "rule/kind", message, f"give it one of {known}", name)]
    if len(given) > 1:
        message = f"a rule has one kind, not {len(given)}: " + ", ".join(f"`{k}`" for k in given)
        place = source.position((*path, given[1]), key=True)
        return [problem.error(place, "rule/kind", message, "make two rules of it", name)]
    return []


def _record_faults(source: Source, path: Path, data: dict[str, Any], name: str) -> list[Problem]:
    if "expr" not in data:
        place = source.position((*path, "record"))
        message = f"the recording rule `{name}` has no `expr`"
        return [problem.error(place, "rule/kind", message, "say what it records", name)]
    allowed = {"record", "expr", "labels", "tests", "owner"}
    return [
        problem.error(
            source.position((*path, key), key=True),
            "rule/kind",
            f"a recording rule has no `{key}`",
            "it takes `record`, `expr` and `labels`",
            name,
        )
        for key in data
        if key not in allowed
    ]
