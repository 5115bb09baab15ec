"""A recording that reads what another group records: it sees values of the other's last round.

Groups are evaluated apart, each at its own time in the interval. In one group the rules run one
after the other, so that a later one reads what an earlier one has just recorded. Alerts are not
told: a round more or less seldom matters to them. Nor are recordings of a constant.

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
from tocsin.promql.selectors import names


class Recorded(NamedTuple):
    """A recording that a person wrote: what it records, where, and which series it reads."""

    output: int  # its index among the file's
    group: str
    name: str
    reads: tuple[str, ...]


def gather(compiled: Compiled) -> tuple[Recorded, ...]:
    """The recordings of a file."""
    return tuple(
        Recorded(index, output.rule.group.name, output.record, tuple(sorted(names(output.expr))))
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


CHECK = Check(
    "rule/dependency", Severity.WARNING, documentation=__doc__, across=Across(gather, judge)
)
