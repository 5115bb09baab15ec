"""A rule whose keys are not in the order that they have in the documentation.

That is `alert`, what it asserts, `for`, `labels`, `annotations` for a plain rule; of a catalogue's
rules it is the order of schemas/rules.schema.json, name first, tests last. It is a matter of taste,
so the check waits to be asked for. `tocsin lint --fix` puts the keys in order, each with its
comments.

    lint:
      checks:
        rule/order: info

Bad, with that section:

    - expr: up == 0
      alert: HostDown

Good:

    - alert: HostDown
      expr: up == 0
"""

from collections.abc import Iterator
from functools import cache

from tocsin import edits, problem, resources
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule, at the first key that comes too late."""
    for rule in compiled.catalogue.rules:
        order = _order("plain_rule" if rule.group.plain else "rule")
        written = [str(key) for key in rule.layers[0].data]
        if not set(written) <= order.keys():
            continue  # a key that is not known has no place
        wanted = sorted(written, key=order.__getitem__)
        if written != wanted:
            yield _problem(rule, written, wanted)


def _problem(rule: Rule, written: list[str], wanted: list[str]) -> Problem:
    late = next(key for key, right in zip(written, wanted, strict=True) if key != right)
    place = rule.at(late, key=True)
    after = wanted[wanted.index(late) - 1]
    message = f"`{late}` stands before `{after}`"
    hint = f"the order is {', '.join(f'`{key}`' for key in wanted)}"
    found = problem.info(place, CHECK.id, message, hint, rule.name)
    return problem.fixable(found, edits.in_order(rule.source, rule.path, wanted))


@cache
def _order(shape: str) -> dict[str, int]:
    """The place of each key in a rule."""
    keys = resources.schema("rules")["$defs"][shape]["properties"]
    return {key: place for place, key in enumerate(keys)}


CHECK = Check("rule/order", Severity.INFO, run, __doc__, opt_in=True, alone=True)
