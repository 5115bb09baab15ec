"""The real command in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from relay_kit import payload

TOKEN, HOOK, SIGNING = "xoxb-hush-1", "hook-hush-2", "sign-hush-3"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


class Relay:
    """A relay in a process of its own."""

    def __init__(self, folder: Path, role: str = "serve", **environ: str) -> None:
        self.folder, self.role, self.port = folder, role, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        if not (folder / "relay.yaml").exists():
            (folder / "relay.yaml").write_text('version: 1\ndefault_channel: "#alerts"\n')
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RELAY_", "SLACK_"))}
        self.environ = kept | {"RELAY_LISTEN": f"127.0.0.1:{self.port}"} | environ
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "relay", self.role, "--config", "relay.yaml"],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        until(self.ready)

    def ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def tell(self, *alerts: Any, key: str = "k") -> int:
        return self.send(json.dumps(payload(*alerts, key=key)).encode())

    def send(self, body: bytes) -> int:
        headers = {"Authorization": f"Bearer {HOOK}"}
        answer = requests.post(f"{self.url}/v1/alertmanager", data=body, headers=headers, timeout=9)
        return answer.status_code

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def children(self) -> list[int]:
        """The process IDs of its workers."""
        assert self.process
        main = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]

    def kill_all(self) -> None:
        """With its workers, which have no time to notice."""
        children = self.children()
        self.kill()
        for child in children:
            os.kill(child, signal.SIGKILL)

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(30)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


class Apart:
    """One that receives and one that delivers, on a database of their own; used as a Relay is."""

    def __init__(self, folder: Path, database: str, **environ: str) -> None:
        both = {"RELAY_DATABASE_URL": database, **environ}
        self.web, self.worker = Relay(folder, "web", **both), Relay(folder, "worker", **both)

    @property
    def url(self) -> str:
        return self.web.url

    @property
    def log(self) -> str:
        return self.web.log

    def start(self) -> None:
        self.web.start()
        self.worker.start()

    def kill(self) -> None:
        self.web.kill()
        self.worker.kill()

    def stop(self) -> int:
        return self.web.stop() or self.worker.stop()
