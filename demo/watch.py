"""The messages in Slack's stand-in: what is new or changed since the last look.

It looks as anybody's program would look at Slack: with Slack's own client, over HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError


@dataclass
class Message:
    """A message of a channel, and every text that it has had."""

    channel: str
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def fired(self) -> bool:
        return any("FIRING" in text for text in self.texts)

    @property
    def resolved(self) -> bool:
        """Whether it is the same message that said firing and now says resolved."""
        return self.fired and "RESOLVED" in self.text


class Watch:
    """Follows channels by name, "#alerts"."""

    def __init__(self, client: WebClient, channels: Sequence[str]) -> None:
        self._client = client
        self._channels = channels
        self._known: dict[tuple[str, str], Message] = {}

    @property
    def messages(self) -> list[Message]:
        """All messages seen, the oldest first."""
        return [self._known[key] for key in sorted(self._known, key=lambda key: key[1])]

    def look(self) -> list[Message]:
        """The messages that are new, or whose text has changed, since the last look."""
        changed = []
        for channel in self._channels:
            for posted in reversed(self._history(channel)):
                message = self._known.setdefault((channel, posted["ts"]), Message(channel))
                if not message.texts or message.text != posted["text"]:
                    message.texts.append(posted["text"])
                    changed.append(message)
        return changed

    def firing(self, name: str) -> bool:
        """Whether a message says now that an alert of this name fires."""
        return any("FIRING" in each.text and name in each.text for each in self.messages)

    def all_resolved(self) -> bool:
        """Whether something fired, and nothing does any more."""
        fired = [message for message in self.messages if message.fired]
        return bool(fired) and all(message.resolved for message in fired)

    def _history(self, channel: str) -> list[dict[str, str]]:
        try:
            answer = self._client.conversations_history(channel=channel, limit=100)
        except SlackApiError as error:
            if error.response.get("error") == "channel_not_found":  # nothing was posted there yet
                return []
            raise
        messages: list[dict[str, str]] = answer["messages"]
        return messages
