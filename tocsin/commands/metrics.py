"""`tocsin metrics`."""

import re
import sys
from pathlib import Path

import click

from tocsin import disk, fetch
from tocsin.commands import common
from tocsin.importing import exposition, metricsfile
from tocsin.importing.exposition import Exposed
from tocsin.importing.metricsfile import Merged, Unmergeable
from tocsin.load.files import METRICS
from tocsin.report import Result

_STDIN = _STDOUT = "-"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@click.group()
def metrics() -> None:
    """The metrics that a catalogue knows: rules/metrics/*.yaml."""


@metrics.command(name="import")
@click.argument("page", metavar="FILE|URL")
@click.option(
    "--out",
    metavar="FILE",
    help="File to write; `-` prints. Default: NAME.yaml in rules/metrics.",
)
@click.option(
    "--exposed-by",
    "name",
    default="",
    metavar="NAME",
    help="The exporter or daemon. Default: what the page says of itself, else FILE's name.",
)
@click.option(
    "--label-drop",
    multiple=True,
    metavar="LABEL",
    help="A further label of the target, to leave out; may be given again.",
)
@click.option("--force", is_flag=True, help="Write the file anew instead of adding to it.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10,
    metavar="SEC",
    show_default=True,
    help="How long to wait for URL.",
)
def import_metrics(
    page: str, out: str | None, name: str, label_drop: tuple[str, ...], force: bool, timeout: float
) -> None:
    """Declares the metrics that a /metrics page exposes.

    The page is a FILE, `-` (standard input) or a URL, in Prometheus's text format or OpenMetrics.
    A file that exists keeps what people wrote: only metrics, labels and help that it lacks are
    added. Exit code: 0 done, 1 the page contradicts the file (it is told), 2 cannot run.
    """
    exposed = _exposed(page, _content(page, timeout), frozenset(label_drop))
    name = name or exposed.program or _stem(page)
    path = Path(out) if out else _default(name)
    if out == _STDOUT:
        click.echo(metricsfile.new(exposed, name), nl=False)
        return
    merged = None if force else _merged(path, exposed)
    text = merged.text if merged else metricsfile.new(exposed, name)
    try:
        disk.write({path: text}, force=True)
    except OSError as exc:
        raise common.cannot_run(f"{path} cannot be written: {exc.strerror or exc}") from None
    _tell(path, exposed, merged)
    raise SystemExit(common.FOUND if merged and merged.problems else common.CLEAN)


def _content(page: str, timeout: float) -> bytes:
    try:
        if page == _STDIN:
            return sys.stdin.buffer.read()
        return fetch.get(page, timeout) if fetch.is_url(page) else Path(page).read_bytes()
    except fetch.Unreachable as exc:
        raise common.cannot_run(f"{page} cannot be fetched: {exc}") from None
    except OSError as exc:
        raise common.cannot_run(f"{page} cannot be read: {exc.strerror or exc}") from None


def _exposed(page: str, content: bytes, dropped: frozenset[str]) -> Exposed:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise common.cannot_run(f"{page}:{line} is not UTF-8: this is no metrics page") from None
    try:
        exposed = exposition.metrics(text, exposition.TARGET_LABELS | dropped)
    except exposition.Broken as exc:
        message = f"{page}:{exc.line} is no line of a metrics page"
        raise common.cannot_run(f"{message}: {exc}" if str(exc) else message, _hint(text)) from None
    if not exposed.metrics and exposed.odd:
        names = ", ".join(f"`{name}`" for name in exposed.odd[:5])
        message = f"{page} exposes no metrics whose names a catalogue can hold: {names}"
        raise common.cannot_run(message, "letters, digits, `_` and `:` make a name")
    if not exposed.metrics:
        raise common.cannot_run(f"{page} exposes no metrics", _hint(text))
    for odd in exposed.odd:
        click.echo(f"left out: `{odd}`, a name that rules cannot use as it is", err=True)
    return exposed


def _hint(text: str) -> str:
    return "this is a web page: is it the address of /metrics?" if text.lstrip()[:1] == "<" else ""


def _stem(page: str) -> str:
    return "" if page == _STDIN or fetch.is_url(page) else Path(page).stem


def _default(name: str) -> Path:
    stem = _UNSAFE.sub("-", name).strip("-")
    if not stem:
        raise common.cannot_run("what exposes these metrics?", "say it with --exposed-by NAME")
    return common.DEFAULT_CATALOGUE / METRICS / f"{stem}.yaml"


def _merged(path: Path, exposed: Exposed) -> Merged | None:
    """The file with what it lacks, None where there is no file."""
    try:
        return metricsfile.merged(str(path), path.read_bytes(), exposed)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise common.cannot_run(f"{path} cannot be read: {exc.strerror or exc}") from None
    except Unmergeable as exc:
        for found in exc.problems:
            click.echo(f"{found.position.file}:{found.position.line}: {found.message}", err=True)
        raise common.cannot_run(str(exc), "--force writes it anew, and loses edits") from None


def _tell(path: Path, exposed: Exposed, merged: Merged | None) -> None:
    total = len(exposed.metrics)
    if merged is None:
        click.echo(f"wrote {path}: {total} metric{'' if total == 1 else 's'}")
        return
    if merged.problems:
        sources = {merged.source.name: merged.source}
        common.tell(Result(merged.problems, sources, 1, 0, 0), "text", to_stderr=True)
    known = total - merged.added
    click.echo(f"wrote {path}: {merged.added} new metrics, {known} known already")
