"""Whole processes side by side: wall time, processor time, peak memory.

Commands are run in turn, once each per round, so that a machine's mood meets all of them; what is
compared is the ratio within a round. Memory is measured in a round of its own, because asking for
it costs time.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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


def _start(command: Command) -> subprocess.Popen[bytes]:
    if command.before:
        command.before()
    return subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env={**os.environ, **command.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _timed(command: Command) -> tuple[float, float]:
    process = _start(command)
    begin = time.perf_counter()  # after the fork, before the program: what a shell's `time` counts
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    _judge(command, process)
    return seconds, usage.ru_utime + usage.ru_stime


def _peak(command: Command) -> int:
    """The most memory that a process and its children held at one time, shared pages once."""
    process = _start(command)
    most = 0
    while process.poll() is None:
        most = max(most, sum(memory(pid) for pid in family(process.pid)))
        time.sleep(_POLL)
    _judge(command, process)
    return most


def _judge(command: Command, process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None  # noqa: S101 # it is a pipe
    told = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    if process.returncode:
        raise Failed(f"{' '.join(command.argv[:4])} ended with {process.returncode}:\n{told}")


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
