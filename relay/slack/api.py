"""Calls Slack, and turns what comes of it into data. Only here and in socketmode: slack_sdk.

Built with no retry handlers: the SDK's own retry can post twice.
"""

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from relay.config.model import Settings
from relay.message import Message
from relay.model.delivered import Intent, Kind, MessageRef
from relay.model.outcome import (
    Accepted,
    Ambiguous,
    Failure,
    Gone,
    Lookup,
    Outcome,
    Refused,
    Retry,
)
from relay.secret import Secret
from relay.slack.answers import failure, refusal
from relay.slack.errors import CHANNEL
from relay.slack.lookup import find

TIMEOUT_SECONDS = 10


class Slack:
    """Slack's Web API, as far as the relay needs it. No method raises."""

    def __init__(self, settings: Settings) -> None:
        token = settings.slack_token.reveal() if settings.slack_token else ""
        self._secrets = [secret.reveal() for secret in settings.secrets]
        # The SDK logs failures with addresses and bodies; ours say what is needed.
        logger = logging.getLogger("relay.slack_sdk")
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
        self.scopes: frozenset[str] = frozenset()  # the token's, once Slack has said them
        self._client = WebClient(
            token=token or None,
            base_url=settings.slack_api_url,
            timeout=TIMEOUT_SECONDS,
            retry_handlers=[],
            logger=logger,
        )
        if proxy_bypass(urlsplit(settings.slack_api_url).hostname or ""):
            self._client.proxy = None  # the SDK heeds HTTPS_PROXY but not NO_PROXY

    def _note_scopes(self, headers: Any) -> None:
        told = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
        if scopes := told.get("x-oauth-scopes"):
            self.scopes = frozenset(scope.strip() for scope in scopes.split(","))

    def post(self, intent: Intent, message: Message) -> Outcome:
        """Sends a new message, or a reply that its intent describes."""
        content = _content(tagged(message, intent.token))
        body = {name: part for name, part in content.items() if part} | {
            "channel": intent.channel,
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
        }
        if intent.kind is not Kind.POST:
            body |= {"thread_ts": intent.thread_ts}
        if intent.kind is Kind.BROADCAST:
            body |= {"reply_broadcast": True}
        return self._send("chat.postMessage", body)

    def update(self, ref: MessageRef, message: Message) -> Outcome:
        """Replaces a message's content; nobody is notified."""
        # Left out, `parse` is "client" here: Slack would make links and mentions of plain text.
        place = {"channel": ref.channel_id, "ts": ref.ts, "parse": "none"}
        body = _content(message) | place
        outcome = self._send("chat.update", body)
        # Sending the same edit again does no harm, so its fate need not be known.
        if isinstance(outcome, Ambiguous):
            return Retry(outcome.reason, outcome.unreachable, outcome.answered)
        return outcome

    def find(self, intent: Intent, channel_id: str) -> Lookup:
        """Looks for the post of an intent whose fate we never learnt, on one page of messages."""
        return find(self.call, self.scopes, intent, channel_id)

    def upload(self, ref: MessageRef, name: str, title: str, data: bytes) -> Failure | None:
        """Puts a picture into a message's thread; None once it is there.

        In three steps: Slack names an address, takes the bytes there, and shares the file
        (https://docs.slack.dev/messaging/working-with-files#uploading_files).
        """
        try:
            self._client.files_upload_v2(
                channel=ref.channel_id, thread_ts=ref.ts, filename=name, title=title, content=data
            )
            return None
        except SlackApiError as error:
            outcome = refusal(error)
        except Exception as error:  # as above: whatever urllib or the SDK raises
            outcome = failure(error)
        return _redacted(outcome, self._secrets)

    def call(self, method: str, **arguments: Any) -> dict[str, Any] | Failure:
        """A successful answer's body, or what went wrong."""
        try:
            response = self._client.api_call(method, **arguments)
            self._note_scopes(response.headers)
            if isinstance(response.data, dict):
                return response.data
            outcome: Failure = Ambiguous("an answer that is not JSON", True, True)
        except SlackApiError as error:
            outcome = refusal(error)
        except Exception as error:  # whatever urllib or the SDK raises: the loop must go on
            outcome = failure(error)
        return _redacted(outcome, self._secrets)

    def _send(self, method: str, body: dict[str, Any]) -> Outcome:
        answer = self.call(method, json=body)
        if isinstance(answer, Refused) and (plain := without_pictures(body)) != body:
            # Slack fetches pictures before it accepts a message: one that it cannot reach must
            # not cost the message. What was refused was not posted, so this posts nothing twice.
            answer = self.call(method, json=plain)
        if not isinstance(answer, dict):
            return _for_message(answer, body)
        channel, ts = answer.get("channel"), answer.get("ts")
        if isinstance(channel, str) and isinstance(ts, str) and channel and ts:
            return Accepted(channel, ts)
        return Ambiguous("Slack accepted without saying where")


def verify_signature(
    secret: Secret, body: bytes, timestamp: str | None, signature: str | None
) -> bool:
    """Whether Slack signed this body in the last five minutes."""
    try:
        return SignatureVerifier(secret.reveal()).is_valid(body, timestamp, signature)
    except (TypeError, ValueError, OverflowError):
        # The SDK raises on a timestamp that is no number and on a signature that is not ASCII.
        return False


def tagged(message: Message, token: str) -> Message:
    """The message with our token on its first block, by which it can be found again."""
    if message.blocks:
        first, *rest = message.blocks
        return Message(message.text, [first | {"block_id": token}, *rest], message.attachments)
    if message.attachments and message.attachments[0].get("blocks"):
        head, *tail = message.attachments
        first, *rest = head["blocks"]
        blocks = [first | {"block_id": token}, *rest]
        return Message(message.text, [], [head | {"blocks": blocks}, *tail])
    return message


def without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    """A message's arguments without its image blocks."""

    def kept(blocks: list[Any]) -> list[Any]:
        return [block for block in blocks if block.get("type") != "image"]

    attachments = [
        {**each, "blocks": kept(each["blocks"])} if "blocks" in each else each
        for each in body.get("attachments", [])
    ]
    changed = {"blocks": kept(body.get("blocks", [])), "attachments": attachments}
    return body | {name: value for name, value in changed.items() if name in body}


def _for_message(outcome: Failure, body: dict[str, Any]) -> Outcome:
    """A message that cannot be reached any more is Gone; a new one can only be refused."""
    old = "ts" in body or "thread_ts" in body
    if isinstance(outcome, Refused) and old and outcome.reason.split(":")[0] in CHANNEL:
        return Gone(outcome.reason)
    if isinstance(outcome, Gone) and not old:
        return Refused(outcome.reason)
    return outcome


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}


def _redacted(outcome: Failure, secrets: list[str]) -> Failure:
    """Slack's own words may echo what it was sent."""
    reason = outcome.reason
    for secret in secrets:
        reason = reason.replace(secret, "***")
    return replace(outcome, reason=reason)
