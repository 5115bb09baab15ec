"""Looking in Slack for a post whose fate we never learnt: by the token on its first block."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from relay.model.delivered import Intent
from relay.model.outcome import (
    Ambiguous,
    Failure,
    Found,
    Gone,
    Lookup,
    Missing,
    More,
    RateLimited,
    Refused,
    Retry,
    Unknowable,
)
from relay.slack.channels import Call, channels, next_cursor

LOOK_BACK = timedelta(minutes=2)  # for clocks that differ from Slack's
PAGE = 200  # messages; the most that Slack recommends


def find(call: Call, granted: frozenset[str], intent: Intent, channel: str) -> Lookup:
    """One page of the channel's messages, or of the thread's: is the post among them?

    `channel` is an ID, or the name of a channel that the relay never posted to before.
    """
    if not channel.startswith("#"):
        return _look(call, intent, channel)
    known = channels(call, granted)
    if not isinstance(known, dict):
        return _lookup_failure(known)
    channel_id = known.get(channel[1:], {}).get("id")
    if not isinstance(channel_id, str):
        return Unknowable(f"{channel} is not listed")
    return _look(call, intent, channel_id)


def _look(call: Call, intent: Intent, channel_id: str) -> Lookup:
    params = {
        "channel": channel_id,
        "oldest": f"{(intent.at - LOOK_BACK).timestamp():.6f}",
        "limit": PAGE,
    }
    method = "conversations.history"
    if intent.thread_ts:
        method, params = "conversations.replies", params | {"ts": intent.thread_ts}
    if intent.cursor:
        params |= {"cursor": intent.cursor}
    answer = call(method, params=params)
    if not isinstance(answer, dict):
        if intent.cursor and answer.reason.startswith("invalid_cursor"):
            return More("")  # it was kept for too long: from the start
        return _lookup_failure(answer)
    for message in _messages(answer):
        if _holds(message, intent.token) and isinstance(message.get("ts"), str):
            return Found(channel_id, message["ts"])
    cursor = next_cursor(answer)
    return More(cursor) if cursor else Missing()


def _messages(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = answer.get("messages")
    if isinstance(found, list):
        yield from (message for message in found if isinstance(message, dict))


def _holds(message: dict[str, Any], token: str) -> bool:
    """Whether the token is on a block of the message or of its attachments."""
    holders = [message]
    if isinstance(attachments := message.get("attachments"), list):
        holders += [holder for holder in attachments if isinstance(holder, dict)]
    return any(
        isinstance(block, dict) and block.get("block_id") == token
        for holder in holders
        if isinstance(holder.get("blocks"), list)
        for block in holder["blocks"]
    )


def _lookup_failure(outcome: Failure) -> Lookup:
    match outcome:
        case RateLimited() | Retry():
            return outcome
        case Ambiguous(reason, unreachable, answered):
            return Retry(reason, unreachable, answered)
        case Refused(reason) | Gone(reason):
            return Unknowable(reason)
