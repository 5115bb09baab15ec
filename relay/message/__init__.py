"""A group as a Slack message: pure, no clock of its own, nothing sent."""

from relay.message.model import Block, Message, View
from relay.message.render import render
from relay.message.replies import render_joined, render_passed
from relay.sources import Source

__all__ = ["Block", "Message", "Source", "View", "render", "render_joined", "render_passed"]
