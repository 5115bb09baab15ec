"""Slack's Web API as its documentation has it, and no bit more: for judging the relay.

Own code, not the relay's sandbox. It knows channels by ID, reads arguments only in the forms that
each method takes, enforces rates and limits, and keeps a list of all that nobody should have sent.
strict_http.py serves it.
"""

import json
import re
import time
from typing import Any, ClassVar

from strict_blocks import dialog
from strict_parts import Post, Rate, Refusal
from strict_workspace import BOT, POST_BURST, Workspace


class StrictSlack(Workspace):
    """A workspace with its methods."""

    def _auth_test(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.root,
            "team": "strict",
            "user": "tocsin",
            "team_id": "T0",
            "user_id": BOT,
        }

    def _chat_post_message(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given, by_name=True)
        content = self._content(given, "chat.postMessage")
        thread = str(given.get("thread_ts") or "")
        if thread and thread not in channel.posts:
            raise Refusal("thread_not_found")
        if thread and channel.posts[thread].thread_ts:
            self.wrong.append("a reply to a reply")
        if given.get("reply_broadcast") and not thread:
            self.wrong.append("a broadcast without a thread")
        self._limit(f"post {channel.id}", Rate(60, POST_BURST), "chat.postMessage")
        ts = self._tick()
        channel.posts[ts] = Post(ts, content, thread, bool(given.get("reply_broadcast")))
        return {"channel": channel.id, "ts": ts, "message": self._as_told(channel.posts[ts])}

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        post = channel.posts.get(str(given.get("ts")))
        if post is None:
            raise Refusal("message_not_found")
        if not {"blocks", "attachments"} <= given.keys():
            self.wrong.append("an edit that leaves blocks or attachments as they are")
        post.edits.append(self._content(given, "chat.update"))
        return {"channel": channel.id, "ts": post.ts, "text": post.now["text"]}

    def _chat_get_permalink(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        if given.get("message_ts") not in channel.posts:
            raise Refusal("message_not_found")
        return {"permalink": f"{self.root}/archives/{channel.id}/p{given['message_ts']}"}

    def _conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        shown = [post for post in channel.posts.values() if not post.thread_ts or post.broadcast]
        return self._page(given, [*reversed(shown)])

    def _conversations_replies(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        parent = channel.posts.get(str(given.get("ts")))
        if parent is None:
            raise Refusal("thread_not_found")
        page = self._page(given, channel.thread(parent.ts))
        page["messages"].insert(0, self._as_told(parent))
        return page

    def _page(self, given: dict[str, Any], posts: list[Post]) -> dict[str, Any]:
        limit = int(given.get("limit") or 100)
        if not 0 < limit <= 999:
            raise Refusal("invalid_limit")
        cursor = given.get("cursor") or ""
        if cursor and not re.fullmatch(r"from=\d+", cursor):
            raise Refusal("invalid_cursor")
        begin = int(cursor[5:]) if cursor else 0
        oldest = float(given.get("oldest") or 0)
        known = [post for post in posts if float(post.ts) > oldest]
        more = f"from={begin + limit}" if begin + limit < len(known) else ""
        return {
            "messages": [self._as_told(post) for post in known[begin : begin + limit]],
            "has_more": bool(more),
            "response_metadata": {"next_cursor": more},
        }

    def _as_told(self, post: Post) -> dict[str, Any]:
        told = {"type": "message", "user": BOT, "ts": post.ts, **post.now}
        return told | ({"thread_ts": post.thread_ts} if post.thread_ts else {})

    def _conversations_list(self, given: dict[str, Any]) -> dict[str, Any]:
        limit = int(given.get("limit") or 100)
        if not 0 < limit <= 1000:
            raise Refusal("invalid_limit")
        listed = [{"id": each.id, "name": each.name} for each in self.channels.values()]
        return {"channels": [each | {"is_member": True} for each in listed]}

    def _conversations_info(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        return {"channel": {"id": channel.id, "name": channel.name, "is_member": True}}

    def _usergroups_users_list(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"users": ["U0ALICE01"]}

    def _views_open(self, given: dict[str, Any]) -> dict[str, Any]:
        trigger = str(given.get("trigger_id"))
        ends = self._triggers.get(trigger)
        if ends is None:
            raise Refusal("invalid_trigger_id")
        if ends == 0:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() > ends:
            raise Refusal("expired_trigger_id")
        view = given.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        faults = list(dialog(view, "/view"))
        if not isinstance(view, dict) or view.get("type") != "modal" or faults:
            self.wrong += [f"views.open: {fault}" for fault in faults]
            raise Refusal("invalid_arguments", response_metadata={"messages": faults})
        self._triggers[trigger] = 0
        self.views.append(view)
        return {"view": {"id": f"V{len(self.views)}", **view}}

    def _complete_upload(self, given: dict[str, Any]) -> dict[str, Any]:
        listed = self._array(given, "files")
        channel = self.channels.get(str(given.get("channel_id")))
        thread = str(given.get("thread_ts") or "")
        if channel is None or (thread and thread not in channel.posts):
            raise Refusal("channel_not_found")
        names = self.files.share(listed)
        if thread:
            channel.posts[thread].files.extend(names)
        titles = [str(each.get("title", "")) for each in listed]
        return {"files": [{"id": n, "title": t} for n, t in zip(names, titles, strict=True)]}

    def _get_upload_url(self, given: dict[str, Any]) -> dict[str, Any]:
        name = self.files.announce(given)
        return {"upload_url": f"{self.root}/upload/{name}", "file_id": name}

    methods: ClassVar = {
        "auth.test": _auth_test,
        "chat.getPermalink": _chat_get_permalink,
        "chat.postMessage": _chat_post_message,
        "chat.update": _chat_update,
        "conversations.history": _conversations_history,
        "conversations.info": _conversations_info,
        "conversations.list": _conversations_list,
        "conversations.replies": _conversations_replies,
        "files.completeUploadExternal": _complete_upload,
        "files.getUploadURLExternal": _get_upload_url,
        "usergroups.users.list": _usergroups_users_list,
        "views.open": _views_open,
    }
