"""The messages in Slack's stand-in: what is new or changed since the last look.

It looks as anybody's program would look at Slack: with Slack's own client, over HTTP.
"""

from dataclasses import dataclass, field

from slack_sdk import WebClient


@dataclass
class Message:
    """A message of a channel, "#alerts", and every text that it has had."""

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
    """Follows every channel there is."""

    def __init__(self, api_url: str) -> None:
        self._client = WebClient("xoxb-demo", base_url=api_url, retry_handlers=[])
        self._known: dict[tuple[str, str], Message] = {}

    @property
    def messages(self) -> list[Message]:
        """All messages seen, the oldest first; replies only where the channel shows them."""
        return [self._known[key] for key in sorted(self._known, key=lambda key: key[1])]

    def look(self) -> list[Message]:
        """The messages that are new, or whose text has changed, since the last look."""
        changed = []
        for channel in self._client.conversations_list()["channels"]:
            history = self._client.conversations_history(channel=channel["id"], limit=100)
            for posted in reversed(history["messages"]):
                key = (channel["id"], posted["ts"])
                message = self._known.setdefault(key, Message(f"#{channel['name']}"))
                if not message.texts or message.text != posted["text"]:
                    message.texts.append(posted["text"])
                    changed.append(message)
        return changed

    def said(self, *words: str) -> bool:
        """Whether one message has all these words now."""
        return any(all(word in each.text for word in words) for each in self.messages)

    def channel_id(self, name: str) -> str:
        """Slack's ID of a channel in which something was seen."""
        return next(key[0] for key, message in self._known.items() if message.channel == name)

    def all_resolved(self) -> bool:
        """Whether something fired, and nothing does any more."""
        fired = [message for message in self.messages if message.fired]
        return bool(fired) and all(message.resolved for message in fired)
