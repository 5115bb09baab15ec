"""Slack's Web API over HTTP: POST or GET /api/<method>, as slack_sdk calls it."""

import json
import socket
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from relay.sandbox.call import Call
from relay.sandbox.faults import Fault
from relay.sandbox.guard import refuse_other_sites
from relay.sandbox.methods import call
from relay.sandbox.refused import RefusedError
from relay.sandbox.state import State

Arguments = Mapping[str, Any]


def api(state: State) -> Blueprint:
    """The blueprint of the API over `state`."""
    blueprint = Blueprint("api", __name__)
    blueprint.before_request(lambda: refuse_other_sites(request))

    @blueprint.route("/api/<method>", methods=["GET", "POST"])
    def answer(method: str) -> Response:
        arguments = _arguments()
        response = _answer(state, method, arguments)
        state.log.append(
            {
                "time": state.clock(),
                "method": method,
                "arguments": {key: value for key, value in arguments.items() if key != "token"},
                "outcome": _outcome(response),
            }
        )
        return response

    return blueprint


def _answer(state: State, method: str, arguments: Arguments) -> Response:
    """The story of a call: token, rate, trouble on demand, the method itself."""
    if refusal := _unauthorised(state, arguments):
        return _refused(refusal)
    if seconds := _too_soon(state, method, arguments):
        return _limited(seconds)
    fault = state.faults.take(method)
    if fault is None:
        return _called(state, method, arguments)
    if fault.accept:
        response = _called(state, method, arguments)
        state.sleep(fault.hang)
        return _faulty(fault) if fault.answers else response
    state.sleep(fault.hang)
    return _faulty(fault) if fault.answers else _called(state, method, arguments)


def _called(state: State, method: str, arguments: Arguments) -> Response:
    try:
        done = call(method, Call(state.workspace, arguments, state.clock(), request.url_root))
    except RefusedError as refusal:
        return _refused(refusal.code, **refusal.more)
    return jsonify({"ok": True, **done})


def _arguments() -> dict[str, Any]:
    """Query, form and JSON together; a JSON body that is none counts as no arguments."""
    arguments: dict[str, Any] = {**request.args.to_dict(), **request.form.to_dict()}
    body = request.get_json(silent=True)
    return arguments | body if isinstance(body, dict) else arguments


def _unauthorised(state: State, arguments: Arguments) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    sent = token.strip() if scheme.lower() == "bearer" else str(arguments.get("token", ""))
    if not sent:
        return "not_authed"
    return "invalid_auth" if state.token and sent != state.token else ""


def _too_soon(state: State, method: str, arguments: Arguments) -> int:
    if method == "chat.postMessage":
        channel = str(arguments.get("channel", ""))
        return state.buckets.wait(
            f"{method} {_channel(state, channel)}", state.limits.post, state.clock()
        )
    if method == "chat.update":
        return state.buckets.wait(method, state.limits.update, state.clock())
    return 0


def _channel(state: State, name: str) -> str:
    """One bucket a channel, whether it is called by its name or its ID."""
    try:
        return state.workspace.channel(name).name
    except RefusedError:
        return name.strip().removeprefix("#")


def _refused(error: str, **more: Any) -> Response:
    return jsonify({"ok": False, "error": error, **more})


def _limited(seconds: int) -> Response:
    response = _refused("ratelimited")
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response.headers["Retry-After"] = str(seconds)
    return response


def _faulty(fault: Fault) -> Response:
    if fault.drop:
        return _dropped()
    status = fault.status or HTTPStatus.OK
    limited = status == HTTPStatus.TOO_MANY_REQUESTS
    if fault.error or limited:
        response = _refused(fault.error or "ratelimited")
    else:
        response = Response("upstream trouble, made by the sandbox\n", mimetype="text/plain")
    response.status_code = status
    if fault.retry_after or limited:
        response.headers["Retry-After"] = str(fault.retry_after or 1)
    return response


def _dropped() -> Response:
    """Close the connection without an answer, where the server lets us have its socket."""
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=HTTPStatus.BAD_GATEWAY, headers={"X-Sandbox-Dropped": "true"})


def _outcome(response: Response) -> dict[str, Any]:
    """What was answered, in short: HTTP status, and Slack's ok, error, channel and ts."""
    outcome: dict[str, Any] = {"status": response.status_code}
    if "X-Sandbox-Dropped" in response.headers:
        return outcome | {"dropped": True}
    if response.is_json:
        body = json.loads(response.get_data())
        outcome |= {key: body[key] for key in ("ok", "error", "channel", "ts") if key in body}
    return outcome
