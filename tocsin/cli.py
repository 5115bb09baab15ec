"""The command `tocsin`."""

import gc
import io
import sys
from importlib import import_module
from typing import Any

import click

# Each command, its module and its name there. Only the one that is asked for is imported.
COMMANDS = {
    "lint": ("lint", "lint"),
    "build": ("build", "build"),
    "test": ("test", "test"),
    "explain": ("explain", "explain"),
    "import": ("import_", "import_rules"),
    "metrics": ("metrics", "metrics"),
    "schema": ("schema", "schema"),
}


class _Commands(click.Group):
    """The commands by name, imported when one is looked up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of these only the names count: to list them, and to say which one was meant.
        self.commands.update({name: click.Command(name) for name in COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found: click.Command = getattr(import_module(f"tocsin.commands.{module}"), name)
        return found


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin", prog_name="tocsin")
def cli() -> None:
    """Alert rules as a YAML catalogue: checked, tested, compiled for Prometheus and Alertmanager.

    A catalogue is a folder (default: rules/) with catalogue.yaml and rule files.
    """


def main() -> None:
    """Entry point: a pipe that closes early is not an error worth a traceback.

    Nor is a file's name that is not Unicode: it is shown escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    gc.disable()  # a command is over before it has left anything worth collecting
    try:
        cli()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    finally:
        gc.freeze()  # or Python looks for it once more on its way out
