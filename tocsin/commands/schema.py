"""`tocsin schema`."""

import json
from pathlib import Path

import click

from tocsin import disk, editing, load
from tocsin.commands import common

_STDOUT = Path("-")


@click.command()
@common.paths_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_STDOUT,
    help="File to write. Default: print it.",
)
def schema(paths: tuple[Path, ...], out: Path) -> None:
    """The JSON Schema of rule files, with the names of a catalogue: for completion in editors.

    It is the one in schemas/, and offers the severities, owners, alerts and metrics of the
    catalogue (default rules/) as well. Exit code: 0 done, 2 cannot run.
    """
    catalogue = load.load(common.chosen(paths)).catalogue
    if catalogue.root is None and not catalogue.rules:
        shown = ", ".join(str(path) for path in common.chosen(paths))
        raise common.cannot_run(f"there is no catalogue in {shown}", "name its folder")
    text = json.dumps(editing.schema(catalogue), indent=2, ensure_ascii=False) + "\n"
    if out == _STDOUT:
        click.echo(text, nl=False)
        return
    try:
        disk.write({out: text}, force=True)
    except OSError as exc:
        raise common.cannot_run(f"{out} cannot be written: {exc.strerror or exc}") from None
    click.echo(f"wrote {out}")
