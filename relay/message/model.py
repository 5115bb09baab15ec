"""What a renderer is told and what it gives back: plain data, nothing of Slack's client."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relay.config.sources import Source
from relay.model.group import Severities
from relay.model.standing import Standing

Block = dict[str, Any]
"""One Block Kit block, or one of its parts, as Slack's JSON has it."""


@dataclass(frozen=True)
class View:
    """What is not in the group but shapes its message.

    `now` is when the message is made: an aware datetime. A message never shows it, or every look
    at an unchanged group would be an edit. `mention` is raw mrkdwn from configuration, never from
    a label; "" on edits, which notify nobody. `standing` is what holds `now`. `group_id` is what a
    click on a button comes back with; "" where clicks cannot reach the relay, hence no buttons.
    `template` is a team's own wording. `image_hosts` are those that pictures may come from. `page`
    is the address of what the relay's own page has of it, "" if that is not known.
    """

    now: datetime
    severities: Severities
    mention: str = ""
    standing: Standing = field(default_factory=Standing)
    group_id: str = ""
    template: Source | None = None
    image_hosts: tuple[str, ...] = ()
    page: str = ""


@dataclass(frozen=True)
class Message:
    """The content of one Slack message, ready for chat.postMessage or chat.update.

    `text` is mrkdwn, what notifications and screen readers say. The first of `blocks` has no
    `block_id`: the relay sets it, to know its message again.
    """

    text: str
    blocks: list[Block]
    attachments: list[Block]
    problem: str = ""  # of the template that should have worded it, and did not

    @property
    def fingerprint(self) -> str:
        """The same for the same content, in every process: 32 hexadecimal digits."""
        content = json.dumps([self.text, self.blocks, self.attachments], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]
