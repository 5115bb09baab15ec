"""Something that the target version of Prometheus does not know.

The catalogue's `targets` say which versions the output must load in; the default is 2.42. Labels of
a group need no version: the build gives them to each rule.

Bad, for Prometheus 2.42:

    - alert: Unsteady
      expr: mad_over_time(temperature[1h]) > 5

Good:

    - alert: Unsteady
      expr: stddev_over_time(temperature[1h]) > 5
"""

import re
from collections.abc import Iterator

from tocsin import features, problem
from tocsin.checks.check import Check
from tocsin.kinds import KINDS
from tocsin.model import Compiled, Rule, RuleGroup
from tocsin.problem import Problem, Severity
from tocsin.promql.lexer import Kind, Token, tokens

_NAMES = re.compile("|".join(map(re.escape, (*features.FUNCTIONS, *features.REMOVED))))


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per key of a group or a rule, and per function, that is too new."""
    if compiled.catalogue.settings.source is None:
        return  # plain files of which nobody says what they are for
    target = compiled.catalogue.settings.prometheus
    for group in compiled.catalogue.groups:
        yield from _keys(group, target)
    for rule in compiled.catalogue.rules:
        for key, since in features.RULE_KEYS.items():
            if key in rule.data and not features.reaches(target, since):
                place = rule.at(key, key=True)
                yield _too_new(place, f"`{key}`", since, target, rule.name)
        yield from _functions(rule, target)


def _keys(group: RuleGroup, target: str) -> Iterator[Problem]:
    for key, since in features.GROUP_KEYS.items():
        path = (*group.path, key)
        if group.source.get(path) is not None and not features.reaches(target, since):
            yield _too_new(group.source.position(path, key=True), f"`{key}`", since, target)


def _functions(rule: Rule, target: str) -> Iterator[Problem]:
    kind = KINDS[rule.kind if rule.kind in KINDS else "expr"]
    for path, written in kind.texts(rule).items():
        if not _NAMES.search(written):
            continue
        for token in _calls(written):
            if token.text not in features.FUNCTIONS and token.text not in features.REMOVED:
                continue
            place = rule.at_text(path, token.start, token.end)
            since = features.FUNCTIONS.get(token.text)
            if since and not features.reaches(target, since):
                yield _too_new(place, f"`{token.text}`", since, target, rule.name)
            gone, successor = features.REMOVED.get(token.text, ("", ""))
            if gone and features.reaches(target, gone):
                message = f"`{token.text}` is gone since Prometheus {gone}"
                hint = f"it is called `{successor}` now"
                yield problem.error(place, CHECK.id, message, hint, rule.name)


def _calls(written: str) -> Iterator[Token]:
    found = tokens(written)
    for index, token in enumerate(found[:-1]):
        follows = found[index + 1].text.lower()
        if token.kind is Kind.WORD and follows in {"(", "by", "without"}:
            yield token


def _too_new(
    place: problem.Position, what: str, since: str, target: str, rule: str = ""
) -> Problem:
    message = f"{what} needs Prometheus {since}, and the target is {target}"
    hint = "leave it out, or raise `targets` in catalogue.yaml"
    return problem.error(place, CHECK.id, message, hint, rule)


CHECK = Check("promql/features", Severity.ERROR, run, __doc__)
