"""gunicorn around the relay: one worker process with threads; SIGHUP reads the configuration anew.

The arbiter keeps the configuration in use, so that a worker which is started again, or a reload
whose new file is refused, goes on with the last good one.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

# gunicorn has no type information of its own.
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from relay import logs
from relay.config.model import Loaded
from relay.config.problem import ConfigError
from relay.patience import PatientWorker
from relay.service import Role, Service, build
from relay.store import StoreError

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
M_ARENA_MAX = -8  # from <malloc.h>
ARENAS = 2
THREADS = 32
KEEPALIVE_SECONDS = 5  # for a connection on which nothing is said
GRACEFUL_SECONDS = 30  # from SIGTERM to SIGKILL
ANSWER_SECONDS = 10  # of these: for requests that are under way; the rest is for Slack

log = logs.logger("relay.server")


class JsonLogger(Logger):  # type: ignore[misc]  # untyped base
    """gunicorn's own messages in our form: they go up to the root logger."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for each in (self.error_log, self.access_log):
            each.handlers[:] = []
            each.propagate = True


class AddressError(Exception):
    """Nothing can listen at the address; the text says why."""


def reserve(host: str, port: int) -> None:
    """Raises AddressError unless something can listen there now. gunicorn would try for five
    seconds, and say so in nine lines."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except socket.gaierror as error:
        raise AddressError(error.strerror or str(error)) from None
    except OSError as error:  # Python's own text says the address once more
        raise AddressError(os.strerror(error.errno or 0)) from None


class Server(BaseApplication):  # type: ignore[misc]  # untyped base
    """What gunicorn's arbiter runs."""

    def __init__(self, loaded: Loaded, read: Callable[[], Loaded], role: Role = Role.SERVE) -> None:
        self.loaded, self._read, self._role = loaded, read, role
        self._service: Service | None = None
        super().__init__()

    def load_config(self) -> None:
        settings = self.loaded.settings
        options: dict[str, Any] = {
            "bind": settings.address,
            "workers": 1,
            "worker_class": PatientWorker,
            "threads": THREADS,
            "keepalive": KEEPALIVE_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "logger_class": JsonLogger,
            "control_socket_disable": True,
            "proc_name": "tocsin-relay",
            "post_fork": _after_fork,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def reload(self) -> None:
        """SIGHUP. A configuration with problems is refused, and the one in use stays."""
        try:
            self.loaded = self._read()
            log.info("configuration read again")
        except ConfigError as error:
            self.loaded = replace(self.loaded, problems=error.problems)
            for problem in error.problems:
                log.error("configuration refused", problem=problem)
        logs.set_up(self.loaded.settings.secrets)
        super().reload()

    def load(self) -> Any:
        """In a worker that begins. It waits for a database that is away just now: gunicorn ends
        everything when a worker cannot begin, and a worker that takes too long is begun anew."""
        while self._service is None:
            try:
                self._service = build(self.loaded, self._role)
            except StoreError as error:
                log.error("waiting for the database", reason=error)
                time.sleep(1)
        return self._service.wsgi

    def _begin(self, _worker: Any) -> None:
        # What is there by now stays. In a storm a look for circles every 700 objects would take a
        # twentieth of the time, and find none.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        if self._service:
            self._service.start()

    def _end(self, _server: Any, _worker: Any) -> None:
        if self._service:
            self._service.stop()


def _after_fork(arbiter: Any, worker: Any) -> None:
    worker.cfg.set("graceful_timeout", ANSWER_SECONDS)  # this process's own copy
    _share_memory()
    _die_with_parent(arbiter, worker)


def _share_memory() -> None:
    """glibc has a heap for each thread, and each would keep what its largest webhook took."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def _die_with_parent(arbiter: Any, _worker: Any) -> None:
    """Has the kernel kill this worker when the arbiter is killed.

    It would notice by itself within a second; but in that second it would still take webhooks on
    an address that the relay's next process cannot have yet.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != arbiter.pid:  # killed before the call
            os._exit(1)


class SandboxServer(BaseApplication):  # type: ignore[misc]  # untyped base
    """The sandbox alone, on the address given."""

    def __init__(self, wsgi: Any, address: str) -> None:
        self._wsgi, self._address = wsgi, address
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", self._address)
        self.cfg.set("worker_class", PatientWorker)
        self.cfg.set("threads", THREADS)
        self.cfg.set("keepalive", KEEPALIVE_SECONDS)
        self.cfg.set("logger_class", JsonLogger)
        self.cfg.set("control_socket_disable", True)

    def load(self) -> Any:
        return self._wsgi
