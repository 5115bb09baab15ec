"""Tells the person who acted, and nobody else: a POST to the address that Slack gave for it.

Only Slack's own hosts are ever spoken to, whatever a payload says.
"""

import json
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from relay.logs import logger

SLACK_HOOKS = ("https", "hooks.slack.com", 443)
TIMEOUT_SECONDS = 5.0

log = logger("relay.actions.answer")


def ephemeral(text: str) -> dict[str, Any]:
    """What only one person sees, beside the message or after the command."""
    return {"response_type": "ephemeral", "replace_original": False, "text": text}


class Answers:
    """`api_url`: base of Slack's Web API, whose stand-in gives out addresses of its own."""

    def __init__(self, api_url: str) -> None:
        self._allowed = {SLACK_HOOKS, _origin(api_url)}

    def tell(self, url: str, text: str) -> bool:
        """Whether it was told; failures are logged, since there is nobody else to tell."""
        if not url or _origin(url) not in self._allowed:
            if url:
                log.warning("an address that is not Slack's: nothing was sent")
            return False
        request = Request(  # noqa: S310 - one of the few origins above
            url,
            data=json.dumps(ephemeral(text)).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS):
                return True
        except (OSError, HTTPException, ValueError) as error:
            # Not str(error): it may hold the address, which is a secret of its own.
            log.warning("could not answer in Slack", reason=type(error).__name__)
            return False


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would lead to an address that was never looked at."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what has a user in it, or is no http(s) address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    if any(character <= " " or character in "\\\x7f" for character in url):
        return None
    return parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme]
