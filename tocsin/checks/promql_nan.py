"""A division inside an aggregation, where one zero spoils the whole result.

`x / 0` is infinite, `0 / 0` and `x % 0` are NaN. `sum`, `avg`, `stddev` and `stdvar` of numbers of
which one is infinite or NaN are so, too, and hide what all other series say. What is divided by is
underlined. A divisor that cannot be 0 is right: `> 0` drops such series first, `clamp_min` raises
them. `min`, `max`, `count`, `quantile` and `topk` can live with such values.

Bad:

    - record: job:errors:ratio
      expr: avg by (job) (errors / requests)

Good:

    - record: job:errors:ratio
      expr: avg by (job) (errors / (requests > 0))

Good, since nothing is aggregated after the division:

    - record: job:errors:ratio
      expr: sum by (job) (errors) / sum by (job) (requests)

Bad, since the recorded series are divisions:

    - record: instance:errors:ratio
      expr: errors / requests
    - record: job:errors:ratio
      expr: avg by (job) (instance:errors:ratio)
"""

from collections.abc import Iterator, Mapping

from tocsin import problem
from tocsin.checks.check import Check
from tocsin.known import Recorded
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity
from tocsin.promql import tree
from tocsin.promql.flow import Flows
from tocsin.promql.parse import parse
from tocsin.promql.tree import Node
from tocsin.written import Expression, expressions

_SPOILED = {"sum", "avg", "stddev", "stdvar"}
_COUNTING = {"count", "group", "count_values"}
_WITHOUT_VALUES = {"absent", "absent_over_time", "present_over_time", "count_over_time"}
_WITHOUT_VALUES |= {"timestamp", "changes", "resets"}


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per division, or series recorded from one, that an aggregation takes in."""
    sources = _Sources(compiled.known.recorded)
    for expression in expressions(compiled):
        yield from _of(expression, sources)


def _of(expression: Expression, sources: "_Sources") -> Iterator[Problem]:
    told: set[Node] = set()
    for node in expression.nodes:
        if isinstance(node, tree.Aggregation) and node.name in _SPOILED:
            for source in sources.within(node.inner, expression.flows):
                if source not in told:
                    told.add(source)
                    yield _told(expression, node, source)


def _told(expression: Expression, node: tree.Aggregation, source: Node) -> Problem:
    if isinstance(source, tree.Binary):
        shown = expression.text(source.right)
        message = f"`{node.name}` is spoilt as soon as one of `{shown}` is 0"
        hint = f"leave those out first: `({expression.text(tree.bare(source.right))} > 0)`"
        place = expression.at(source.right)
    else:
        assert isinstance(source, tree.Selector)  # noqa: S101 # the only other source
        message = (
            f"`{node.name}` is spoilt as soon as one of `{source.name}` is not finite: "
            "its recording rule divides"
        )
        hint, place = "leave out what is divided by 0 there", expression.at(source)
    return problem.warning(place, CHECK.id, message, hint, expression.rule.name)


class _Sources:
    """Where values that are infinite or not a number can come from."""

    def __init__(self, recorded: Mapping[str, tuple[Recorded, ...]]) -> None:
        self._recorded = recorded
        self._known: dict[str, bool] = {}

    def within(self, node: Node, flows: Flows) -> Iterator[Node]:
        """The divisions, and selectors of series recorded from some, whose values come through."""
        match node:
            case tree.Binary(operator="and" | "unless"):
                yield from self.within(node.left, flows)
            case tree.Binary(truth=True):  # 0 or 1
                return
            case tree.Binary():
                divides = node.operator in {"/", "%"}
                if divides and any(b.numbers.may_be_zero for b in flows.branches(node.right)):
                    yield node
                for side in node.children:
                    yield from self.within(side, flows)
            case tree.Aggregation() if node.name not in _COUNTING:
                yield from self.within(node.inner, flows)
            case tree.Call() if node.name not in _WITHOUT_VALUES:
                for argument in node.arguments:
                    yield from self.within(argument, flows)
            case tree.Paren() | tree.Negative() | tree.Subquery():
                yield from self.within(node.inner, flows)
            case tree.Selector() if self._divides(node.name, flows):
                yield node

    def _divides(self, name: str, flows: Flows) -> bool:
        """Whether a recorded series may hold such values."""
        if name not in self._known:
            self._known[name] = False  # a circle brings nothing new
            roots = [parse(expr).tree for expr, _ in self._recorded.get(name, ())]
            self._known[name] = bool(roots) and all(
                root is not None and any(True for _ in self.within(root, flows)) for root in roots
            )
        return self._known[name]


CHECK = Check("promql/nan", Severity.WARNING, run, __doc__)
