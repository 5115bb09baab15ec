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

import re
from collections.abc import Iterator
from pathlib import Path

from tocsin import problem, suggest
from tocsin.checks.check import Check
from tocsin.model import Compiled, Rule
from tocsin.problem import Problem, Severity

FOLDER = Path("docs/runbooks")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_NAMED = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)[\"']")
_DROPPED = re.compile(r"[^\w\- ]")


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per rule whose runbook is not there."""
    root = compiled.catalogue.root
    folder = root.resolve().parent / FOLDER if root else None
    if folder is None or not folder.is_dir():
        return
    anchors: dict[Path, set[str] | None] = {}
    for rule in compiled.catalogue.rules:
        written = rule.text("runbook")
        if written and not written.startswith(("http://", "https://")):
            yield from _look_up(rule, written, folder, anchors)


def _look_up(
    rule: Rule, written: str, folder: Path, anchors: dict[Path, set[str] | None]
) -> Iterator[Problem]:
    page, _, anchor = written.partition("#")
    path = folder / page
    if path not in anchors:
        anchors[path] = _anchors(path) if path.is_file() else None
    known = anchors[path]
    if known is None:
        near = suggest.hint(page, (found.name for found in folder.glob("*.md")))
        message = f"there is no runbook page {FOLDER.as_posix()}/{page}"
        place = rule.at_text(("runbook",), 0, len(page))
        yield problem.error(place, CHECK.id, message, near or "write it", rule.name)
    elif anchor and anchor not in known:
        near = suggest.hint(anchor, known)
        message = f"{FOLDER.as_posix()}/{page} has no heading `#{anchor}`"
        place = rule.at_text(("runbook",), len(page) + 1, len(written))
        yield problem.error(place, CHECK.id, message, near, rule.name)


def _anchors(page: Path) -> set[str]:
    """The anchors of a Markdown page, as GitHub makes them of its headings."""
    text = page.read_text(encoding="utf-8", errors="replace")
    slugs = {
        _DROPPED.sub("", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)
    }
    return slugs | set(_NAMED.findall(text))


CHECK = Check("alerts/runbook", Severity.ERROR, run, __doc__)
