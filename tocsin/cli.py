"""The command `tocsin`."""

import io
import sys

import click

from tocsin.commands import build, explain, import_, lint, metrics, test


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", prog_name="tocsin")
def cli() -> None:
    """Alert rules as a YAML catalogue: checked, tested, compiled for Prometheus and Alertmanager.

    A catalogue is a folder (default: rules/) with catalogue.yaml and rule files.
    """


for command in (
    lint.lint,
    build.build,
    test.test,
    explain.explain,
    import_.import_rules,
    metrics.metrics,
):
    cli.add_command(command)


def main() -> None:
    """Entry point: a pipe that closes early is not an error worth a traceback.

    Nor is a file's name that is not Unicode: it is shown escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
