"""`with expose(...)`: a daemon's metrics, served and registered for as long as it lives.

A clean stop takes the registration away. After a crash it stays, so that Prometheus goes on to
scrape in vain, `up` is 0, and an alert fires.
"""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import NoReturn, Self
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from daemonkit.folder import DAY_SECONDS, Folder
from daemonkit.problem import KitError
from daemonkit.target import Target

KEEP_SECONDS = 30.0
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not bound to

_TAKEN = (
    "{name} was the registration of {other}, which still answers and will be scraped no more; "
    'several of a kind on one host need labels={{"instance": ...}}'
)

_LOG = logging.getLogger("daemonkit")


class expose:  # noqa: N801 - it reads as what it does: `with expose(...):`
    """Serves /metrics and registers it with Prometheus. Raises KitError when it cannot.

    service, platform, host: labels of the target. Without them: TOCSIN_PLATFORM, and TOCSIN_HOST or
    this machine's name. `labels`: more of them, such as {"instance": "2"} for the second of several
    on one host.
    listen: "host:port"; port 0 takes a free one. advertise: the address at which Prometheus reaches
    it, where that is another; of a listener on all addresses, this machine's name by default.
    folder: where to register; default: TOCSIN_TARGETS, else /var/lib/tocsin/targets.

    Within the block: `address`, "host:port" as registered, and `file`, the registration.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own, by name
        self,
        service: str,
        platform: str = "",
        *,
        host: str = "",
        listen: str = "127.0.0.1:0",
        advertise: str = "",
        labels: Mapping[str, str] | None = None,
        folder: str | os.PathLike[str] | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._labels: dict[str, str] = {
            "platform": platform or os.environ.get("TOCSIN_PLATFORM", ""),
            "host": host or os.environ.get("TOCSIN_HOST") or socket.gethostname(),
            "service": service,
            **(labels or {}),
        }
        self._listen = listen
        self._advertise = advertise
        self._folder = Folder(folder)
        self._registry = registry
        # What is wrong with the labels is told before a port is taken.
        Target(advertise or "localhost:1", self._labels)

    def __enter__(self) -> Self:
        self._owner = os.getpid()
        self._server = _serve(self._listen, self._registry)
        try:
            self.address = self._advertise or self._reached_at()
            self._target = Target(self.address, self._labels)
            with contextlib.suppress(KitError):
                self._folder.prune(DAY_SECONDS, host=self._labels["host"])
            if other := self._folder.taken(self._target):
                _LOG.warning("%s", _TAKEN.format(name=self._target.file_name, other=other))
            self.file = self._folder.register(self._target)
        except BaseException:
            self._close()
            raise
        self._left = threading.Event()
        threading.Thread(target=self._keep, name="daemonkit", daemon=True).start()
        self._catch_sigterm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if os.getpid() != self._owner:
            return  # a forked child leaves the block; the daemon itself goes on
        self._left.set()
        # First the registration: what is scraped meanwhile still answers.
        if _clean(error):
            self._folder.remove(self._target)
        self._close()
        if self._caught:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _keep(self) -> None:
        while not self._left.wait(KEEP_SECONDS):
            try:
                self._folder.keep(self._target)
            except (KitError, OSError) as error:
                _LOG.warning("%s", error)

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _reached_at(self) -> str:
        host, _, _ = self._listen.rpartition(":")
        name = socket.gethostname() if host.strip("[]") in _EVERYWHERE else host
        return f"{name}:{self._server.server_port}"

    def _catch_sigterm(self) -> None:
        """SIGTERM is a clean stop; who handles it already sees to leaving the block."""
        self._caught = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        )
        if self._caught:
            signal.signal(signal.SIGTERM, _leave)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the clean stop is under way
    sys.exit(0)


def _clean(error: BaseException | None) -> bool:
    if isinstance(error, SystemExit):
        return error.code in (None, 0)
    return error is None or isinstance(error, KeyboardInterrupt)


def _serve(listen: str, registry: CollectorRegistry) -> WSGIServer:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise KitError(f"listen={listen!r} is no address such as 127.0.0.1:9101")
    try:
        server, _ = start_http_server(int(port), addr=host.strip("[]"), registry=registry)
    except OSError as error:
        raise KitError(f"cannot listen on {listen}: {error.strerror or error}") from None
    return server
