"""What `tocsin lint` does: as `pipeline.run`, for who wants to know only what is wrong.

Files that have become nothing new since they were kept are not looked at; the others are done by
several processes where there are enough of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tocsin import crew, load, report, verdict
from tocsin.crew import Crew
from tocsin.keep import ENOUGH, Entry, Keep
from tocsin.known import NOTHING, Known, Outline
from tocsin.load import Shared
from tocsin.report import Result
from tocsin.server import Prometheus
from tocsin.together import Together
from tocsin.work import Work

Outlines = Mapping[str, Outline]


@dataclass(frozen=True)
class Linted:
    """What is wrong with the paths, and what there is in their files, by the settings that they
    have ("" for none). missing: a path that was asked for does not exist."""

    result: Result
    outlines: Outlines
    missing: bool


@dataclass(frozen=True)
class How:
    """keep: the folder of the cache, None for none. always: also where little is to be kept.
    jobs: how many processes, None for as many as are worth it. prometheus: the server to ask."""

    keep: Path | None = None
    always: bool = False
    jobs: int | None = None
    prometheus: Prometheus | None = None


def lint(
    paths: Iterable[Path], how: How, *, now: datetime | None = None, before: Outlines | None = None
) -> Linted:
    """Checks what is under `paths`, after a change to what was there `before`. Never raises for
    bad input; raises CannotAsk where there is no server to ask."""
    now, before = now or datetime.now(UTC), before or {}
    outlines: dict[str, Outline] = {}
    results = []
    missing = False
    for shared in load.worlds(paths):
        settings = shared.catalogue.settings.source
        name = str(Path(settings.name).resolve()) if settings else ""
        result, outlines[name] = _world(shared, how, now, before.get(name, NOTHING))
        results.append(result)
        missing |= shared.missing
    return Linted(report.together(results), outlines, missing)


def _world(shared: Shared, how: How, now: datetime, before: Outline) -> tuple[Result, Outline]:
    """What is wrong with the files of one settings file."""
    contents = {str(path): load.content(path) for path in shared.files}
    texts = {name: found for name, found in contents.items() if isinstance(found, bytes)}
    settings = shared.catalogue.settings.lint.prometheus
    server = how.prometheus.server(settings) if how.prometheus else None
    work = Work(
        shared, now, building=False, keeping=False, contents=contents, network=True, server=server
    )
    wanted = how.always or sum(map(len, texts.values())) >= ENOUGH
    # What is asked of a server is not kept, and to ask takes longer than to look at files.
    keep = Keep(how.keep, shared) if how.keep and wanted and not server else None
    keys = {name: keep.key(name, content) for name, content in texts.items()} if keep else {}
    kept = {
        name: entry
        for name, entry in (keep.entries.items() if keep else ())
        if keys.get(name) == entry.key
    }
    sizes = {name: len(texts.get(name, b"")) for name in contents if name not in kept}
    jobs = how.jobs or crew.helpers(sum(sizes.values()))
    with Crew(work, sizes, jobs) as hands:
        outlines = hands.outlines() | {name: entry.outline for name, entry in kept.items()}
        known = Known.of((outlines[name] for name in contents), work.runbooks, before)
        stale = [name for name, entry in kept.items() if not entry.holds(known, now)]
        fresh = hands.findings(known, stale)
    done = {name: entry.done for name, entry in kept.items()} | fresh
    findings = {name: done[name].findings for name in contents}
    told = {name: text for name, text in texts.items() if _is_told(name, shared)}
    together = Together(keys, keep.common, keep.judged) if keep else Together()
    result = verdict.result(work, findings, verdict.Texts(shared.sources, told), together)
    if keep and (fresh or together.is_new):
        entries = {name: Entry(key, outlines[name], done[name], now) for name, key in keys.items()}
        keep.save(entries, together.judged)
    return result, known.outline


def _is_told(name: str, shared: Shared) -> bool:
    return shared.told is None or name in shared.told
