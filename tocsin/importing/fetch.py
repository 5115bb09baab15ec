"""A page by HTTP, with limits: a server that is slow, endless or elsewhere is an error."""

import http.client
import time
import urllib.error
import urllib.request
from typing import IO
from urllib.parse import urlsplit

LIMIT = 64 * 1024 * 1024  # bytes; the largest real pages have about ten
_CHUNK = 64 * 1024
# The text format and no OpenMetrics: every exporter speaks it, and its parser forgives more.
_ACCEPT = "text/plain;version=0.0.4;q=1,*/*;q=0.1"


class Unreachable(Exception):
    """The page cannot be had; the text says why."""


def is_url(text: str) -> bool:
    """Whether `text` is meant to be fetched."""
    return "://" in text


def get(url: str, timeout: float, limit: int = LIMIT) -> bytes:
    """The page at `url`, within `timeout` seconds. Raises Unreachable."""
    deadline = time.monotonic() + timeout
    try:
        _allowed(url)
        request = urllib.request.Request(url, headers={"Accept": _ACCEPT})  # noqa: S310 # checked
        with _opener().open(request, timeout=timeout) as response:
            return _read(response, deadline, limit)
    except urllib.error.HTTPError as exc:
        exc.close()
        said = str(exc.reason).partition("\n")[0]
        raise Unreachable(f"the server answers {exc.code} {said}") from None
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise Unreachable(_reason(exc, timeout)) from None


def _reason(exc: Exception, timeout: float) -> str:
    inner = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(inner, TimeoutError):
        return f"no answer within {timeout:g} seconds"
    return str(getattr(inner, "strerror", None) or inner)


def _read(response: http.client.HTTPResponse, deadline: float, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):  # what is there: a slow server cannot outwait us
        size += len(chunk)
        parts.append(chunk)
        if size > limit:
            raise Unreachable(f"the page is larger than {limit >> 20} MiB")
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(parts)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but only to where a person could have pointed it, too."""

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
        return super().redirect_request(req, fp, code, msg, headers, newurl)


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
