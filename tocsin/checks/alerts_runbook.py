"""A runbook page, or an anchor in it, that does not exist.

A `runbook` such as `host.md#cpu` names a page of `docs/runbooks/` beside the catalogue (where
that folder exists), and a heading in it as GitHub makes anchors of headings.

Bad, where the page has no such heading:

    - alert: HostDown
      expr: up == 0
      runbook: host.md#donw

Good:

    - alert: HostDown
      expr: up == 0
      runbook: host.md#down
"""

from collections.abc import Iterator, Mapping

from tocsin import problem, suggest
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity
from tocsin.runbooks import FOLDER, THERE


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule whose runbook is not there."""
    runbooks = compiled.known.runbooks
    if THERE not in runbooks:
        return
    for rule in compiled.catalogue.rules:
        written = rule.text("runbook")
        if written and not written.startswith(("http://", "https://")):
            yield from _look_up(rule, written, runbooks)


def _look_up(rule: Rule, written: str, runbooks: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    page, _, anchor = written.partition("#")
    known = runbooks.get(page)
    if known is None:
        near = suggest.hint(page, runbooks)
        message = f"there is no runbook page {FOLDER.as_posix()}/{page}"
        place = rule.at_text(("runbook",), 0, len(page))
        yield problem.error(place, CHECK.id, message, near or "write it", rule.name)
    elif anchor and anchor not in known:
        near = suggest.hint(anchor, known)
        message = f"{FOLDER.as_posix()}/{page} has no heading `#{anchor}`"
        place = rule.at_text(("runbook",), len(page) + 1, len(written))
        yield problem.error(place, CHECK.id, message, near, rule.name)


CHECK = Check("alerts/runbook", Severity.ERROR, run, __doc__, alone=True)
