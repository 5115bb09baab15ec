"""Where the server is and how it is asked: the URL, the `lint` section, secrets of the environment.

`TOCSIN_PROMETHEUS_TOKEN`, or `TOCSIN_PROMETHEUS_USER` and `TOCSIN_PROMETHEUS_PASSWORD`; each also
as `NAME_FILE`. Headers of the section may hold `${NAME}`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from tocsin import durations, environment

PREFIX = "TOCSIN_PROMETHEUS_"


class CannotAsk(Exception):
    """The server cannot be asked at all; the text says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Access:
    """How to ask. url: without a trailing `/` and without secrets. timeout in seconds."""

    url: str
    headers: Mapping[str, str]
    timeout: float = 30
    at_once: int = 4
    retries: int = 2


def access(url: str, settings: Mapping[str, Any]) -> Access:
    """The access to the server at `url`, as the `lint` section says. Raises CannotAsk."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in {"http", "https"}:
        message = f"--prometheus: `{url}` is no address of a server"
        raise CannotAsk(message, "it is like http://prometheus.example.com:9090")
    host = f"[{host}]" if ":" in host else host
    place = host if port is None else f"{host}:{port}"
    try:
        headers = {
            **{name: environment.filled(str(text)) for name, text in _headers(settings).items()},
            **_credentials(parts.username, parts.password),
        }
    except environment.Missing as exc:
        raise CannotAsk(f"--prometheus: {exc}") from None
    return Access(
        url=urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")),
        headers=headers,
        timeout=durations.parse(settings.get("timeout", "30s")) / 1000,
        at_once=settings.get("at_once", Access.at_once),
        retries=settings.get("retries", Access.retries),
    )


def _headers(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = settings.get("headers", {})
    return found


def _credentials(user: str | None, password: str | None) -> dict[str, str]:
    if token := environment.value(f"{PREFIX}TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    user = environment.value(f"{PREFIX}USER") or unquote(user or "")
    password = environment.value(f"{PREFIX}PASSWORD") or unquote(password or "")
    if not user:
        return {}
    both = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {both}"}
