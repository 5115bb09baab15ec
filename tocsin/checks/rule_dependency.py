"""A recording that reads what another group records; a rule that reads what is gone.

Groups are evaluated apart, each at its own time in the interval. In one group the rules run one
after the other, so that a later one reads what an earlier one has just recorded; of another group
it sees the last round. Alerts are not told: a round more or less seldom matters to them. Nor are
recordings of a constant.

With `--since`, a recording or an alert that the change has removed is told of wherever a rule still
reads it, by its name or by `ALERTS{alertname="..."}`: such a rule never finds anything again.

`ignore` in the `lint` section lists series for which the lag is fine, as regular expressions:

    lint: {checks: {rule/dependency: {ignore: ["slo:.*"]}}}

Bad, where a file with another group records `job:errors:rate5m`:

    - record: job:errors:ratio5m
      expr: job:errors:rate5m / job:requests:rate5m

Good:

    - record: job:failures:rate5m
      expr: sum by (job) (rate(failures_total[5m]))
    - record: job:failures:ratio5m
      expr: job:failures:rate5m / job:requests:rate5m
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tocsin import demands, problem
from tocsin.checks.check import Across, Check
from tocsin.model import Compiled, Recording, Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.promql.lexer import Kind, tokens
from tocsin.promql.outcome import OF_STATE
from tocsin.promql.parse import parse
from tocsin.promql.tree import Matcher, Selector
from tocsin.written import Expression, expressions


class Recorded(NamedTuple):
    """A recording that a person wrote: what it records, where, and which series it reads."""

    output: int  # its index among the file's
    group: str
    name: str
    reads: tuple[str, ...]


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule and name that the change has removed."""
    gone = compiled.known.gone
    for expression in expressions(compiled) if gone else ():
        told = set()
        for node in expression.nodes:
            for kind, name, place in _reads(node) if isinstance(node, Selector) else ():
                if kind in gone.get(name, ()) and (kind, name) not in told:
                    told.add((kind, name))
                    yield _missed(expression, kind, name, place)


Read = tuple[str, str, tuple[Selector | Matcher, str]]  # what, its name, and what says so


def _reads(node: Selector) -> Iterator[Read]:
    """What a selector reads of other rules' results."""
    if node.name in OF_STATE:
        for matcher in node.matchers:
            if matcher.label == "alertname" and matcher.sign == "=":
                yield "alert", matcher.value, (matcher, "")
    elif node.name:
        yield "recording", node.name, (node, "name")


def _missed(
    expression: Expression, kind: str, name: str, place: tuple[Selector | Matcher, str]
) -> Problem:
    message = f"the change has removed the {kind} `{name}`, which this reads"
    hint = "keep it, or mend this"
    return problem.warning(expression.at(*place), CHECK.id, message, hint, expression.rule.name)


def gather(compiled: Compiled) -> tuple[Recorded, ...]:
    """The recordings of a file."""
    return tuple(
        Recorded(
            index, output.rule.group.name, output.record, tuple(sorted(parse(output.expr).metrics))
        )
        for index, output in enumerate(compiled.outputs)
        if isinstance(output, Recording) and output.rule.kind == "record"
    )


def judge(
    gathered: Mapping[str, tuple[Recorded, ...]], part: Callable[[str], Compiled]
) -> Iterator[Problem]:
    """A problem per series that is only recorded in other groups, and not a constant."""
    homes: dict[str, dict[tuple[str, str], int]] = {}
    for file, recordings in gathered.items():
        for found in recordings:
            if found.reads:
                homes.setdefault(found.name, {}).setdefault((file, found.group), found.output)
    for file, recordings in gathered.items():
        for found in recordings:
            for name in found.reads:
                if name in homes and (file, found.group) not in homes[name]:
                    yield from _told(part, file, found, name, homes[name])


def _told(
    part: Callable[[str], Compiled],
    file: str,
    found: Recorded,
    name: str,
    homes: dict[tuple[str, str], int],
) -> Iterator[Problem]:
    compiled = part(file)
    rule = compiled.outputs[found.output].rule
    ignored = compiled.catalogue.options(CHECK.id, rule).get("ignore", ())
    if any(demands.matches(pattern, name, rule) for pattern in ignored):
        return
    (other, group), index = next(iter(homes.items()))
    home = part(other).outputs[index].rule
    where = f"{home.source.name}:{home.at().line}"
    message = f"`{name}` is recorded in the group `{group}` ({where}): this reads its last round"
    hint = "record both in one group, in this order"
    yield problem.warning(_place(rule, name), CHECK.id, message, hint, rule.name)


def _place(rule: Rule, name: str) -> Position:
    for token in tokens(rule.text("expr")):
        if token.text == name and token.kind is Kind.WORD:
            return rule.at_text(("expr",), token.start, token.end)
    return rule.at("expr")


CHECK = Check("rule/dependency", Severity.WARNING, run, __doc__, across=Across(gather, judge))
