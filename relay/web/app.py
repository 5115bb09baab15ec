"""The relay's HTTP endpoints: a thin shell around `webhook`, `ingest` and the store."""

from html import escape
from typing import Any

from flask import Flask, Response, jsonify, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from relay.logs import logger
from relay.message.escape import visible
from relay.store import StoreError
from relay.web import auth, page
from relay.web.secured import HEADERS
from relay.web.services import Services
from relay.web.slackrequests import SlackEndpoints
from relay.web.webhooks import RETRY_SECONDS, Webhooks

SECRET_LENGTH = 8  # characters
Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]

log = logger("relay.web.app")


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
    app.wsgi_app = Webhooks(app.wsgi_app, services)  # type: ignore[assignment,method-assign]  # as Flask says
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
        """A page. Alerts may hold anything, a secret of ours too: it is not shown. (One that is
        as short as a word would be taken out of words and links.)"""
        for secret in self._settings.secrets:
            if len(secret.reveal()) >= SECRET_LENGTH:
                text = text.replace(escape(secret.reveal()), "***")
        return Response(visible(text), content_type="text/html; charset=utf-8")

    def _site(self) -> page.Site:
        services = self._services
        troubles = services.metrics.template_troubles
        return page.Site(services.store, services.loaded, self._now(), services.sandbox, troubles)

    def store_error(self, error: StoreError) -> Answer:
        """Alertmanager tries again on 5xx only."""
        log.error("the store failed", reason=error, path=request.path)
        self._services.metrics.errors.labels("store").inc()
        answer, code = _error(503, "the store cannot be written or read now")
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer, code

    def _closed(self) -> Answer | None:
        """Why this request may not see the page; None if it may. On loopback everybody may who
        means this machine."""
        tokens = self._settings.webhook_tokens
        meant = auth.asks_this_machine(request, self._services.loaded.config.page)
        if self._settings.local and meant:
            return None
        if not tokens and self._settings.local:
            return _error(403, "the relay does not know itself by this name: set links.page")
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
    for name, value in HEADERS:
        answer.headers.setdefault(name, value)
    return answer
