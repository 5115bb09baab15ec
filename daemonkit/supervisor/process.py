"""A started program, which never outlives its starter, and neither do its children."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from daemonkit.supervisor import reaper
from daemonkit.supervisor.service import Service

TAIL_LINES = 15
LOG_BYTES = 10_000_000


class Reaper:
    """The program that ends our process groups should we be killed: see reaper.py."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            # A session of its own: what is sent to our group, such as Ctrl-C, is not for it.
            [sys.executable, "-P", reaper.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Ends the reaper, which first ends what is left."""
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin  # noqa: S101 - it is a pipe
        with self._lock, contextlib.suppress(BrokenPipeError):  # somebody killed the reaper
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


class Process:
    """The leader of a process group of its own. To be made by a thread that outlives it."""

    def __init__(
        self, service: Service, environment: Mapping[str, str], log: Path | None, reaper: Reaper
    ) -> None:
        """Starts it; OSError when that fails. Without a log its output joins ours."""
        self._reaper = reaper
        self._ended = False
        if log is None:
            self._start(service, environment, None)
        else:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                self._start(service, environment, output.fileno())
        self._reaper.add(self._process.pid)

    def _start(self, service: Service, environment: Mapping[str, str], log: int | None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - what a person wrote, and no shell
            [*_told_of_our_death(), *service.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log is not None else None,
            cwd=service.folder,
            env={**environment, **service.environment},
            start_new_session=True,
        )

    @property
    def status(self) -> int | None:
        """The exit status; negative for a signal, None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the program itself, not to its children."""
        self._process.send_signal(number)

    def stop(self, seconds: float) -> None:
        """Asks the whole group to stop, and after some seconds kills it."""
        self._signal_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """Ends the program and its children at once. Nothing to do for one that was ended."""
        if self._ended:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._reaper.remove(self._process.pid)
        self._ended = True

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _told_of_our_death() -> list[str]:
    """The kernel tells the program when its starter is gone, even by SIGKILL.

    TERM, not KILL: a program with workers of its own must still stop them. The reaper sees to what
    does not heed it, and to grandchildren, of which the kernel tells nobody.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def describe(status: int) -> str:
    """What an exit status means."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def tail(log: Path | None) -> str:
    """The end of a log, indented; "" without one."""
    if log is None or not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join([f"The end of {log}:", *(f"    {line[:400]}" for line in lines)])


def trim(log: Path | None) -> None:
    """Starts a log that has grown large anew, and keeps what was there as LOG.1."""
    with contextlib.suppress(OSError):
        if log is not None and log.stat().st_size > LOG_BYTES:
            # Its program has it open, to append: it is copied and emptied, not renamed.
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)
