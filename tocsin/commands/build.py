"""`tocsin build`."""

from dataclasses import replace
from pathlib import Path

import click

from tocsin import emit, pipeline, timelapse
from tocsin.commands import common
from tocsin.emit import names, output
from tocsin.model import Compiled
from tocsin.testing import generate, promtool_files


@click.command()
@click.argument("catalogue", type=click.Path(path_type=Path), default=common.DEFAULT_CATALOGUE)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("compiled"),
    show_default=True,
    help="Folder to write; replaced as a whole, or not at all.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if the folder is stale.")
@click.option("--relay-url", help="The relay's webhook, instead of the catalogue's `relay_url`.")
@click.option(
    "--credentials-file", help="File with Alertmanager's bearer token, instead of the catalogue's."
)
@click.option(
    "--time-lapse",
    type=click.FloatRange(min=1),
    metavar="FACTOR",
    help="Divide every duration by FACTOR, to watch rules at work; for demonstrations.",
)
@click.option(
    "--generated-tests", is_flag=True, help="Write the tests that typed rules come with, too."
)
@common.format_option
def build(
    catalogue: Path,
    out: Path,
    check: bool,
    time_lapse: float | None,
    generated_tests: bool,
    report: str,
    **addresses: str | None,
) -> None:
    """Compiles CATALOGUE (default rules/) for Prometheus, Alertmanager and the relay.

    Writes prometheus/*.rules.yml, alertmanager/alertmanager.yml, relay/routes.yaml and
    tests/*.test.yml, which `promtool test rules OUT/tests/*` runs. Exit code: 0 done, 1 problems
    (nothing is written) or a stale folder, 2 cannot run.
    """
    outcome = pipeline.run((catalogue,))
    if outcome.result.problems or report != "text":
        common.tell(outcome.result, report, to_stderr=report == "text")
    if outcome.missing:
        raise SystemExit(common.CANNOT_RUN)
    if outcome.has_errors:
        click.echo("nothing was written", err=True)
        raise SystemExit(common.FOUND)
    compiled = _with_addresses(outcome.compiled, addresses)
    if time_lapse:
        compiled = timelapse.shrunk(compiled, time_lapse)
    files = emit.files(compiled)
    if time_lapse:  # tests speak of the times that were written
        files = {name: text for name, text in files.items() if not name.startswith("tests/")}
    elif generated_tests:
        files |= promtool_files.files(compiled, generate.tests(compiled).generated)
    if check:
        _check(out, files)
    else:
        _write(out, files, len(compiled.alerts), quiet=report != "text")


def _with_addresses(compiled: Compiled, addresses: dict[str, str | None]) -> Compiled:
    settings = compiled.catalogue.settings
    given = {name: value for name, value in addresses.items() if value}
    routing = replace(settings.routing, **given)  # type: ignore[arg-type] # fields that are text
    catalogue = replace(compiled.catalogue, settings=replace(settings, routing=routing))
    return replace(compiled, catalogue=catalogue)


def _check(out: Path, files: dict[str, str]) -> None:
    stale = output.stale(out, files)
    for name in stale:
        click.echo(f"stale: {out / name}", err=True)
    if stale:
        click.echo(f"run `tocsin build --out {out}` and commit the result", err=True)
        raise SystemExit(common.FOUND)


def _write(out: Path, files: dict[str, str], alerts: int, *, quiet: bool) -> None:
    try:
        output.replace(out, files)
    except output.NotOurs as exc:
        raise common.cannot_run(str(exc), "choose an empty or a new folder for --out") from None
    except OSError as exc:
        raise common.cannot_run(f"{out} cannot be written: {exc.strerror or exc}") from None
    if not quiet:
        folders = sorted({name.partition("/")[0] for name in files} & set(names.FOLDERS))
        click.echo(f"wrote {out}: {len(files)} files ({', '.join(folders)}), {alerts} alerts")
