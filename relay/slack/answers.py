"""What goes wrong with a call to Slack, as data: it refused, or there was no answer of its own."""

import math
from http.client import HTTPException, RemoteDisconnected
from typing import Any
from urllib.error import HTTPError, URLError

from slack_sdk.errors import SlackApiError

from relay.model.outcome import Ambiguous, Failure, Gone, RateLimited, Refused, Retry
from relay.slack.errors import CONTENT, GONE, HALF_DONE, RATE, TRANSIENT

DEFAULT_WAIT_SECONDS = 30.0  # for a 429 that does not say how long
LONGEST_WAIT_SECONDS = 3600.0
REQUEST_TIMEOUT = 408  # of a proxy that passed the call on, and waited


def refusal(error: SlackApiError) -> Failure:
    """Slack answered, but not "ok"."""
    response: Any = error.response
    status: int = response.status_code
    data = response.data if isinstance(response.data, dict) else {}
    code = data.get("error")
    if status == 429 or code in RATE:
        return RateLimited(_wait(response.headers), code if code in RATE else "ratelimited")
    if not isinstance(code, str) or " " in code:  # the SDK puts a sentence there for no JSON
        # Something on the way spoke in Slack's place. Only with a 4xx does it say that it did not
        # pass the call on; any other may stand for an answer that says "ok".
        kind = Retry if 400 <= status < 500 and status != REQUEST_TIMEOUT else Ambiguous
        return kind(f"HTTP {status}, not Slack's JSON", unreachable=True, answered=True)
    if code in HALF_DONE:
        return Ambiguous(code, unreachable=status >= 500, answered=True)
    if status >= 500:
        return Ambiguous(f"HTTP {status}: {code}", unreachable=True, answered=True)
    if code in TRANSIENT:
        return Retry(code, unreachable=True, answered=True)
    if code in GONE:
        return Gone(code)
    return Refused(_detailed(code, data), outside=code not in CONTENT)


def _detailed(code: str, data: dict[str, Any]) -> str:
    """The code, and what Slack says is wrong with the content or missing in the permissions."""
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    more = [str(entry) for entry in messages] if isinstance(messages, list) else []
    if isinstance(needed := data.get("needed"), str):
        more.append(f"needs {needed}")
    return f"{code}: {'; '.join(more)}"[:500] if more else code[:500]


def failure(error: Exception) -> Failure:
    """There was no answer, or none that could be read."""
    reason = error.reason if isinstance(error, URLError) else error
    name = type(reason).__name__ if isinstance(reason, Exception) else str(reason)[:80]
    # urllib wraps only what fails before the request is out: connecting, TLS, name lookup.
    unsent = isinstance(error, URLError) and not isinstance(error, HTTPError)
    if isinstance(reason, ConnectionResetError | BrokenPipeError | RemoteDisconnected):
        unsent = False  # also wrapped when it comes while the body is on its way
    if unsent and not isinstance(reason, TimeoutError):
        return Retry(f"cannot reach Slack: {name}", unreachable=True)
    if isinstance(error, OSError | HTTPException):
        return Ambiguous(f"no answer from Slack: {name}", unreachable=True)
    return Ambiguous(f"an answer that makes no sense: {name}", unreachable=True)


def _wait(headers: Any) -> float:
    """Seconds that Retry-After asks for."""
    values = {str(key).lower(): value for key, value in dict(headers or {}).items()}
    try:
        seconds = float(values.get("retry-after", ""))
    except (TypeError, ValueError):
        return DEFAULT_WAIT_SECONDS
    if not math.isfinite(seconds) or seconds < 0:
        return DEFAULT_WAIT_SECONDS
    return min(seconds, LONGEST_WAIT_SECONDS)
