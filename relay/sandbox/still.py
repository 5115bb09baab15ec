"""Messages as one page that stands alone: a picture of what Slack would show."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

from flask import render_template, url_for

from relay.sandbox.acting import Relay
from relay.sandbox.app import create_sandbox
from relay.sandbox.files import File
from relay.sandbox.page import view
from relay.sandbox.rates import NO_LIMITS
from relay.sandbox.state import State
from relay.sandbox.workspace import Post

_MEASURE = "document.documentElement.dataset.height = document.body.scrollHeight"
"""So that whoever takes a picture of the page knows how high it has to be."""

_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Shown:
    """One message: the arguments of chat.postMessage that hold its content."""

    content: Mapping[str, Any]
    reply: bool = False  # in the thread of the first message
    broadcast: bool = False  # a reply that the channel sees, too
    edited: bool = False
    picture: bytes = b""  # a PNG that was uploaded with it
    title: str = ""  # of the picture


def still(
    messages: Sequence[Shown], channel: str, at: float, timezone: tzinfo | None = None
) -> str:
    """HTML without a script that loads anything; `at` is the time of the messages, since 1970."""
    # With somebody to click for, buttons look as they do where clicks are taken.
    app = create_sandbox(limits=NO_LIMITS, clock=lambda: at, timezone=timezone, relay=Relay("", ""))
    state: State = app.extensions["sandbox"]
    name, first = channel, ""
    for number, shown in enumerate(messages):
        post = Post(
            "",
            shown.content["text"],
            shown.content.get("blocks", []),
            shown.content.get("attachments", []),
            thread_ts=first if shown.reply else "",
            broadcast=shown.broadcast,
            files=_files(state, shown),
        )
        there, posted = state.workspace.post(name, post, at + number)
        first = first or posted.ts
        if shown.edited:
            kept = Post(posted.ts, post.text, post.blocks, post.attachments)
            state.workspace.update(there.id, kept, at + number)
    with app.test_request_context():
        known = view(state, state.workspace.channel(name))
        digest = base64.b64encode(hashlib.sha256(_MEASURE.encode()).digest()).decode()
        own = {"css": _read("sandbox.css"), "measure": _MEASURE, "measure_hash": digest}
        html = render_template("sandbox/still.html", **known, **own, can_act=True)
        icon = base64.b64encode(_read("tocsin.svg").encode()).decode()
        avatar = url_for("page.static", filename="tocsin.svg")
        html = html.replace(f'"{avatar}"', f'"data:image/svg+xml;base64,{icon}"')
        for file in (file for post in known["channel"].posts.values() for file in post.files):
            place = url_for("uploads.shown", file_id=file.id)
            data = base64.b64encode(file.data or b"").decode()
            html = html.replace(f'"{place}"', f'"data:image/png;base64,{data}"')
        return html


def _files(state: State, shown: Shown) -> tuple[File, ...]:
    if not shown.picture:
        return ()
    file = state.workspace.files.expect("chart.png", len(shown.picture))
    state.workspace.files.take(file.secret, shown.picture)
    return (state.workspace.files.complete(file.id, shown.title),)


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
