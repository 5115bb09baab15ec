"""Asking services, which are on this machine, over HTTP."""

import urllib.error
import urllib.request

_SECONDS = 2.0
# Never by way of a proxy.
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str) -> bool:
    """Whether the URL answers 200 now."""
    try:
        with _LOCAL.open(url, timeout=_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def post(url: str) -> str:
    """Posts nothing to the URL; what is wrong with the answer, "" for nothing."""
    try:
        with _LOCAL.open(urllib.request.Request(url, method="POST"), timeout=10 * _SECONDS):  # noqa: S310 - by the schema http or https
            return ""
    except urllib.error.HTTPError as error:
        with error:
            told = error.read(2_000).decode(errors="replace").strip()
        return f"{error.code} {told or error.reason}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
