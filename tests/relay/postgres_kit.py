"""A PostgreSQL server of the tests' own, in a temporary folder, on a free port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
from real_kit import missing

OWNERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
shared_buffers = 32MB
max_connections = 120
log_min_messages = warning
"""


class Server:
    """Made once; `stop` and `start` it, or `kill` it. Nothing is synchronised to disk: what is
    proven is what happens when PostgreSQL goes away, not when the machine does."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._names = programs, count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
        self._data = self.folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._prefix: list[str] = []
        if os.geteuid() == 0:
            owner = _owner()
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._prefix = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}"]
            self._prefix.append("--clear-groups")
        self._run("initdb", "-D", self._data, "-U", "relay", "-A", "trust", "-N", "-E", "UTF8")
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(SETTINGS + f"port = {self.port}\n")

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self._prefix, str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-l", log, "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is what `kill -9` does, for all of the server's processes."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "-t", "60", "stop")

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{next(self._names)}_{time.monotonic_ns()}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.rpartition("/")[2]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, database: str) -> str:
        return f"postgresql://relay@127.0.0.1:{self.port}/{database}"

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd:
    for name in OWNERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("no user to run PostgreSQL as")


def programs() -> Path:
    """The folder of PostgreSQL's programs; skips, or in CI fails, where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    if found or on_path:
        return (found[-1] if found else Path(str(on_path)).resolve()).parent
    return missing("PostgreSQL is not installed: run tools/install-postgresql.sh")


def running() -> Iterator[Server]:
    server = Server(programs())
    try:
        server.start()
        yield server
        server.stop("immediate")
    finally:
        server.remove()
