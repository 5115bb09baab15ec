"""What a server answers by HTTP, with limits: a slow, endless or other answer is an error."""

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import urlsplit

LIMIT = 64 * 1024 * 1024  # bytes; the largest real pages have about ten
_CHUNK = 64 * 1024
# The text format and no OpenMetrics: every exporter speaks it, and its parser forgives more.
_ACCEPT = {"Accept": "text/plain;version=0.0.4;q=1,*/*;q=0.1"}
_OURS = {"User-agent": "tocsin"}


class Unreachable(Exception):
    """There is no answer to be had; the text says why."""


class Nobody(Unreachable):
    """Nobody is there who could answer, or nobody does in time: another question is no use."""


class Slow(Nobody):
    """Somebody may be there, but does not answer in time."""


class TooLarge(Unreachable):
    """The answer is larger than was asked for."""


@dataclass(frozen=True)
class Request:
    """What is asked. timeout: seconds for the whole answer; limit: bytes of it."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    timeout: float = 10
    limit: int = LIMIT


@dataclass(frozen=True)
class Answer:
    """What was answered, by whatever status."""

    status: int
    reason: str
    body: bytes


def is_url(text: str) -> bool:
    """Whether `text` is meant to be fetched."""
    return "://" in text


def get(url: str, timeout: float, limit: int = LIMIT) -> bytes:
    """The page at `url`, within `timeout` seconds. Raises Unreachable."""
    answer = ask(Request(url, headers=_ACCEPT, timeout=timeout, limit=limit))
    if answer.status >= 300:
        raise Unreachable(f"the server answers {answer.status} {answer.reason}")
    return answer.body


def ask(request: Request) -> Answer:
    """The answer, after redirects. Raises Unreachable."""
    deadline = time.monotonic() + request.timeout
    try:
        _allowed(request.url)
        raw = urllib.request.Request(  # noqa: S310 - only http and https are let through
            request.url, request.body, {**_OURS, **request.headers}, method=request.method
        )
        with _opener().open(raw, timeout=request.timeout) as response:
            body = _read(response, deadline, request.limit)
            return Answer(response.status, response.reason, body)
    except urllib.error.HTTPError as exc:
        return _refusal(exc, deadline, request)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise _unreachable(exc, request.timeout) from None


def _refusal(exc: urllib.error.HTTPError, deadline: float, request: Request) -> Answer:
    """An answer that urllib takes for an error."""
    with exc:
        try:
            body = _read(exc, deadline, request.limit)
        except (OSError, http.client.HTTPException, ValueError, Unreachable):
            body = b""  # the status says enough
    return Answer(exc.code, str(exc.reason).partition("\n")[0], body)


def _unreachable(exc: Exception, timeout: float) -> Unreachable:
    inner = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(inner, TimeoutError):
        return Slow(f"no answer within {timeout:g} seconds")
    said = str(getattr(inner, "strerror", None) or inner)
    if isinstance(inner, socket.gaierror):
        return Nobody(f"its host is not known: {said}")
    return Nobody(said) if isinstance(inner, ConnectionRefusedError) else Unreachable(said)


def _read(
    response: http.client.HTTPResponse | urllib.error.HTTPError, deadline: float, limit: int
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):  # what is there: a slow server cannot outwait us
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the page is larger than {limit >> 20} MiB")
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(parts)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but only to where a person could have pointed it, too, and tells another
    host nothing that was meant for the first."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows `req`."""
        try:
            _allowed(newurl)
        except Unreachable:
            fp.close()
            raise
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None:
            if req.get_method() == "HEAD":
                found.method = "HEAD"
            if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
                found.headers = dict(_OURS)
        return found


def _opener() -> urllib.request.OpenerDirector:
    """Without the handlers for files, FTP and data that urllib would add."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _allowed(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise Unreachable(f"`{parts.scheme}:` is not fetched, only http and https")
    if not parts.hostname:
        raise Unreachable("the address names no host")
