"""`python -m dashboards`: writes, checks, asks and draws the dashboards of a catalogue."""

import json
import sys
from pathlib import Path

import click

from dashboards import files
from dashboards.watched import CatalogueError, watched

RULES = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules"),
    show_default=True,
    help="The catalogue whose limits and links are drawn.",
)
FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("deploy/grafana/dashboards"),
    show_default=True,
    help="Where the dashboards are.",
)
PROMETHEUS = click.option(
    "--prometheus", default="http://127.0.0.1:9090", show_default=True, help="Whom to ask."
)


@click.group()
def main() -> None:
    """Grafana dashboards, made from a catalogue of rules."""


@main.command()
@RULES
@FOLDER
@click.option("--check", is_flag=True, help="Write nothing; fail if the files are not current.")
def build(rules: Path, folder: Path, check: bool) -> None:
    """Write the dashboards as files that Grafana provisions."""
    try:
        made = files.made(watched(rules))
    except CatalogueError as error:
        click.echo(f"dashboards: {error}", err=True)
        sys.exit(1)
    if not check:
        files.write(made, folder)
        click.echo(f"wrote {len(made)} dashboards to {folder}")
        return
    stale = files.stale(made, folder)
    for name in stale:
        click.echo(f"{folder / name} is not what the catalogue says: run `make dashboards`")
    sys.exit(1 if stale else 0)


@main.command()
@FOLDER
@PROMETHEUS
def ask(folder: Path, prometheus: str) -> None:
    """Ask Prometheus every query of every panel, and tell which have no answer."""
    from dashboards.ask import Asked, ask_all  # noqa: PLC0415 - requests is for this only

    boards = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    found: list[Asked] = []
    for one in ask_all(boards, prometheus):
        found.append(one)
        click.echo(one.line())
    bad = [one for one in found if not one.fine]
    click.echo(f"{len(found)} queries, {len(bad)} without the answer they should have")
    sys.exit(1 if bad or not found else 0)


@main.command()
@FOLDER
@PROMETHEUS
@click.option("--minutes", default=60, show_default=True, help="How far back.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/images"))
def draw(folder: Path, prometheus: str, minutes: int, out: Path) -> None:
    """Draw each dashboard as a PNG from the answers to its own queries."""
    from dashboards.draw import draw_all  # noqa: PLC0415 - matplotlib is slow to load

    boards = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    for path in draw_all(boards, prometheus, minutes, out):
        click.echo(f"drew {path}")


if __name__ == "__main__":
    main()
