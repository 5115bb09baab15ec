"""Programs that are started together, watched, and never outlive their starter."""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

TAIL_LINES = 15
STOP_SECONDS = 5.0

# What would lead a local program to somebody's real Slack, or a local request to a proxy.
_PRIVATE = ("RELAY_", "SLACK_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}

_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ProgramError(Exception):
    """A program did not start, or died: the message says which, and how its log ends."""


@dataclass(frozen=True)
class Program:
    """What to run. `ready` is a URL that answers 200 once the program works; "" for none."""

    name: str
    command: Sequence[str | Path]
    ready: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


class Running:
    """A started program: the leader of its own process group, so that its children go with it."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_PRIVATE) and name.lower() not in _PROXIES
        }
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                # The kernel tells the program when its starter is gone, even by SIGKILL. TERM, not
                # KILL: a program with workers of its own must still stop them.
                ["setpriv", "--pdeathsig", "TERM", "--", *map(str, program.command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**kept, **program.environment},
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Raises ProgramError when the program has ended."""
        if not self.alive:
            status = self._process.returncode
            raise ProgramError(f"{self.program.name} ended with status {status}.\n{self.tail()}")

    def is_ready(self) -> bool:
        return not self.program.ready or answers(self.program.ready)

    def tail(self) -> str:
        """The end of the program's log, indented."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"The end of {self.log}:", *(f"    {line[:400]}" for line in lines)])

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the program and its children at once, as a crash would."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, until: float) -> None:
        """Waits for a program that was asked to stop until the monotonic time, then kills it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


class Programs:
    """Starts programs, and on leaving the `with` block stops them all, the last started first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.running: list[Running] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *programs: Program) -> list[Running]:
        """Starts programs side by side; raises ProgramError when one cannot be run."""
        started = []
        for program in programs:
            started.append(Running(program, self._logs / f"{program.name}.log"))
            self.running.append(started[-1])
        return started

    def wait_ready(self, seconds: float) -> None:
        """Returns when all work; raises ProgramError when one died or takes longer."""
        until = time.monotonic() + seconds
        waiting = list(self.running)
        while True:
            self.check()
            waiting = [running for running in waiting if not running.is_ready()]
            if not waiting:
                return
            if time.monotonic() > until:
                late = waiting[0]
                raise ProgramError(
                    f"{late.program.name} does not answer at {late.program.ready} "
                    f"after {seconds:.0f} seconds.\n{late.tail()}"
                )
            time.sleep(0.1)

    def check(self) -> None:
        """Raises ProgramError when one that should run has ended."""
        for running in self.running:
            running.check()

    def kill(self, running: Running) -> None:
        """Kills one on purpose: from now on it is not missed."""
        self.running.remove(running)
        running.kill()

    def stop(self) -> None:
        for running in reversed(self.running):
            running.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        for running in reversed(self.running):
            running.stop(until)
        self.running.clear()


def answers(url: str) -> bool:
    """Whether the URL answers 200 now."""
    try:
        with _LOCAL.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
