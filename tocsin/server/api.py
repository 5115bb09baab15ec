"""Prometheus's HTTP API: a question and its answer, with patience for what passes.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from tocsin.server.access import PREFIX, Access

if TYPE_CHECKING:
    from tocsin.fetch import Answer, Request

_LONG = 1500  # characters of a question that servers between might not pass on in an address
_PASSING = {429, 500, 502, 503, 504}  # what may be over in a moment, unless Prometheus says it
_PAUSE = 0.2  # seconds before the first retry; twice as long before each further one

Params = Iterable[tuple[str, str]]


class Unanswered(Exception):
    """There is no server, or it has gone: no further question is of any use."""


class Refused(Exception):
    """The server is there, and does not answer this question; the text says why."""


class Said(NamedTuple):
    """What was answered, and what the server warns of: such as that it is not everything."""

    data: Any
    warnings: tuple[str, ...]


class Api:
    """The API of one server. Each question is asked once."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], Said | Refused] = {}
        self._gone = ""
        self._lock = threading.Lock()

    def ask(self, path: str, params: Params = ()) -> Said:
        """What the server says. Raises Unanswered, Refused."""
        key = (path, tuple(params))
        found = self._known.get(key)
        if found is None:
            try:
                found = self._asked(*key)
            except Refused as exc:
                found = exc
            with self._lock:
                self._known[key] = found
        if isinstance(found, Refused):
            raise found
        return found

    def _asked(self, path: str, params: tuple[tuple[str, str], ...]) -> Said:
        from tocsin import fetch  # noqa: PLC0415 - slow to import, seldom needed

        for attempt in range(self.access.retries + 1):
            last = attempt == self.access.retries
            if self._gone:
                raise Unanswered(self._gone)
            try:
                answer = fetch.ask(self._request(path, params))
            except fetch.Slow as exc:
                raise Refused(str(exc)) from None
            except fetch.Unreachable as exc:
                if last:
                    self._lost(str(exc), for_good=isinstance(exc, fetch.Nobody))
            else:
                said = _read(answer)
                if isinstance(said, Said):
                    return said
                if last or said.final:
                    raise Refused(said.reason)
            time.sleep(_PAUSE * 2**attempt)
        raise AssertionError  # the last attempt has answered or raised

    def _lost(self, reason: str, *, for_good: bool) -> None:
        if not for_good:
            raise Refused(reason)
        self._gone = reason
        raise Unanswered(reason)

    def _request(self, path: str, params: tuple[tuple[str, str], ...]) -> "Request":
        from tocsin.fetch import Request  # noqa: PLC0415 - slow to import, seldom needed

        url = f"{self.access.url}/api/v1/{path}"
        headers = {"Accept": "application/json", **self.access.headers}
        written = urlencode(params)
        if len(written) > _LONG:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = written.encode("ascii")
            return Request(url, "POST", headers, body, self.access.timeout)
        if written:
            url = f"{url}?{written}"
        return Request(url, "GET", headers, None, self.access.timeout)


class _Fault(NamedTuple):
    reason: str
    final: bool


def _read(answer: "Answer") -> Said | _Fault:
    """An answer as data, or what is wrong with it."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or body.get("status") not in {"success", "error"}:
        return _no_prometheus(answer)
    if body["status"] == "error":
        said = " ".join(str(body.get("error") or body.get("errorType") or answer.reason).split())
        return _Fault(f"it answers: {said}", final=True)
    warnings = body.get("warnings")
    listed = tuple(map(str, warnings)) if isinstance(warnings, list) else ()
    return Said(body.get("data"), listed)


def _no_prometheus(answer: "Answer") -> _Fault:
    said = f"it answers {answer.status} {answer.reason}".rstrip()
    if answer.status in {401, 403}:
        hint = f"set {PREFIX}TOKEN, or {PREFIX}USER and {PREFIX}PASSWORD"
        return _Fault(f"{said}: {hint}", final=True)
    if answer.status < 300:
        return _Fault("what answers there is no Prometheus", final=True)
    return _Fault(said, final=answer.status not in _PASSING)
