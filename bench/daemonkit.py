"""What metrics cost a daemon: the plain Python client, daemonkit on it, and the C++ client.

An increment and an observation, with and without labels, and a scrape of 10,000 series, as
Prometheus asks for it.
"""

import gzip
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib import pyplot

from bench.measure import Failed, killed_if_left
from bench.options import Options
from bench.report import Report

TITLE = "Metrics in a daemon"
LOOPS = 200_000
SERIES = 10_000
CLIENTS = ("prometheus-client", "daemonkit", "prometheus-cpp")
SCRAPE = "scrape of {:,} series"
OPERATIONS = (
    "increment",
    "increment, labels bound",
    "increment, labels each time",
    "observation",
    "observation, labels bound",
    "observation, labels each time",
    SCRAPE,
)
ROOT = Path(__file__).resolve().parent.parent
# What Prometheus 2.42 sends.
ASKED = {
    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True)
class Costs:
    """Seconds of each operation, by round and client."""

    seconds: Mapping[str, Mapping[str, Sequence[float]]]  # operation -> client -> rounds
    intro: str
    notes: Sequence[str]
    name: str = field(default="daemonkit")
    title: str = field(default=TITLE)

    def table(self) -> str:
        """The rows in Markdown: least and median of each client."""
        lines = [f"| what | {' | '.join(CLIENTS)} |", f"|---|{'---:|' * len(CLIENTS)}"]
        for operation, found in self.seconds.items():
            cells = [
                f"{_readable(min(found[c]))} ({_readable(_middle(found[c]))})" for c in CLIENTS
            ]
            lines.append(f"| {operation} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def method(self) -> str:
        """How it was measured."""
        rounds = len(self.seconds["increment"][CLIENTS[0]])
        return (
            f"each client once per round, {rounds} rounds; the least and, in\n"
            "brackets, the median. Python's own loop and call are counted with an operation."
        )

    def picture(self, path: Path) -> None:
        """Each operation of each client, on a scale that has room for all."""
        figure, axis = pyplot.subplots(figsize=(10, 4.5), layout="constrained")
        names: list[str] = list(self.seconds)[::-1]
        for number, client in enumerate(CLIENTS):
            at = [place + 0.27 * (1 - number) for place in range(len(names))]
            values = [_middle(self.seconds[name][client]) * 1e6 for name in names]
            bars = axis.barh(
                at, values, 0.25, label=client, color=("#b9b9b9", "#2f6f9f", "#7fa65b")[number]
            )
            axis.bar_label(bars, labels=[_readable(value / 1e6) for value in values], padding=3)
        axis.set_yticks(range(len(names)), names)
        axis.set_xscale("log")
        axis.set_xlabel("microseconds (median), logarithmic")
        axis.margins(x=0.15)
        axis.legend()
        axis.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, dpi=110, metadata={"Software": ""})
        pyplot.close(figure)


def run(options: Options) -> Report:
    """Builds the C++ client, and measures all three."""
    loops, series = (max(1, round(full * options.scale)) for full in (LOOPS, SERIES))
    numbers = (str(loops), str(series))
    python = (sys.executable, "-m", "bench.clients")
    commands = {
        "prometheus-client": (*python, "plain", *numbers),
        "daemonkit": (*python, "daemonkit", *numbers),
        "prometheus-cpp": (str(_built(options.scratch)), *numbers),
    }
    seconds: dict[str, dict[str, list[float]]] = {name.format(series): {} for name in OPERATIONS}
    bodies: dict[str, bytes] = {}
    for _ in range(options.rounds):
        for client, command in commands.items():
            found, bodies[client] = _measured(command)
            for name, took in found.items():
                seconds[name.format(series)].setdefault(client, []).append(took)
    intro = (
        f"{loops:,} times each operation, in a process of its own; then a scrape over HTTP, with "
        "the headers that Prometheus sends, of counters with two labels."
    )
    return Costs(seconds, intro, [_size(client, body) for client, body in bodies.items()])


def _built(scratch: Path) -> Path:
    program = scratch / "clients"
    flags = ("-O2", "-std=c++17", "-pthread")
    command = ["g++", *flags, "-o", str(program), str(ROOT / "bench" / "clients.cpp"),
               "-lprometheus-cpp-pull", "-lprometheus-cpp-core"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failed("g++ is not there: run tools/install-cpp.sh") from None
    if done.returncode:
        raise Failed(f"bench/clients.cpp is not built (tools/install-cpp.sh):\n{done.stderr}")
    return program


def _measured(command: Sequence[str]) -> tuple[dict[str, float], bytes]:
    """The seconds of each operation, and what the scrape brought."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with killed_if_left(process):
        assert process.stdout is not None  # noqa: S101 # it is a pipe
        lines = process.stdout.readline(), process.stdout.readline()
        if not lines[1]:
            raise Failed(f"{' '.join(command[:4])} ended before it had measured")
        found: dict[str, float] = json.loads(lines[0])
        _scrape(int(lines[1]))  # the first has to connect, and to make what it keeps
        begin = time.perf_counter()
        body = _scrape(int(lines[1]))
        found[SCRAPE] = time.perf_counter() - begin
    return found, body


def _scrape(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics", headers=ASKED)
    answer = connection.getresponse()
    body = answer.read()
    packed = answer.headers.get("Content-Encoding") == "gzip"
    connection.close()
    return gzip.decompress(body) if packed else body


def _size(client: str, body: bytes) -> str:
    lines = sum(1 for line in body.splitlines() if not line.startswith(b"#"))
    return f"{client} answers with {lines:,} series, {len(body) / 1e6:.1f} MB unpacked."


def _middle(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def _readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"
