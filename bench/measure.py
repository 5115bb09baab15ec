"""Whole processes side by side: wall time, processor time, peak memory.

Commands are run in turn, once each per round, so that a machine's mood meets all of them; what is
compared is the ratio within a round. Memory is measured in a round of its own, because asking for
it costs time.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_POLL = 0.005  # seconds between two looks at a process's memory


@dataclass(frozen=True)
class Command:
    """A process to measure. `before` makes the ground ready and is not measured."""

    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Measured:
    """What a command took: seconds of each round, seconds of processor, bytes at the peak."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    memory: int

    @property
    def least(self) -> float:
        return min(self.wall)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    def against(self, other: "Measured") -> float:
        """How many times as long it takes as another: the median of the rounds' ratios."""
        return statistics.median(
            mine / theirs for mine, theirs in zip(self.wall, other.wall, strict=True)
        )


class Failed(Exception):
    """A command that did not do what is measured."""


def side_by_side(commands: Mapping[str, Command], rounds: int) -> dict[str, Measured]:
    """Each command once per round; the first round is for the file system's memory only."""
    wall: dict[str, list[float]] = {name: [] for name in commands}
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            seconds, processor = _timed(command)
            if number:
                wall[name].append(seconds)
                cpu[name].append(processor)
    peaks = {name: _peak(command) for name, command in commands.items()}
    return {name: Measured(tuple(wall[name]), tuple(cpu[name]), peaks[name]) for name in commands}


def once(command: Command) -> None:
    """Runs a command only for what it leaves behind."""
    _timed(command)


@contextmanager
def _running(command: Command) -> Iterator[subprocess.Popen[bytes]]:
    """Its process, which must end well within the block."""
    if command.before:
        command.before()
    process = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env={**os.environ, **command.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with killed_if_left(process):
        yield process
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        told = process.stderr.read().decode(errors="replace")
        if process.returncode:
            raise Failed(f"{' '.join(command.argv[:4])} ended with {process.returncode}:\n{told}")


@contextmanager
def killed_if_left(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Whatever ends the block early, a signal say, ends the process, too."""
    with process:
        try:
            yield
        except BaseException:
            process.kill()
            raise


def _timed(command: Command) -> tuple[float, float]:
    with _running(command) as process:
        # After the fork, before the program: what a shell's `time` counts.
        begin = time.perf_counter()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_utime + usage.ru_stime


def _peak(command: Command) -> int:
    """The most memory that a process and its children held at one time, shared pages once."""
    most = 0
    with _running(command) as process:
        while process.poll() is None:
            most = max(most, sum(memory(pid) for pid in family(process.pid)))
            time.sleep(_POLL)
    return most


def family(pid: int) -> Sequence[int]:
    """A process and all that come from it."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *(found for child in text.split() for found in family(int(child)))]


def memory(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0  # it has just ended
    kilobytes = next((line.split()[1] for line in text.splitlines() if line[:4] == "Pss:"), "0")
    return int(kilobytes) * 1024
