"""Slack's methods: (workspace, arguments, now) -> answer, or RefusedError. Knows nothing of HTTP.

Shapes after https://docs.slack.dev/reference/methods, one page a method.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from relay.message.limits import violations
from relay.sandbox.call import Call
from relay.sandbox.refused import RefusedError
from relay.sandbox.workspace import (
    APP,
    BOT,
    BOT_USER,
    PERSON,
    PERSON_NAME,
    TEAM,
    Channel,
    Post,
)

BOT_NAME = "Tocsin"
LARGEST = 4 * 1024 * 1024  # bytes of a file
MOST = 999  # what conversations.history gives at once


Answer = dict[str, Any]


def call(method: str, call: Call) -> Answer:
    """The answer without its "ok"; RefusedError("unknown_method") for what the sandbox lacks."""
    handler = METHODS.get(method)
    if handler is None:
        raise RefusedError("unknown_method", req_method=method)
    return handler(call)


def as_json(post: Post, channel: Channel) -> Answer:
    """A message as Slack writes it in answers and histories."""
    message: Answer = {
        "type": "message",
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "team": TEAM,
        "ts": post.ts,
        "text": post.text,
    }
    if post.blocks:
        message["blocks"] = post.blocks
    if post.attachments:
        message["attachments"] = post.attachments
    if post.files:
        message["files"] = [
            {"id": file.id, "name": file.name, "title": file.title} for file in post.files
        ]
    if post.edited_ts:
        message["edited"] = {"user": BOT_USER, "ts": post.edited_ts}
    if post.thread_ts:
        message["thread_ts"] = post.thread_ts
        message["parent_user_id"] = BOT_USER
        if post.broadcast:
            message["subtype"] = "thread_broadcast"
    elif replies := channel.replies(post.ts):
        message["thread_ts"] = post.ts
        message["reply_count"] = len(replies)
        message["latest_reply"] = replies[-1].ts
    return message


def _auth_test(call: Call) -> Answer:
    return {
        "url": call.root,
        "team": "Sandbox",
        "user": BOT_NAME.lower(),
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _api_test(call: Call) -> Answer:
    if error := call.text("error"):
        raise RefusedError(error, args=dict(call.arguments))
    return {"args": dict(call.arguments)}


def _post_message(call: Call) -> Answer:
    post = _content(call)
    channel, posted = call.workspace.post(call.given("channel"), post, call.now)
    return {"channel": channel.id, "ts": posted.ts, "message": as_json(posted, channel)}


def _update(call: Call) -> Answer:
    channel, ts = call.workspace.channel(call.given("channel")), call.given("ts")
    old = channel.posts.get(ts)
    post = _content(call, ts, kept=old.attachments if old else [])
    channel, posted = call.workspace.update(call.given("channel"), post, call.now)
    answer = {"channel": channel.id, "ts": posted.ts, "text": posted.text}
    return {**answer, "message": as_json(posted, channel)}


def _content(call: Call, ts: str = "", kept: list[dict[str, Any]] | None = None) -> Post:
    """The message sent. An update without `attachments` leaves them as they were (`kept`);
    one with text and without `blocks` takes the blocks away."""
    blocks = call.array("blocks", "invalid_blocks_format")
    attachments = call.array("attachments", "invalid_attachments")
    content: Answer = {
        "text": call.text("text"),
        "blocks": blocks or [],
        "attachments": attachments if attachments is not None else kept or [],
    }
    if wrong := violations(content):
        code = wrong[0].split(":", 1)[0]
        messages = [text.split(": ", 1)[1] for text in wrong]
        more = {"messages": [f"[ERROR] {message}" for message in messages]}
        raise RefusedError(code, errors=messages, response_metadata=more)
    return Post(
        ts, **content, thread_ts=call.text("thread_ts"), broadcast=call.flag("reply_broadcast")
    )


def _history(call: Call) -> Answer:
    """The newest first; replies only where they were sent to the channel, too."""
    channel = call.workspace.channel(call.given("channel"))
    posts = [post for post in channel.posts.values() if post.in_channel]
    return _page(call, channel, posts[::-1])


def _replies(call: Call) -> Answer:
    """The message that began the thread, then its replies, the oldest first."""
    channel = call.workspace.channel(call.given("channel"))
    first = channel.posts.get(call.given("ts"))
    if first is None:
        raise RefusedError("thread_not_found")
    root = channel.posts.get(first.thread_ts, first)
    return _page(call, channel, [root, *channel.replies(root.ts)])


def _page(call: Call, channel: Channel, posts: list[Post]) -> Answer:
    shown = [post for post in posts if _within(call, post.ts)]
    limit = _limit(call)
    start = _cursor(call.text("cursor"))
    rest = shown[start:]
    answer: Answer = {
        "messages": [as_json(post, channel) for post in rest[:limit]],
        "has_more": len(rest) > limit,
    }
    if answer["has_more"]:
        following = urlsafe_b64encode(f"next:{start + limit}".encode()).decode()
        answer["response_metadata"] = {"next_cursor": following}
    return answer


def _within(call: Call, ts: str) -> bool:
    oldest, latest = _time(call.text("oldest"), 0.0), _time(call.text("latest"), float("inf"))
    at = float(ts)
    return oldest <= at <= latest if call.flag("inclusive") else oldest < at < latest


def _time(text: str, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        raise RefusedError("invalid_ts_latest") from None


def _limit(call: Call) -> int:
    text = call.text("limit") or "100"
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise RefusedError("invalid_limit")
    return int(text)


def _cursor(text: str) -> int:
    if not text:
        return 0
    try:
        return int(urlsafe_b64decode(text).decode().removeprefix("next:"))
    except ValueError:
        raise RefusedError("invalid_cursor") from None


def _list(call: Call) -> Answer:
    channels = [
        {"id": channel.id, "name": channel.name, "is_channel": True, "is_member": True}
        for channel in call.workspace.channels()
    ]
    return {"channels": channels, "response_metadata": {"next_cursor": ""}}


def _info(call: Call) -> Answer:
    channel = call.workspace.channel(call.given("channel"))
    return {"channel": {"id": channel.id, "name": channel.name, "is_member": True}}


def _permalink(call: Call) -> Answer:
    channel = call.workspace.channel(call.given("channel"))
    ts = call.given("message_ts")
    if ts not in channel.posts:
        raise RefusedError("message_not_found")
    link = f"{call.root}archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _user(call: Call) -> Answer:
    known = {BOT_USER: BOT_NAME, PERSON: PERSON_NAME}
    if (wanted := call.given("user")) not in known:
        raise RefusedError("user_not_found")
    name = known[wanted]
    user = {"id": wanted, "team_id": TEAM, "name": name.lower(), "is_bot": wanted == BOT_USER}
    return {"user": user | {"real_name": name}}


def _usergroup(call: Call) -> Answer:
    """Every user group has one member, the person in front of the page."""
    call.given("usergroup")
    return {"users": [PERSON]}


def _open_view(call: Call) -> Answer:
    view = call.arguments.get("view")
    if isinstance(view, str):
        try:
            view = json.loads(view)
        except ValueError:
            raise RefusedError("invalid_arguments") from None
    if not isinstance(view, dict) or view.get("type") != "modal" or not view.get("blocks"):
        raise RefusedError("invalid_arguments", detail="view must be a modal with blocks")
    opened = {"id": "V0SANDBOX", "team_id": TEAM, **view}
    call.workspace.open_by_trigger(call.text("trigger_id"), opened)
    return {"view": opened}


def _upload_url(call: Call) -> Answer:
    """The first of three steps: a place for the bytes, good for one file of this length."""
    length = call.given("length")
    if not length.isdecimal() or not 0 < int(length) <= LARGEST:
        raise RefusedError("invalid_arguments", detail="length")
    file = call.workspace.files.expect(call.given("filename"), int(length))
    return {"upload_url": f"{call.root}upload/v1/{file.secret}", "file_id": file.id}


def _complete_upload(call: Call) -> Answer:
    """The third: the files are shared in a channel, or in a thread of it."""
    wanted = call.array("files", "invalid_arguments") or []
    files = [
        call.workspace.files.complete(str(each.get("id")), str(each.get("title") or ""))
        for each in wanted
    ]
    if where := call.text("channel_id"):
        channel = call.workspace.channel(where)  # an ID: a name is not taken here
        post = Post(
            "", call.text("initial_comment"), [], [], call.text("thread_ts"), files=tuple(files)
        )
        call.workspace.post(channel.id, post, call.now)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


METHODS: dict[str, Callable[[Call], Answer]] = {
    "api.test": _api_test,
    "auth.test": _auth_test,
    "chat.getPermalink": _permalink,
    "chat.postMessage": _post_message,
    "chat.update": _update,
    "conversations.history": _history,
    "conversations.info": _info,
    "conversations.list": _list,
    "conversations.replies": _replies,
    "usergroups.users.list": _usergroup,
    "files.completeUploadExternal": _complete_upload,
    "files.getUploadURLExternal": _upload_url,
    "users.info": _user,
    "views.open": _open_view,
}
