"""A rule file as groups and rules. One faulty rule hides neither its neighbours nor the rest of
itself: what the schema found fault with is left out, everything else is still checked."""

from dataclasses import replace
from typing import Any

from tocsin import controls, kinds, problem, schema
from tocsin.layers import Layer, merged
from tocsin.model import Rule, RuleGroup, Settings
from tocsin.problem import Problem
from tocsin.schema import Finding
from tocsin.source import Path, Source

HOISTED = ("active", "unless", "no_data", "expect")
_WAITS = ("for", "keep_firing_for")
_GROUP_KEYS = {"name", "group", "rules", "interval", "limit", "labels", "owner", "defaults"}
_GROUP_KEYS |= {"ignore"}


def rules(source: Source, settings: Settings) -> tuple[list[RuleGroup], list[Rule], list[Problem]]:
    """The groups and rules of one file, and its problems."""
    of_file, of_rules = controls.owners(source)
    findings = _by_rule(schema.check(source, "rules"))
    findings.setdefault((), []).extend(schema.check_defaults(source, whole=False))
    defaults = _defaults(source, settings, findings[()])
    groups = [_group(source, path, defaults, of_file) for path in _group_paths(source.data)]
    problems = [finding.problem for finding in findings.pop((), [])]
    found = []
    for group in groups:
        for path in _rule_paths(source, group):
            rule, faults = _rule(group, path, findings.get(path, []))
            problems += faults
            if rule is not None:
                owner = of_rules.get(rule.at().line, "") if of_rules else ""
                found.append(replace(rule, owner_said=owner) if owner else rule)
    return groups, found, problems


def _by_rule(findings: list[Finding]) -> dict[Path, list[Finding]]:
    """The findings by the path of the rule they are about; () for those about none."""
    found: dict[Path, list[Finding]] = {}
    for finding in findings:
        start = 2 if finding.path[:1] == ("groups",) else 0
        inside = finding.path[start : start + 1] == ("rules",) and len(finding.path) > start + 1
        found.setdefault(finding.path[: start + 2] if inside else (), []).append(finding)
    return found


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


def _group(source: Source, path: Path, defaults: tuple[Layer, ...], owner: str) -> RuleGroup:
    data = _at(source.data, path)
    plain = bool(path)
    labels = data.get("labels") if isinstance(data.get("labels"), dict) else {}
    limit = data.get("limit")
    return RuleGroup(
        name=str(data.get("name" if plain else "group") or ""),
        source=source,
        path=path,
        plain=plain,
        owner=str(data.get("owner") or owner),
        interval=str(data.get("interval") or ""),
        limit=limit if isinstance(limit, int) else 0,
        labels={name: source.raw((*path, "labels", name)) for name in labels},
        defaults=() if plain else defaults,
        extra={key: value for key, value in data.items() if key not in _GROUP_KEYS},
    )


def _defaults(source: Source, settings: Settings, findings: list[Finding]) -> tuple[Layer, ...]:
    found = source.data.get("defaults") if isinstance(source.data, dict) else None
    for finding in findings:
        if finding.culprit and finding.culprit[:1] == ("defaults",):
            found = _without(found, finding.culprit[1:])
    own = (Layer("the file's defaults", source, ("defaults",), found),) if found else ()
    return own + ((settings.defaults,) if settings.defaults else ())


def _rule_paths(source: Source, group: RuleGroup) -> list[Path]:
    entries = _at(source.data, group.path).get("rules")
    if not isinstance(entries, list):
        return []
    return [(*group.path, "rules", index) for index in range(len(entries))]


def _rule(
    group: RuleGroup, path: Path, findings: list[Finding]
) -> tuple[Rule | None, list[Problem]]:
    """The rule at `path` without what the schema found fault with, and what is wrong with it.

    What is left of a faulty rule is still checked, but not compiled.
    """
    data = _at(group.source.data, path)
    if not isinstance(data, dict):
        return None, [finding.problem for finding in findings]
    name = str(data.get("record") or data.get("alert") or "")
    kind = _kind(data)
    defaults = _for_kind(group.defaults, kind) if kind else ()
    findings = [_named(found) for found in findings if not _given(found, path, defaults)]
    # The schema does not know names: say which rule each of its findings is about.
    problems = [replace(finding.problem, rule=name) for finding in findings]
    faults = _kind_faults(group.source, path, data)
    if any(finding.problem.check == "schema/unknown-key" for finding in findings):
        # A misspelt kind is one mistake, not two.
        faults = [fault for fault in faults if fault.check != "rule/kind"]
    if kind is None or not isinstance(data.get("record", data.get("alert")), str):
        return None, problems + faults
    for finding in findings:
        if finding.culprit is not None:
            data = _without(data, finding.culprit[len(path) :])
    layers = (Layer("the rule", group.source, path, data), *_hoisted(group, path, data, kind))
    layers += defaults
    valid = not problems and not faults
    rule = Rule(group, path, layers, merged(layers), kind, name, valid)
    return rule, problems + faults


def _hoisted(group: RuleGroup, path: Path, data: dict[str, Any], kind: str) -> tuple[Layer, ...]:
    """What is common to all kinds may stand under the kind's key, too."""
    body = data.get(kind)
    found = {key: body[key] for key in HOISTED if key in body} if isinstance(body, dict) else {}
    if kinds.KINDS.get(kind) and kinds.KINDS[kind].value is None:
        found.pop("expect", None)  # of those kinds it is their own
    return (Layer("the rule", group.source, (*path, kind), found),) if found else ()


def _given(finding: Finding, path: Path, defaults: tuple[Layer, ...]) -> bool:
    """Whether what a rule lacks is among its defaults."""
    wanted = (*finding.path[len(path) :], finding.missing)
    return bool(finding.missing and defaults) and merged(defaults, wanted) is not None


def _named(finding: Finding) -> Finding:
    """What is wrong with a duration of an alert has the ID that people look for."""
    about_value = finding.problem.check in {"schema/value", "schema/type"}
    if not about_value or finding.path[-1] not in _WAITS:
        return finding
    return replace(finding, problem=replace(finding.problem, check="alerts/for"))


def _for_kind(defaults: tuple[Layer, ...], kind: str) -> tuple[Layer, ...]:
    """What of the defaults a rule takes over: what all kinds share, and what is its kind's own."""
    if kind == "record":
        return ()
    others = kinds.KINDS.keys() - {kind}
    return tuple(
        replace(layer, data={key: value for key, value in layer.data.items() if key not in others})
        for layer in defaults
        if isinstance(layer.data, dict)
    )


def _without(data: Any, path: Path) -> Any:
    """A copy of `data` that lacks the value at `path`."""
    if not path or not isinstance(data, dict | list):
        return data
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        # Entries keep their places, so that positions stay true.
        return [
            (_without(entry, rest) if rest else None) if index == step else entry
            for index, entry in enumerate(data)
        ]
    if step not in data:
        return data
    if not rest:
        return {key: value for key, value in data.items() if key != step}
    return {**data, step: _without(data[step], rest)}


def _kind(data: dict[str, Any]) -> str | None:
    if "record" in data:
        return "record"
    return next((key for key in kinds.KINDS if key in data), None)


def _kind_faults(source: Source, path: Path, data: dict[str, Any]) -> list[Problem]:
    name = str(data.get("alert") or data.get("record") or "")
    if "alert" in data and "record" in data:
        place = source.position(path)
        message = "a rule is an alert or a recording, not both"
        return [problem.error(place, "rule/kind", message, "take `alert` or `record` away", name)]
    if "alert" not in data and "record" not in data:
        hint = "give it a name with `alert:` (or `record:` for a recording rule)"
        return [
            problem.error(source.position(path), "rule/nameless", "this rule has no name", hint)
        ]
    if "record" in data:
        return _record_faults(source, path, data, name)
    given = [key for key in kinds.KINDS if key in data]
    if not given:
        known = ", ".join(f"`{key}`" for key in kinds.KINDS)
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
    allowed = {"record", "expr", "labels", "tests", "owner", "ignore", "mutants"}
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
