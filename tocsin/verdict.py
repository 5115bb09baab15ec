"""What is told of all files together, from what became of each."""

from collections.abc import Iterator, Mapping

from tocsin import load
from tocsin.problem import Problem
from tocsin.report import Result
from tocsin.server import Unanswered
from tocsin.source import Source
from tocsin.together import Together
from tocsin.work import Findings, Work


def result(
    work: Work,
    findings: Mapping[str, Findings],
    sources: Mapping[str, Source],
    together: Together | None = None,
) -> Result:
    """The problems of files, of files together, and of what they share."""
    shared = work.shared
    of_files: dict[str, list[Problem]] = {}
    of_shared = list(shared.problems)
    unanswered = ""
    found = [*(together or Together()).problems(work, findings)]
    try:
        found += work.of_server(findings)
    except Unanswered as exc:
        unanswered = str(exc)
    for problem in found:
        if problem.position.file in findings:
            of_files.setdefault(problem.position.file, []).append(problem)
        else:
            of_shared.append(problem)
    if _is_empty(findings) and not of_shared:
        of_shared.append(load.nothing_there(shared))
    told = set(work.told_of_shared(of_shared))
    if shared.told is not None:
        findings = {name: done for name, done in findings.items() if name in shared.told}
    for name, done in findings.items():
        more = of_files.get(name)
        told |= work.told(name, (*done.problems, *more)) if more else done.told
    return Result(
        problems=tuple(sorted(told, key=lambda problem: problem.sort_key)),
        sources=sources,
        files=len(findings),
        rules=sum(done.rules for done in findings.values()),
        alerts=sum(done.alerts for done in findings.values()),
        now=work.now,
        unanswered=unanswered,
    )


def _is_empty(findings: Mapping[str, Findings]) -> bool:
    """Whether nobody can have meant there to be so little."""
    return not any(found.rules or found.problems or found.quiet for found in findings.values())


class Texts(Mapping[str, Source]):
    """The text of each file, decoded only for who asks: where nothing is wrong, nobody does."""

    def __init__(self, shared: Mapping[str, Source], contents: Mapping[str, bytes]) -> None:
        self._shared = shared
        self._contents = contents

    def __getitem__(self, name: str) -> Source:
        if name in self._shared:
            return self._shared[name]
        text = self._contents[name].decode("utf-8-sig", "replace")
        return Source(name, text.replace("\r\n", "\n"))

    def __iter__(self) -> Iterator[str]:
        return iter({**self._shared, **self._contents})

    def __len__(self) -> int:
        return sum(1 for _ in self)
