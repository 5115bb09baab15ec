"""Something that the target version of Prometheus does not know.

`targets` in catalogue.yaml or tocsin.yaml say which versions the output must load in; the default
is 2.42. What is experimental there needs a flag of Prometheus, too: `targets` list those that are
set (`features: [promql-experimental-functions]`). Of plain files that no such file speaks of, only
what needs a flag is told. Labels of a group need no version: the build gives them to each rule.

Bad, for Prometheus 2.42:

    - alert: Unsteady
      expr: mad_over_time(temperature[1h]) > 5

Good:

    - alert: Unsteady
      expr: stddev_over_time(temperature[1h]) > 5
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin import features, problem
from tocsin.checks.check import Check
from tocsin.features import Feature
from tocsin.kinds import KINDS
from tocsin.model import Catalogue, Compiled, Rule, RuleGroup
from tocsin.problem import Problem, Severity
from tocsin.promql import newer
from tocsin.promql.lexer import Kind, Token, tokens

# Most expressions hold nothing of the sort, and are not looked at any closer: no such word, and
# none of these characters where they could mean anything (looked for first: that is much faster).
_WORDS = frozenset({*features.FUNCTIONS, *features.REMOVED, "anchored", "smoothed"})
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(
    r"(?=[<>\[o\d{(,:f])(?:</|>/|\[[^\]]*[-+*/%^(]|\boffset\s*[-+]?\s*[(a-z]"
    r"|\d_|[{(,]\s*[\"'`]|[\[:]\s*[\d.]+\s*[\]:]|\boffset\s*[-+]?\s*\d+(?![\w.])"
    r"|(?<![\[:\w.])\d+(?:ms|[smhdwy])|\bfill\w*\b)"
)


def _is_worth_a_look(expr: str) -> bool:
    expr = expr.lower()
    return not _WORDS.isdisjoint(_WORD.findall(expr)) or _SIGNS.search(expr) is not None


@dataclass(frozen=True)
class _Target:
    """The Prometheus that the rules are for: its version, "" if nobody says, and its flags."""

    version: str
    flags: tuple[str, ...] = ()

    def has(self, since: str) -> bool:
        return not self.version or features.reaches(self.version, since)

    def lost(self, name: str) -> bool:
        return bool(self.version) and self.has(features.REMOVED[name][0])


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per key of a group or a rule, and per function or syntax, that is too new."""
    settings = compiled.catalogue.settings
    target = _Target(_version(compiled.catalogue), settings.features)
    for group in compiled.catalogue.groups:
        yield from _keys(group, target)
    for rule in compiled.catalogue.rules:
        for key, since in features.RULE_KEYS.items():
            if key in rule.data and not target.has(since):
                place = rule.at(key, key=True)
                yield _too_new(place, f"`{key}`", since, target, rule.name)
        yield from _expressions(rule, target)


def _version(catalogue: Catalogue) -> str:
    """The target's version, "" where nobody says: a catalogue is built for the oldest, plain files
    may be for any."""
    settings = catalogue.settings
    said = settings.source.data.get("targets", {}) if settings.source else {}
    return settings.prometheus if catalogue.root is not None or "prometheus" in said else ""


def _keys(group: RuleGroup, target: _Target) -> Iterator[Problem]:
    for key, since in features.GROUP_KEYS.items():
        path = (*group.path, key)
        if group.source.get(path) is not None and not target.has(since):
            yield _too_new(group.source.position(path, key=True), f"`{key}`", since, target)


def _expressions(rule: Rule, target: _Target) -> Iterator[Problem]:
    kind = KINDS[rule.kind if rule.kind in KINDS else "expr"]
    for path, written in kind.texts(rule).items():
        if not _is_worth_a_look(written):
            continue
        found = tokens(written)
        told = set()
        for what, feature, token in _used(found):
            place = rule.at_text(path, token.start, token.end)
            if not target.has(feature.since):
                yield _too_new(place, what, feature.since, target, rule.name)
            elif feature.lacks_flag(target.version, target.flags) and what not in told:
                told.add(what)
                yield _flagged(place, what, feature, target, rule.name)
        for token in _calls(found):
            if token.text in features.REMOVED and target.lost(token.text):
                gone, successor = features.REMOVED[token.text]
                message = f"`{token.text}` is gone since Prometheus {gone}"
                place = rule.at_text(path, token.start, token.end)
                hint = f"it is called `{successor}` now"
                yield problem.error(place, CHECK.id, message, hint, rule.name)


def needed(expr: str) -> list[Feature]:
    """What an expression uses that is newer than some Prometheus."""
    if not _is_worth_a_look(expr):
        return []
    return [feature for _, feature, _ in _used(tokens(expr))]


def _used(found: list[Token]) -> Iterator[tuple[str, Feature, Token]]:
    """What an expression uses of newer versions, and where."""
    for token in _calls(found):
        if feature := features.FUNCTIONS.get(token.text):
            yield f"`{token.text}`", feature, token
    for name, token in newer.syntax(found):
        shown = name if name == newer.CALCULATED else f"`{token.text}`"
        yield shown, features.SYNTAX[name], token
    for name, token in newer.spelling(found):
        yield name, features.SYNTAX[name], token


def _calls(found: list[Token]) -> Iterator[Token]:
    """The names of functions and aggregations; `@ start()` is older than the function."""
    for index, token in enumerate(found[:-1]):
        called = found[index + 1].text.lower() in {"(", "by", "without"}
        if token.kind is Kind.WORD and called and found[index - 1].text != "@":
            yield token


def _too_new(
    place: problem.Position, what: str, since: str, target: _Target, rule: str = ""
) -> Problem:
    message = f"{what} needs Prometheus {since}, and the target is {target.version}"
    hint = "leave it out, or raise `targets` in catalogue.yaml"
    return problem.error(place, CHECK.id, message, hint, rule)


def _flagged(
    place: problem.Position, what: str, feature: Feature, target: _Target, rule: str
) -> Problem:
    message = f"{what} needs Prometheus's flag `--enable-feature={feature.flag}`"
    if target.version:
        hint = "if it is set, list it as a feature in `targets`"
        return problem.error(place, CHECK.id, message, hint, rule)
    message += f" before Prometheus {feature.stable}" if feature.stable else ""
    hint = "if it is set, say so in tocsin.yaml, `targets: {prometheus: ..., features: [...]}`"
    return problem.warning(place, CHECK.id, message, hint, rule)


CHECK = Check("promql/features", Severity.ERROR, run, __doc__, alone=True)
