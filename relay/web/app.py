"""The relay's HTTP endpoints: a thin shell around `webhook`, `ingest` and the store."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from html import escape
from typing import Any

from flask import Flask, Response, g, jsonify, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from relay.actions.handler import Handler
from relay.clock import Clock
from relay.config.model import Loaded
from relay.intake.ingest import take_in
from relay.intake.webhook import WebhookError, parse
from relay.logs import logger
from relay.metrics import Metrics
from relay.store import Rejected, Store, StoreError
from relay.web import auth, page
from relay.web.body import BodyError, whole
from relay.web.slackrequests import SlackEndpoints

RETRY_SECONDS = "5"
LARGE_BYTES = 1_000_000  # of a webhook; parsed, it takes some ten times as much memory
LARGE_AT_ONCE = 2
KEPT_BYTES = 64 * 1024  # of a rejected body

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]

log = logger("relay.web.app")


@dataclass(frozen=True)
class Services:
    """What the endpoints work with. `wake` tells the loop of news, `alive` whether it runs."""

    loaded: Loaded
    store: Store
    metrics: Metrics
    clock: Clock
    wake: Callable[[], None]
    alive: Callable[[], bool]
    sandbox: str = ""  # where its page is, if it stands in for Slack
    handler: Handler | None = None  # of clicks and commands, where they can reach us


def create_app(services: Services, receives: bool = True) -> Flask:
    """The WSGI application; of a process that receives nothing, what tells how it is."""
    app = Flask(__name__)
    # One more than `whole` takes: past it Flask would cut a body off, and say nothing.
    app.config["MAX_CONTENT_LENGTH"] = services.loaded.config.limits.webhook_bytes + 1
    endpoints = Endpoints(services)
    app.add_url_rule("/healthz", view_func=endpoints.healthz)
    app.add_url_rule("/readyz", view_func=endpoints.readyz)
    app.add_url_rule("/metrics", view_func=endpoints.metrics)
    if receives:
        _receive(app, endpoints, services)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreError, endpoints.store_error)
    app.after_request(_secured)
    return app


def _receive(app: Flask, endpoints: "Endpoints", services: Services) -> None:
    app.add_url_rule("/v1/alertmanager", view_func=endpoints.alertmanager, methods=["POST"])
    secret = services.loaded.settings.slack_signing_secret
    slack = SlackEndpoints(services.handler, secret, services.metrics)
    app.add_url_rule("/v1/slack/interactions", view_func=slack.interactions, methods=["POST"])
    app.add_url_rule("/v1/slack/commands", view_func=slack.commands, methods=["POST"])
    app.add_url_rule("/v1/retry", view_func=endpoints.retry, methods=["POST"])
    app.add_url_rule("/", view_func=endpoints.index)
    app.add_url_rule("/groups/<group_id>", view_func=endpoints.group)
    app.add_url_rule("/digests/<storm_id>", view_func=endpoints.digest)


class Endpoints:
    """One method per endpoint."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.loaded.settings
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)

    def alertmanager(self) -> Answer:
        """Takes a webhook; 200 means that it is on disk."""
        metrics = self._services.metrics
        tokens = self._settings.webhook_tokens
        if tokens and not auth.bearer_matches(request, tokens):
            metrics.webhook(401)
            return _unauthorized("Bearer")
        try:
            body = whole(request, self._services.loaded.config.limits.webhook_bytes)
        except BodyError as error:
            metrics.webhook(error.code or 0)
            raise
        g.webhook = True  # so that a failure of the store is counted as one of a webhook
        with self._large if len(body) > LARGE_BYTES else nullcontext():
            try:
                webhook = parse(body)
            except WebhookError as error:
                return self._rejected(body, str(error))
            take_in(webhook, self._services.store, self._services.loaded.config, self._now())
        self._services.wake()
        fires = any(alert.firing for alert in webhook.alerts)
        metrics.webhook(200, "firing" if fires else "resolved")
        return jsonify(status="ok")

    def retry(self) -> Answer:
        """Makes parked deliveries due: all, or the one of `group`."""
        if refusal := self._closed():
            return refusal
        if not auth.comes_from_here(request):
            return _error(403, "this request comes from another site")
        group = request.values.get("group") or None
        count = self._services.store.retry(group, self._now())
        self._services.wake()
        log.info("retry on demand", group=group or "all", count=count)
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            stay = group and request.values.get("then") == "group"
            back = url_for("group", group_id=group) if stay else url_for("index")
            return redirect(back, 303)  # type: ignore[return-value]  # werkzeug's type for a Response
        return jsonify(status="ok", retried=count)

    def healthz(self) -> Answer:
        """The process answers."""
        return jsonify(status="ok")

    def readyz(self) -> Answer:
        """Webhooks can be stored, and somebody delivers."""
        if not self._services.alive():
            return _error(503, "the delivery loop is not running")
        self._services.store.check()
        return jsonify(status="ok")

    def metrics(self) -> Answer:
        text = self._services.metrics.text()
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")

    def index(self) -> Answer:
        """The page for people."""
        if refusal := self._closed():
            return refusal
        query, show = request.args.get("q", "")[:200], request.args.get("show", "")
        return self._html(page.overview(self._site(), query, show, "fragment" in request.args))

    def group(self, group_id: str) -> Answer:
        """One group's page."""
        if refusal := self._closed():
            return refusal
        html = page.group(self._site(), group_id, "fragment" in request.args)
        return _error(404, "no such group") if html is None else self._html(html)

    def digest(self, storm_id: str) -> Answer:
        """All groups of one storm."""
        if refusal := self._closed():
            return refusal
        html = page.digest(self._site(), storm_id, "fragment" in request.args)
        return _error(404, "no such storm") if html is None else self._html(html)

    def _html(self, text: str) -> Response:
        """A page. Alerts may hold anything, a secret of ours too: it is not shown."""
        for secret in self._settings.secrets:
            text = text.replace(escape(secret.reveal()), "***")
        return Response(text, content_type="text/html; charset=utf-8")

    def _site(self) -> page.Site:
        services = self._services
        troubles = services.metrics.template_troubles
        return page.Site(services.store, services.loaded, self._now(), services.sandbox, troubles)

    def store_error(self, error: StoreError) -> Answer:
        """Alertmanager tries again on 5xx only."""
        log.error("the store failed", reason=error, path=request.path)
        self._services.metrics.errors.labels("store").inc()
        if g.get("webhook"):
            self._services.metrics.webhook(503)
        answer, code = _error(503, "the store cannot be written or read now")
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer, code

    def _rejected(self, body: bytes, reason: str) -> Answer:
        """400, so that Alertmanager does not send it again; a person may want to see it."""
        log.warning("rejected a webhook", reason=reason)
        kept = (
            body[:KEPT_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        )
        self._services.store.reject(Rejected(self._now(), reason[:1000], kept))
        self._services.metrics.webhook(400)
        return _error(400, reason)

    def _closed(self) -> Answer | None:
        """Why this request may not see the page; None if it may. On loopback everybody may."""
        tokens = self._settings.webhook_tokens
        if self._settings.local:
            return None
        if not tokens:
            return _error(403, "set RELAY_WEBHOOK_TOKEN to see this page from another machine")
        if auth.bearer_matches(request, tokens) or auth.password_matches(request, tokens):
            return None
        return _unauthorized("Basic")

    def _now(self) -> Any:
        return self._services.clock.now()


def _unauthorized(scheme: str) -> Answer:
    answer, code = _error(401, "a token is needed")
    answer.headers["WWW-Authenticate"] = f'{scheme} realm="tocsin-relay"'
    return answer, code


def _error(code: int, reason: str) -> tuple[Response, int]:
    return jsonify(status="error", reason=reason), code


def _http_error(error: HTTPException) -> Answer:
    """Flask's own errors (404, 405, 413, 500) as JSON, with the headers they come with."""
    code = error.code or 500
    answer, _ = _error(code, error.name)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    return answer, code


def _secured(answer: Response) -> Response:
    """Nothing of ours is to be framed, cached, guessed at or run."""
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
