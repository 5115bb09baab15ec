"""A PostgreSQL server of our own, which synchronises to disk as it comes."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Failed
from bench.programs import Program, started

_CLIENT = ("-h", "127.0.0.1", "-U", "bench")


@contextmanager
def server() -> Iterator[Callable[[], str]]:
    """Gives URLs of new databases, as long as the block goes on."""
    found, user = programs(), _user()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-postgres-"))
    data = str(folder / "data")

    def command(port: int) -> list[str]:
        listens = ["-p", str(port), "-h", "127.0.0.1", "-k", ""]
        return [str(found / "postgres"), "-D", data, *listens]

    def ready(program: Program) -> bool:
        asked = [str(found / "pg_isready"), *_CLIENT, "-p", str(program.port)]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    try:
        if user is not None:
            os.chown(folder, user, -1)
        made = [str(found / "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"]
        _run(made, folder, user)
        # SIGQUIT has it stop at once: nobody needs what it holds.
        with started(command, folder, ready, stop=signal.SIGQUIT, user=user) as program:

            def fresh() -> str:
                name = f"bench{time.monotonic_ns()}"
                _run([str(found / "createdb"), *_CLIENT, "-p", str(program.port), name], folder)
                return f"postgresql://bench@127.0.0.1:{program.port}/{name}"

            yield fresh
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise Failed("PostgreSQL is not installed: run tools/install-postgresql.sh")
    return found[-1].parent


def _user() -> int | None:
    """Whose process it is, if it may not be ours: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise Failed("no user to run PostgreSQL as")


def _run(command: list[str], folder: Path, user: int | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, user=user, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{Path(command[0]).name} ended with {done.returncode}:\n{done.stderr}")
