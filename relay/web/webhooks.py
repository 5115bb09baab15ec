"""The endpoint that Alertmanager's webhooks come to, in front of Flask.

Finding a view, keeping contexts and making a response take Flask longer than it takes us to store
what a webhook says; in a storm this is the endpoint that counts.
"""

import json
import threading
from collections.abc import Iterable
from contextlib import nullcontext
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Request

from relay.intake.ingest import take_in
from relay.intake.webhook import WebhookError, parse
from relay.logs import logger
from relay.store import Rejected, StoreError
from relay.web import auth
from relay.web.body import BodyError, whole
from relay.web.secured import HEADERS
from relay.web.services import Services

PATH = "/v1/alertmanager"
RETRY_SECONDS = "5"
LARGE_BYTES = 1_000_000  # of a webhook; parsed, it takes some ten times as much memory
LARGE_AT_ONCE = 2
KEPT_BYTES = 64 * 1024  # of a rejected body

log = logger("relay.web.webhooks")

OK = b'{"status":"ok"}\n'


class _Refused(Exception):
    """The answer is another than 200."""

    def __init__(self, code: int, reason: str, **headers: str) -> None:
        self.code, self.reason, self.headers = code, reason, headers


class Webhooks:
    """A WSGI application: takes webhooks itself, and leaves all else to `app`."""

    def __init__(self, app: WSGIApplication, services: Services) -> None:
        self._app, self._services = app, services
        self._most = services.loaded.config.limits.webhook_bytes
        self._tokens = services.loaded.settings.webhook_tokens
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return self._app(environ, start)
        try:
            told = self._take(Request(environ))
        except _Refused as refused:
            if refused.code != 405:
                self._services.metrics.webhook(refused.code)
            return _answer(start, refused)
        except Exception:  # a fault of ours: nothing of it is for whoever sent this
            log.exception("a webhook failed")
            return _answer(start, _Refused(500, HTTPStatus(500).phrase))
        self._services.wake()
        self._services.metrics.webhook(200, told)
        start("200 OK", [*HEADERS, ("Content-Type", "application/json"), _length(OK)])
        return [OK]

    def _take(self, request: Request) -> str:
        """Stores what a webhook says, and returns it in a word; or _Refused. Once it returns all
        is on disk."""
        if request.method != "POST":
            raise _Refused(405, HTTPStatus(405).phrase, Allow="POST")
        if self._tokens and not auth.bearer_matches(request, self._tokens):
            ask = {"WWW-Authenticate": 'Bearer realm="tocsin-relay"'}
            raise _Refused(401, "a token is needed", **ask)
        if not self._tokens and auth.browsed(request):
            raise _Refused(403, "a page sent this: alerts come from programs")
        try:
            body = whole(request, self._most)
        except BodyError as error:
            raise _Refused(error.code, HTTPStatus(error.code).phrase) from None
        services, now = self._services, self._services.clock.now()
        try:
            with self._large if len(body) > LARGE_BYTES else nullcontext():
                try:
                    webhook = parse(body)
                except WebhookError as error:
                    raise self._rejected(body, str(error)) from None
                take_in(webhook, services.store, services.loaded.config, now)
        except StoreError as error:  # Alertmanager tries again on 5xx only
            log.error("the store failed", reason=error, path=PATH)
            services.metrics.errors.labels("store").inc()
            reason, again = "the store cannot be written or read now", RETRY_SECONDS
            raise _Refused(503, reason, **{"Retry-After": again}) from None
        return "firing" if any(alert.firing for alert in webhook.alerts) else "resolved"

    def _rejected(self, body: bytes, reason: str) -> _Refused:
        """400, so that Alertmanager does not send it again; a person may want to see it."""
        log.warning("rejected a webhook", reason=reason)
        kept = body[:KEPT_BYTES].decode("utf-8", "replace")
        kept = kept.replace("\0", "\N{REPLACEMENT CHARACTER}")
        now = self._services.clock.now()
        self._services.store.reject(Rejected(now, reason[:1000], kept))
        return _Refused(400, reason)


def _answer(start: StartResponse, refused: _Refused) -> Iterable[bytes]:
    body = json.dumps({"status": "error", "reason": refused.reason}).encode() + b"\n"
    headers = [*HEADERS, ("Content-Type", "application/json"), _length(body)]
    start(f"{refused.code} {HTTPStatus(refused.code).phrase}", [*headers, *refused.headers.items()])
    return [body]


def _length(body: bytes) -> tuple[str, str]:
    return "Content-Length", str(len(body))
