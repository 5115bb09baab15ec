"""alerta-server from PyPI, in an environment of its own: another receiver of the same webhooks."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Failed
from bench.programs import Program, started
from bench.progress import say

HOME = Path(__file__).resolve().parent.parent / ".tools" / "alerta"
WANTED = ("alerta-server==9.1.0", "psycopg2-binary", "gunicorn")
PROCESSES, THREADS = 2, 16  # both cores, as many threads as the relay has
PATH = "/webhooks/prometheus"


def installed() -> None:
    """Makes the environment, once; Failed if that is not possible here."""
    if (HOME / ".installed").exists():
        return
    say("installing alerta-server")
    commands = (
        [sys.executable, "-m", "venv", str(HOME)],
        [str(HOME / "bin" / "pip"), "install", "--quiet", *WANTED],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise Failed(f"alerta-server is not installed: {lines[-1] if lines else 'pip failed'}")
    (HOME / ".installed").touch()


@contextmanager
def server(folder: Path, database: str) -> Iterator[Program]:
    """It, on a database of its own."""
    command = [str(HOME / "bin" / "gunicorn"), "--workers", str(PROCESSES)]
    # Loaded once: two that make their tables at a time are in each other's way.
    command += ["--preload", "--threads", str(THREADS), "--worker-class", "gthread"]
    command += ["--no-control-socket", "alerta.app:create_app()"]
    env = {"DATABASE_URL": database, "SECRET_KEY": "bench"}
    with started(
        lambda port: [*command, "--bind", f"127.0.0.1:{port}"],
        folder,
        "/management/gtg",
        lambda _port: env,
    ) as program:
        yield program
