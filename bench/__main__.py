"""`python -m bench [NAME...]`: measures, prints each table, writes docs/benchmarks/."""

import signal
import tempfile
from pathlib import Path
from types import FrameType

import click

from bench import report
from bench.measure import Failed
from bench.options import Options
from bench.registry import BENCHES

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DOCS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)), metavar="[NAME]...")
@click.option("--rounds", default=5, show_default=True, help="How often each command is measured.")
@click.option(
    "--scale", default=1.0, show_default=True, help="Part of the full size; for a quick look."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=DOCS,
    help="Folder for tables and pictures; default docs/benchmarks.",
)
def main(names: tuple[str, ...], rounds: int, scale: float, out: Path) -> None:
    """Runs the benchmarks NAME, or all of them."""
    for name in names or BENCHES:
        with tempfile.TemporaryDirectory(prefix=f"tocsin-bench-{name}-") as scratch:
            try:
                found = BENCHES[name](Options(rounds, scale, Path(scratch)))
            except Failed as exc:
                raise click.ClickException(str(exc)) from None
        click.echo(f"{found.title}\n\n{found.table()}\n")
        page = report.write(found, out, f"make bench ARGS={name}")
        click.echo(f"wrote {page}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # stopping takes seconds: let it finish
    raise KeyboardInterrupt


if __name__ == "__main__":
    for each in SIGNALS:
        signal.signal(each, _interrupt)
    main()
