"""Alertmanager's API (v2): makes, ends and lists silences, at one replica after the other.

https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml
"""

import json
import re
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from relay.config.model import Server

TIMEOUT_SECONDS = 5.0
LONGEST_ANSWER = 64 * 1024 * 1024


class ServerError(Exception):
    """It cannot be done now, or will not be; the text is for people and holds no secret.

    `status` is what the server answered, 0 if nothing.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Match:
    """One condition of a silence."""

    name: str
    value: str
    regex: bool = False
    equal: bool = True  # False: must not match

    def holds(self, labels: Mapping[str, str]) -> bool:
        """As Alertmanager judges it: a missing label is "", a regular expression is anchored."""
        found = labels.get(self.name, "")
        if not self.regex:
            return (found == self.value) is self.equal
        try:
            return bool(re.fullmatch(self.value, found)) is self.equal
        except re.error:  # Go's syntax, not Python's: we cannot tell
            return False


@dataclass(frozen=True)
class Silence:
    """A silence as Alertmanager holds it. Times are aware datetimes."""

    matchers: tuple[Match, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str
    id: str = ""
    updated_at: datetime | None = None
    state: str = "active"  # or pending, expired

    def covers(self, labels: Mapping[str, str]) -> bool:
        return all(match.holds(labels) for match in self.matchers)


class Alertmanagers:
    """The configured Alertmanagers."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = tuple(servers)

    def silence(self, silence: Silence) -> tuple[str, str]:
        """Makes or changes a silence; gives its ID and the address of who took it."""
        body = {
            "matchers": [
                {"name": m.name, "value": m.value, "isRegex": m.regex, "isEqual": m.equal}
                for m in silence.matchers
            ],
            "startsAt": silence.starts_at.astimezone(UTC).isoformat(),
            "endsAt": silence.ends_at.astimezone(UTC).isoformat(),
            "createdBy": silence.author,
            "comment": silence.comment,
        } | ({"id": silence.id} if silence.id else {})
        answer, server = self._first("POST", "/api/v2/silences", body)
        made = answer.get("silenceID") if isinstance(answer, dict) else None
        if not isinstance(made, str) or not made:
            raise ServerError(f"{server.url} does not answer as Alertmanager does")
        return made, server.url

    def end(self, silence_id: str, at: str = "") -> None:
        """Ends a silence, first where it was made (`at`). One that is over or unknown is fine."""
        path = f"/api/v2/silence/{quote(silence_id, safe='')}"
        try:
            self._first("DELETE", path, None, prefer=at)
        except ServerError as error:
            if error.status == 404 or self._over(path, at):
                return
            raise

    def _over(self, path: str, at: str) -> bool:
        """Alertmanager 0.25 answers 500 when told to end what has ended."""
        try:
            answer, _ = self._first("GET", path, None, prefer=at)
            return _silence(answer).state == "expired"
        except (ServerError, ValueError) as error:
            return getattr(error, "status", 0) == 404

    def silences(self) -> dict[str, list[Silence] | ServerError]:
        """By address: what each knows, or why it does not say."""
        return {server.url: self._listed(server) for server in self.servers}

    def firing(self, server_url: str, labels: Mapping[str, str]) -> set[str]:
        """The fingerprints of the alerts with these labels that fire now, silenced or not."""
        server = next((one for one in self.servers if one.url == server_url), None)
        if server is None:
            raise ServerError(f"{server_url} is not configured any more")
        filters = [("filter", f"{name}={_quoted(value)}") for name, value in labels.items()]
        answer = ask(server, "GET", f"/api/v2/alerts?{urlencode(filters)}")
        if not isinstance(answer, list):
            raise ServerError(f"{server.url} does not answer as Alertmanager does")
        return {str(alert.get("fingerprint")) for alert in answer if isinstance(alert, dict)}

    def _listed(self, server: Server) -> list[Silence] | ServerError:
        try:
            return [_silence(one) for one in ask(server, "GET", "/api/v2/silences")]
        except ServerError as error:
            return error
        except (TypeError, ValueError):
            return ServerError(f"{server.url} does not answer as Alertmanager does")

    def _first(self, method: str, path: str, body: Any, prefer: str = "") -> tuple[Any, Server]:
        """The answer of the first server that does it; else what went wrong, of each."""
        failures: list[ServerError] = []
        for server in sorted(self.servers, key=lambda one: one.url != prefer):
            try:
                return ask(server, method, path, body), server
            except ServerError as error:
                failures.append(error)
                if error.status in {400, 404, 422}:  # what is asked for is wrong, wherever
                    break
        if not failures:
            raise ServerError("no Alertmanager is configured")
        raise ServerError("; ".join(map(str, failures)), failures[-1].status)


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the token to wherever it points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def ask(
    server: Server, method: str, path: str, body: Any = None, seconds: float = TIMEOUT_SECONDS
) -> Any:
    """The JSON that a server answers, None for an empty answer; or ServerError."""
    request = Request(  # noqa: S310 - the address is http(s), from the configuration
        server.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Accept": "application/json"},
        method=method,
    )
    if body is not None:
        request.add_header("Content-Type", "application/json")
    if authorization := _authorization(server):
        request.add_unredirected_header("Authorization", authorization)
    try:
        text = _read(request, seconds)
        return json.loads(text) if text.strip() else None
    except HTTPError as error:
        with error:
            said = error.read(2000).decode("utf-8", "replace").strip().strip('"')
        reason = f"{server.url} answered {error.code}" + (f": {said[:300]}" if said else "")
        raise ServerError(reason, error.code) from None
    except (OSError, HTTPException) as error:
        cause = error.reason if isinstance(error, URLError) else error
        why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise ServerError(f"{server.url} cannot be reached: {str(why)[:200]}") from None
    except (ValueError, RecursionError):
        raise ServerError(f"{server.url} does not answer with JSON") from None


def _read(request: Request, seconds: float) -> bytes:
    """The body. A server that trickles bytes is given up after a while, too."""
    until = time.monotonic() + 2 * seconds
    parts: list[bytes] = []
    with _opener.open(request, timeout=seconds) as response:
        while part := response.read1(1 << 16):
            parts.append(part)
            if sum(map(len, parts)) > LONGEST_ANSWER or time.monotonic() > until:
                raise OSError("the answer is too long, or too slow")
    return b"".join(parts)


def _authorization(server: Server) -> str:
    try:
        if server.token_file:
            return f"Bearer {_secret(server.token_file)}"
        if server.username:
            pair = f"{server.username}:{_secret(server.password_file)}"
            return f"Basic {b64encode(pair.encode()).decode()}"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a token"
        raise ServerError(f"{server.url}: cannot read its token or password file: {why}") from None
    return ""


def _secret(path: str) -> str:
    value = Path(path).read_text(encoding="utf-8").strip()
    if not value.isprintable():  # http.client would name it in its error
        raise ValueError(path)
    return value


def _quoted(value: str) -> str:
    """A label's value as a matcher in Alertmanager's text form."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _silence(data: Any) -> Silence:
    """From Alertmanager's JSON; ValueError if it is none."""
    try:
        return Silence(
            matchers=tuple(
                Match(str(m["name"]), str(m["value"]), m["isRegex"], m.get("isEqual", True))
                for m in data["matchers"]
            ),
            starts_at=_time(data["startsAt"]),
            ends_at=_time(data["endsAt"]),
            author=str(data.get("createdBy", "")),
            comment=str(data.get("comment", "")),
            id=str(data["id"]),
            updated_at=_time(data["updatedAt"]),
            state=str(data["status"]["state"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no silence") from error


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
