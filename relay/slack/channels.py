"""The channels that the bot sees, by name: what Slack calls them is not what it finds them by."""

from collections.abc import Callable
from typing import Any

from relay.model.outcome import Failure

PAGES = 20  # of a thousand channels each
Call = Callable[..., dict[str, Any] | Failure]


def channels(call: Call, granted: frozenset[str]) -> dict[str, dict[str, Any]] | Failure:
    """All that are listed, each as Slack describes it. `granted` are the token's scopes, if known:
    without groups:read a list that asks for private channels is refused as a whole."""
    kinds = ["public_channel", "private_channel"]
    if granted and "groups:read" not in granted:
        kinds.pop()
    known: dict[str, dict[str, Any]] = {}
    cursor = ""
    for _ in range(PAGES):
        params = {"limit": 1000, "types": ",".join(kinds), "cursor": cursor}
        answer = call("conversations.list", params=params)
        if not isinstance(answer, dict):
            return answer
        listed = answer.get("channels")
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, dict) and isinstance(each.get("name"), str):
                known[each["name"]] = each
        if not (cursor := next_cursor(answer)):
            break
    return known


def next_cursor(answer: dict[str, Any]) -> str:
    """Where the next page of an answer begins, "" if it was the last."""
    metadata = answer.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, dict) else None
    return cursor if isinstance(cursor, str) else ""
