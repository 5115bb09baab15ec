"""The page: channels at the left, messages at the right, rendered here, kept fresh by a script."""

import re
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from relay.sandbox.mrkdwn import Renderer, is_web
from relay.sandbox.refused import RefusedError
from relay.sandbox.state import State
from relay.sandbox.stream import headline, stream
from relay.sandbox.workspace import Channel

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_COLOURS = {"good": "#2eb67d", "warning": "#daa038", "danger": "#e01e5a"}
_HEX = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")


def page(state: State, can_act: bool = False) -> Blueprint:
    """The blueprint of the page over `state`."""
    blueprint = Blueprint(
        "page", __name__, template_folder="templates", static_folder="static",
        static_url_path="/sandbox-static",
    )  # fmt: skip
    blueprint.after_request(_hardened)

    def view_of(channel: Channel | None) -> dict[str, Any]:
        return view(state, channel) | {"can_act": can_act}

    @blueprint.get("/")
    def index() -> str:
        return render_template("sandbox/page.html", **view_of(_first(state)))

    @blueprint.get("/archives/<channel_id>")
    def archive(channel_id: str) -> str:
        return render_template("sandbox/page.html", **view_of(_channel(state, channel_id)))

    @blueprint.get("/archives/<channel_id>/p<int:micros>")
    def message(channel_id: str, micros: int) -> AnyResponse:
        """Where chat.getPermalink leads."""
        ts = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
        if ts not in _channel(state, channel_id).posts:
            abort(404)
        return redirect(url_for("page.archive", channel_id=channel_id, _anchor=f"m{ts}"))

    @blueprint.get("/api-page/state")
    def fresh() -> Response:
        """The version, and when it is not ?since=, the two parts of the page as HTML."""
        version = state.workspace.version
        if request.args.get("since") == str(version):
            return jsonify({"version": version})
        wanted = request.args.get("channel", "")
        channel = _channel(state, wanted, lenient=True) if wanted else _first(state)
        known = view_of(channel)
        return jsonify(
            {
                "version": version,
                "channels": render_template("sandbox/channels.html", **known),
                "messages": render_template("sandbox/stream.html", **known),
                "channel": channel.id if channel else "",
            }
        )

    return blueprint


def view(state: State, channel: Channel | None) -> dict[str, Any]:
    """What the templates are given."""
    version = state.workspace.version
    renderer = Renderer(datetime.fromtimestamp(state.clock(), UTC), state.timezone)
    return {
        "version": version,
        "all_channels": state.workspace.channels(),
        "channel": channel,
        "items": stream(channel, renderer) if channel else [],
        "mrkdwn": renderer.mrkdwn,
        "plain": renderer.plain,
        "headline": headline,
        "colour": colour,
        "is_web": is_web,
        "dialog": state.workspace.dialog,
    }


def _first(state: State) -> Channel | None:
    """The channel that spoke last, else the first by name."""
    channels = state.workspace.channels()
    return max(channels, key=lambda channel: channel.last_micros, default=None)


def _channel(state: State, channel_id: str, lenient: bool = False) -> Channel:
    try:
        return state.workspace.channel(channel_id)
    except RefusedError:
        if lenient:  # after a reset: shown as empty until it is posted to again
            return Channel(channel_id, "")
        abort(404)


def colour(value: object) -> str:
    """An attachment's colour as CSS has it, grey for none."""
    text = str(value or "")
    match = _HEX.fullmatch(text)
    return f"#{match[1]}" if match else _COLOURS.get(text, "#c4c4c4")


def _hardened(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "page.static":
        response.headers["Cache-Control"] = "no-store"
    return response
