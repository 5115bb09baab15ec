"""Slack's requests over HTTP: verified, stored, answered. The work is done afterwards."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from relay.actions.handler import Handler
from relay.actions.payloads import Asked, PayloadError, command, form, interaction
from relay.logs import logger
from relay.metrics import Metrics
from relay.secret import Secret
from relay.slack.api import verify_signature
from relay.web.body import BodyError, whole

MOST_BYTES = 1_000_000  # far above any payload of Slack's

Answer = Response | tuple[Response, int]

log = logger("relay.web.slackrequests")


class SlackEndpoints:
    """`handler` is None, or `secret`, where nothing can be acted upon: then there is nothing."""

    def __init__(self, handler: Handler | None, secret: Secret | None, metrics: Metrics) -> None:
        self._handler, self._secret, self._metrics = handler, secret, metrics

    def interactions(self) -> Answer:
        """Buttons and dialogs."""
        return self._counted(interaction)

    def commands(self) -> Answer:
        """`/tocsin`."""
        return self._counted(lambda body: command(form(body)))

    def _counted(self, read: Callable[[bytes], Asked]) -> Answer:
        answer = self._answer(read)
        code = answer[1] if isinstance(answer, tuple) else answer.status_code
        self._metrics.slack_requests.labels(str(code)).inc()
        return answer

    def _answer(self, read: Callable[[bytes], Asked]) -> Answer:
        if self._handler is None or self._secret is None:
            return _error(404, "no SLACK_SIGNING_SECRET is set: interactions are switched off")
        try:
            body = whole(request, MOST_BYTES)
        except BodyError as error:
            return _error(error.code or 0, error.name)
        signature = request.headers.get("X-Slack-Signature")
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        if not signature or not verify_signature(self._secret, body, timestamp, signature):
            log.warning("a request that Slack did not sign, or long ago", path=request.path)
            return _error(401, "the signature does not match, or is too old")
        try:
            asked = read(body)
        except PayloadError as error:
            log.warning("a request that makes no sense", reason=error, path=request.path)
            return _error(400, str(error))
        reply = self._handler.handle(asked, hashlib.sha256(signature.encode()).hexdigest())
        return Response(status=200) if reply is None else jsonify(reply)


def _error(code: int, reason: str) -> tuple[Response, int]:
    told: dict[str, Any] = {"status": "error", "reason": reason}
    return jsonify(told), code
