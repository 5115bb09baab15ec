"""`tocsin import`."""

import sys
from pathlib import Path

import click

from tocsin import disk
from tocsin.commands import common
from tocsin.importing import documents, home, rules
from tocsin.importing.home import Home
from tocsin.importing.rules import Imported
from tocsin.problem import Severity
from tocsin.report import Result

_STDIN = _STDOUT = Path("-")


@click.command(name="import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=common.DEFAULT_CATALOGUE,
    show_default=True,
    help="Folder to write to; `-` prints the one group that FILE holds.",
)
@click.option("--owner", default="", metavar="NAME", help="Who answers for the rules.")
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
def import_rules(paths: tuple[Path, ...], out: Path, owner: str, force: bool) -> None:
    """Turns Prometheus rule files and PrometheusRule resources into catalogue YAML.

    FILE `-` is standard input. Writes one file per group, with its comments, and catalogue.yaml
    where there is none. Thresholds, absences and ratios are recognised where compiling them gives
    just the original; everything else stays as it is. Exit code: 0 all kept, 1 something could not
    be kept (it is told), 2 cannot run.
    """
    read = [documents.read(str(path), _content(path)) for path in paths]
    folder = common.DEFAULT_CATALOGUE if out == _STDOUT else out
    try:
        target = home.find(folder, owner)
    except home.UnknownOwner as exc:
        message = f"the owner `{owner}` is not declared in catalogue.yaml"
        raise common.cannot_run(message, str(exc) or "declare it under `owners`") from None
    result = rules.imported(read, target)
    if result.problems:
        sources = {file.whole.name: file.whole for file in read}
        ordered = tuple(sorted(set(result.problems), key=lambda found: found.sort_key))
        told = Result(ordered, sources, len(read), result.rules, result.alerts)
        common.tell(told, "text", to_stderr=True)
    _hand_over(result, target, to_stdout=out == _STDOUT, force=force)
    lost = any(found.severity > Severity.INFO for found in result.problems)
    raise SystemExit(common.FOUND if lost else common.CLEAN)


def _content(path: Path) -> bytes:
    try:
        if path == _STDIN:
            return sys.stdin.buffer.read()
        return path.read_bytes()
    except OSError as exc:
        raise common.cannot_run(f"{path} cannot be read: {exc.strerror or exc}") from None


def _hand_over(result: Imported, target: Home, *, to_stdout: bool, force: bool) -> None:
    if not result.groups:
        click.echo("nothing was written", err=True)
        raise SystemExit(common.FOUND)
    kinds = ", ".join(f"{count} {kind}" for kind, count in result.kinds.items())
    if to_stdout:
        texts = [text for path, text in result.files.items() if path.parent == target.folder]
        if result.groups > 1:
            message = f"{result.groups} groups make as many files, which standard output is not"
            raise common.cannot_run(message, "name a folder with --out")
        click.echo(texts[0], nl=False)
    else:
        _write(result, force=force)
    done = f"{_n(result.rules, 'rule')} of {_n(result.groups, 'group')} became {kinds}"
    click.echo(done, err=to_stdout)
    if not to_stdout:
        written = _n(len(result.files), "file")
        click.echo(f"wrote {written} to {target.folder}; `tocsin lint {target.root}` checks them")


def _write(result: Imported, *, force: bool) -> None:
    try:
        disk.write(result.files, force=force)
    except disk.Exists as exc:
        present = "\n  ".join(str(path) for path in exc.paths)
        hint = "--force overwrites; --out names another folder. Nothing was written"
        raise common.cannot_run(f"already there, and different:\n  {present}", hint) from None
    except OSError as exc:
        message = f"{exc.filename} cannot be written: {exc.strerror or exc}"
        raise common.cannot_run(message, "nothing was written") from None


def _n(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
