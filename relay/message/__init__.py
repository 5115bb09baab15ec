"""A group as a Slack message: pure, no clock of its own, nothing sent."""

from relay.config.sources import Source
from relay.message.model import Block, Message, View
from relay.message.render import render
from relay.message.replies import render_joined, render_passed

__all__ = ["Block", "Message", "Source", "View", "render", "render_joined", "render_passed"]
