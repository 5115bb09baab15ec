"""Slack's incoming webhooks, where there is no bot token: they take posts and tell nothing else.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. The address is a secret.
"""

import json
import math
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from relay.config.model import Settings
from relay.message import Message
from relay.model.delivered import Intent, MessageRef
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Lookup,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Unknowable,
)
from relay.slack.errors import CONTENT, HALF_DONE

TIMEOUT_SECONDS = 10.0
DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30.0, 3600.0


class SlackHook:
    """Takes the place of relay.slack.api.Slack. No method raises."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.slack_webhook_url.reveal() if settings.slack_webhook_url else ""

    def post(self, intent: Intent, message: Message) -> Outcome:
        """Slack does not say where a post is: its place is made up."""
        body = {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}
        told = {name: part for name, part in body.items() if part}
        request = Request(  # noqa: S310 - http(s), checked when the settings were read
            self._url,
            json.dumps(told | {"unfurl_links": False, "unfurl_media": False}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                said = answer.read(1000).decode("utf-8", "replace").strip()
        except HTTPError as error:
            with error:
                said = error.read(300).decode("utf-8", "replace").strip()
            return _refusal(error.code, said, error.headers)
        except (OSError, HTTPException, ValueError) as error:
            return _failure(error)
        if said != "ok":
            return Ambiguous("an answer that is not Slack's", unreachable=True, answered=True)
        return Accepted(intent.channel, intent.token)

    def update(self, ref: MessageRef, message: Message) -> Outcome:
        return Refused("an incoming webhook cannot edit")

    def find(self, intent: Intent, channel_id: str) -> Lookup:
        return Unknowable("an incoming webhook cannot read")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def _refusal(status: int, said: str, headers: Any) -> Outcome:
    code = said if said.replace("_", "").isalnum() and len(said) < 60 else f"HTTP {status}"
    if status == 429:
        return RateLimited(_wait(headers), "ratelimited")
    if code in HALF_DONE or status >= 500:
        return Ambiguous(code, unreachable=True, answered=True)
    return Refused(code, outside=code not in CONTENT and code != "invalid_payload")


def _failure(error: Exception) -> Outcome:
    reason = error.reason if isinstance(error, URLError) else error
    name = type(reason).__name__
    if isinstance(error, URLError) and not isinstance(reason, TimeoutError | ConnectionResetError):
        return Retry(f"cannot reach Slack: {name}", unreachable=True)
    return Ambiguous(f"no answer from Slack: {name}", unreachable=True)


def _wait(headers: Any) -> float:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return DEFAULT_WAIT_SECONDS
    good = math.isfinite(seconds) and seconds >= 0
    return min(seconds, LONGEST_WAIT_SECONDS) if good else DEFAULT_WAIT_SECONDS
