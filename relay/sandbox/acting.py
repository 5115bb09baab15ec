"""Clicks on the page, sent on to the relay as Slack sends them, signed; and what it says back."""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from relay.sandbox import person
from relay.sandbox.guard import refuse_other_sites
from relay.sandbox.refused import RefusedError
from relay.sandbox.state import State
from relay.sandbox.workspace import Channel

SECONDS = 3.0  # Slack waits no longer, either

_opener = build_opener(ProxyHandler({}))  # the relay is on this machine


@dataclass(frozen=True)
class Relay:
    """Where clicks go: the relay's address, and the secret that it checks signatures with."""

    url: str  # without a slash at the end
    secret: str
    sandbox: str = ""  # the sandbox's address as the relay knows it; "": as the browser does


class Wire:
    """Sends on to the relay."""

    def __init__(self, state: State, relay: Relay) -> None:
        self._state, self._relay = state, relay

    def response_url(self, channel: Channel) -> str:
        """Where the relay can tell the person something."""
        token = self._state.workspace.response_token(channel.id)
        if self._relay.sandbox:
            return f"{self._relay.sandbox}/response/{token}"
        return url_for("acting.respond", token=token, _external=True)

    def interact(self, payload: dict[str, Any]) -> Any:
        return self.send("/v1/slack/interactions", {"payload": json.dumps(payload)})

    def send(self, path: str, fields: dict[str, str]) -> Any:
        """The relay's answer as JSON, None for an empty one; trouble becomes a note."""
        body = urlencode(fields).encode()
        timestamp = str(int(time.time()))  # the relay's clock, not the page's
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": person.signature(self._relay.secret, timestamp, body),
        }
        try:
            asked = Request(self._relay.url + path, body, headers)  # noqa: S310 - our own settings
            with _opener.open(asked, timeout=SECONDS) as answer:
                text = answer.read()
            return json.loads(text) if text.strip() else None
        except HTTPError as error:
            with error:
                self._note(f"The relay answered {error.code}.")
        except (OSError, HTTPException, ValueError) as error:
            self._note(f"The relay did not answer: {type(error).__name__}.")
        return None

    def _note(self, text: str) -> None:
        self._state.workspace.note(_channel(self._state).id, text)


def acting(state: State, relay: Relay | None) -> Blueprint:
    """The blueprint of clicks, the dialog, the command and response_url."""
    blueprint = Blueprint("acting", __name__)
    blueprint.before_request(lambda: refuse_other_sites(request))
    if relay is not None:
        _take_clicks(blueprint, state, Wire(state, relay))

    @blueprint.post("/response/<token>")
    def respond(token: str) -> tuple[Response, int]:
        """What response_url leads to: a note that only this person sees."""
        where = state.workspace.responds(token)
        body = request.get_json(silent=True)
        if where is None or not isinstance(body, dict):
            return jsonify({"ok": False, "error": "used_url"}), HTTPStatus.NOT_FOUND
        try:
            state.workspace.note(where, str(body.get("text", "")))
        except RefusedError:  # reset meanwhile
            return jsonify({"ok": False, "error": "used_url"}), HTTPStatus.NOT_FOUND
        return jsonify({"ok": True}), HTTPStatus.OK

    return blueprint


def _take_clicks(blueprint: Blueprint, state: State, wire: Wire) -> None:
    @blueprint.post("/act")
    def act() -> AnyResponse:
        channel = _channel(state)
        post = channel.posts.get(request.form.get("ts", ""))
        action, value = request.form.get("action", ""), request.form.get("value")
        button = person.find_button(post, action, value) if post else None
        if post is None or button is None:
            abort(HTTPStatus.NOT_FOUND, "no such button")
        trigger = state.workspace.trigger(channel.id)
        respond = wire.response_url(channel)
        wire.interact(person.click(button, post, channel, trigger, respond, state.clock()))
        return _back(channel)

    @blueprint.post("/dialog")
    def dialog() -> AnyResponse:
        opened = state.workspace.dialog
        channel = _channel(state)
        if opened is None or "cancel" in request.form:
            state.workspace.close_dialog()
            return _back(channel)
        trigger = state.workspace.trigger(channel.id)
        reply = wire.interact(person.submitted(opened.view, request.form, trigger))
        errors = reply.get("errors") if isinstance(reply, dict) else None
        if isinstance(errors, dict) and errors:
            state.workspace.open_dialog(opened.view, dict(request.form), errors)
        else:
            state.workspace.close_dialog()
        return _back(channel)

    @blueprint.post("/command")
    def slash() -> AnyResponse:
        channel = _channel(state)
        words = request.form.get("text", "").strip().removeprefix("/tocsin").strip()
        trigger = state.workspace.trigger(channel.id)
        respond = wire.response_url(channel)
        reply = wire.send(
            "/v1/slack/commands",
            person.command(words, channel, trigger, respond),
        )
        if isinstance(reply, dict) and isinstance(reply.get("text"), str):
            state.workspace.note(channel.id, reply["text"])
        return _back(channel)


def _channel(state: State) -> Channel:
    try:
        return state.workspace.channel(request.form.get("channel", ""))
    except RefusedError:
        abort(HTTPStatus.NOT_FOUND, "no such channel")


def _back(channel: Channel) -> AnyResponse:
    return redirect(url_for("page.archive", channel_id=channel.id), HTTPStatus.SEE_OTHER)


def _response_url(state: State, channel: Channel) -> str:
    token = state.workspace.response_token(channel.id)
    return url_for("acting.respond", token=token, _external=True)
