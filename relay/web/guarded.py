"""The sandbox behind the relay's token, where others than this machine can reach it.

Its page and its controls are for whoever may see the relay's page. Its API is for the relay itself,
which calls it from this machine; the addresses that answers go to hold a secret of their own.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from flask import Request, Response

from relay.config.model import Settings
from relay.web import auth

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Guarded:
    """A WSGI application that lets in who may."""

    def __init__(self, app: Wsgi, settings: Settings) -> None:
        self._app, self._settings = app, settings

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        here = self._settings.local and auth.asks_this_machine(request, "")
        refusal = None if here else self._refusal(request)
        return (refusal or self._app)(environ, start)

    def _refusal(self, request: Request) -> Response | None:
        tokens = self._settings.webhook_tokens
        if request.path.startswith(("/response/", "/upload/")) or self._is_the_relay(request):
            return None
        if not tokens:
            return Response("set RELAY_WEBHOOK_TOKEN to see this from another machine\n", 403)
        if auth.bearer_matches(request, tokens) or auth.password_matches(request, tokens):
            return None
        ask = {"WWW-Authenticate": 'Basic realm="tocsin-relay"'}
        return Response("a token is needed\n", 401, ask)

    def _is_the_relay(self, request: Request) -> bool:
        """Whether it is a call of ours to the API, and nobody's that a proxy passes on."""
        if not request.path.startswith("/api/") or "X-Forwarded-For" in request.headers:
            return False
        try:
            caller = ip_address(request.remote_addr or "")
        except ValueError:
            return False
        return caller.is_loopback or str(caller) == self._settings.host
