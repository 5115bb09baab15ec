"""`tocsin test --mutate`: the mutants of the rules whose tests pass, judged by these tests."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tocsin.commands import progress
from tocsin.problem import Problem
from tocsin.testing import run
from tocsin.testing.cases import Scope
from tocsin.testing.mutation import trial
from tocsin.testing.mutation.explained import Tally
from tocsin.testing.mutation.mutant import mutants


def judged(tool: Path, scope: Scope, failures: Sequence[Problem]) -> Tally:
    """What the tests notice. Rules of which a test fails are left out: mend them first."""
    failed = {(problem.position.file, problem.rule) for problem in failures}
    batches = [
        batch
        for batch in run.batches(scope.cases)
        if (batch.rule.source.name, batch.rule.name) not in failed
    ]
    trials = trial.trials(scope.compiled, batches)
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-test-") as folder,
        progress.counter(sum(len(one.mutants) for one in trials), "mutants") as count,
    ):
        bench = run.Bench(tool, scope.compiled, Path(folder))
        for verdict in run.parallel(lambda one: one.run(bench), trials):
            tally.add(verdict.mutants, verdict.noticed)
            count(len(verdict.mutants))
    _add_untested(tally, scope)
    return tally


def _add_untested(tally: Tally, scope: Scope) -> None:
    """The rules that no test is about: nobody would notice any of their mutants."""
    tested = {(case.rule.source.name, case.rule.path) for case in scope.cases}
    tested |= {(mutant.rule.source.name, mutant.rule.path) for mutant in tally.known.values()}
    for rule in scope.compiled.catalogue.rules:
        if (rule.source.name, rule.path) in tested:
            continue
        if found := mutants(rule, scope.compiled):
            tally.untested.append((rule, len(found)))
