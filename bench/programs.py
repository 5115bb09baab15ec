"""The programs that the relay is measured with, each with its family of processes."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Failed, family, memory

START_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")

Ready = Callable[["Program"], bool]


class Program:
    """A process that runs, and all that come from it."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self._name, self._process, self.port, self._log = name, process, port, log

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Seconds of processor so far."""
        return sum(_cpu(pid) for pid in family(self._process.pid))

    def memory(self) -> int:
        """Bytes held now, shared pages once."""
        return sum(memory(pid) for pid in family(self._process.pid))

    def await_ready(self, ready: Ready) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            if ready(self):
                return
            time.sleep(0.05)
        told = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise Failed(f"{self._name} does not answer:\n{told}")

    def answers(self, path: str) -> bool:
        """Whether it answers with 2xx there."""
        connection = http.client.HTTPConnection(*self.address, timeout=5)
        try:
            connection.request("GET", path)
            return 200 <= connection.getresponse().status < 300
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, number: signal.Signals) -> None:
        self._process.send_signal(number)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def started(
    command: Callable[[int], Sequence[str]],
    folder: Path,
    ready: str | Ready,
    env: Callable[[int], Mapping[str, str]] = lambda _port: {},
    stop: signal.Signals = signal.SIGTERM,
    user: int | None = None,
) -> Iterator[Program]:
    """A program on a free port, which it is given; ended with the block, or with this process.

    `ready`: the path where it answers once it is, or what tells; `stop`: the signal that ends it;
    `user`: whose process it is, ours if none is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RELAY_", "SLACK_"))}
    log = folder / "log"
    # Tied to this process: ended even if that is killed.
    tied = ("setpriv", "--pdeathsig", stop.name.removeprefix("SIG"))
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*tied, *command(port)],
            cwd=folder,
            env={**kept, **env(port)},
            stdout=file,
            stderr=file,
            user=user,
        )
    program = Program(Path(command(port)[0]).name, process, port, log)
    try:
        program.await_ready(ready if callable(ready) else lambda it: it.answers(ready))
        yield program
    finally:
        program.stop(stop)


@contextmanager
def relay(
    folder: Path, slack: str, config: str = "", database: str = "", role: str = "serve"
) -> Iterator[Program]:
    """The relay as it is installed, with its tokens; SQLite in `folder` if no database is named."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'version: 1\ndefault_channel: "#alerts"\n{config}'
    (folder / "relay.yaml").write_text(text, encoding="utf-8")
    known = {"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_API_URL": f"{slack}/api/"}
    known |= {"RELAY_DATABASE_URL": database} if database else {}
    command = [tocsin_relay(), role, "--config", "relay.yaml"]
    with started(
        lambda _port: command,
        folder,
        "/readyz",
        lambda port: {**known, "RELAY_LISTEN": f"127.0.0.1:{port}"},
    ) as program:
        yield program


def tocsin_relay() -> str:
    """The program that belongs to this Python."""
    return str(Path(sys.executable).with_name("tocsin-relay"))


@contextmanager
def alertmanager(folder: Path, receiver: str, timing: str) -> Iterator[Program]:
    """A real Alertmanager that groups by `group`; `receiver` is how it notifies."""
    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
    if program is None:
        raise Failed("alertmanager is not on PATH: run `make tools`")
    route = f"route: {{receiver: bench, group_by: [group], repeat_interval: 4h, {timing}}}\n"
    config = f"{route}receivers:\n  - name: bench\n{receiver}"
    (folder / "alertmanager.yml").write_text(config, encoding="utf-8")
    command = [program, "--config.file=alertmanager.yml", f"--storage.path={folder}",
               "--cluster.listen-address="]  # fmt: skip
    with started(
        lambda port: [*command, f"--web.listen-address=127.0.0.1:{port}"], folder, "/-/ready"
    ) as found:
        yield found


def to_relay(program: Program) -> str:
    """A receiver of Alertmanager."""
    url = f"{program.url}/v1/alertmanager"
    return f"    webhook_configs: [{{url: '{url}', send_resolved: true}}]\n"


def to_slack(url: str) -> str:
    """Alertmanager's own notifier."""
    config = f"{{api_url: '{url}/services/bench', channel: '#alerts', send_resolved: true}}"
    return f"    slack_configs: [{config}]\n"


def version(*command: str) -> str:
    """The first line that a program says of its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = (
        (done.stdout or done.stderr).splitlines()[0].replace("postgres (PostgreSQL)", "PostgreSQL")
    )
    return line.partition(" (")[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0  # it has just ended
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
