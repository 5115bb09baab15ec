"""The command `tocsin-supervise`: a plan from a file, kept in force until it is told to stop."""

import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from daemonkit import expose, processes
from daemonkit.problem import FileError, KitError
from daemonkit.supervisor import plan
from daemonkit.supervisor.plan import Plan
from daemonkit.supervisor.supervisor import Supervisor
from daemonkit.supervisor.watch import Watch

TIDY_SECONDS = 60.0
LOOK_SECONDS = 1.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only say what is wrong with FILE.")
@click.option(
    "--print-processes", is_flag=True, help="Only print the configuration of process-exporter."
)
@click.version_option(package_name="tocsin", prog_name="tocsin-supervise")
def main(file: Path, check: bool, print_processes: bool) -> None:
    """Launches the services of FILE and keeps them running, until SIGTERM or Ctrl-C.

    When FILE changes, or on SIGHUP, it is read again: what is new in it is started, what is gone is
    stopped. Exits with 0; with 1 if FILE has problems, with 2 if it cannot run.
    """
    try:
        read = plan.read(file)
    except FileError as error:
        click.echo(error, err=True)
        sys.exit(1 if file.is_file() else 2)
    if print_processes:
        click.echo(processes.configuration(read.processes or {}), nl=False)
    elif check:
        click.echo(f"{file} is good: {', '.join(each.name for each in read.services)}.")
    else:
        try:
            _Command(file, read).run()
        except KitError as error:
            click.echo(f"tocsin-supervise: {error}", err=True)
            sys.exit(2)


class _Command:
    """The plan in force, and what may change it."""

    def __init__(self, file: Path, read: Plan) -> None:
        self._file = file
        self._plan = read
        self._woken = threading.Event()
        self._ended = self._asked = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        now = self._plan
        labels = {"platform": now.platform, "host": now.host}
        with Supervisor(labels, folder=now.targets, logs=now.logs, tell=_tell) as supervisor:
            here = expose(
                "supervisor", now.platform, host=now.host, listen=now.listen, folder=now.targets
            )
            with here:
                self._apply(supervisor)
                _tell(f"supervisor runs: http://{here.address}/metrics")
                self._keep(supervisor)
            _tell("supervisor stops")

    def _keep(self, supervisor: Supervisor) -> None:
        watch = Watch((str(self._file),))
        tidied = time.monotonic()
        while not self._ended:
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()
            if watch.changed() or self._asked:
                self._asked = False
                self._read_again(supervisor)
            if time.monotonic() - tidied > TIDY_SECONDS:
                supervisor.tidy(self._plan.stale_after)
                tidied = time.monotonic()

    def _read_again(self, supervisor: Supervisor) -> None:
        try:
            read = plan.read(self._file)
        except FileError as error:
            supervisor.metrics.config_good.set(0)
            _tell(f"supervisor goes on with what it had: {error}")
            return
        supervisor.metrics.config_good.set(1)
        if read.fixed != self._plan.fixed:
            _tell("supervisor: platform, host, listen, targets and logs take a restart to change")
        self._plan = read
        self._apply(supervisor)
        _tell(f"supervisor has read {self._file} again")

    def _apply(self, supervisor: Supervisor) -> None:
        if self._plan.exporter_config:
            _write_if_other(
                self._plan.exporter_config, processes.configuration(self._plan.processes or {})
            )
        supervisor.apply(self._plan.services)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._asked = True
        else:
            self._ended = True
        self._woken.set()


def _write_if_other(path: Path, text: str) -> None:
    """A file that is as it should be stays untouched: whoever watches it has nothing to do."""
    try:
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KitError(f"cannot write {path}: {error.strerror}") from None


def _tell(text: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    click.echo(f"{now} {text}", err=True)
