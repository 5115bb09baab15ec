"""A group as a Slack message: pure, no clock of its own, nothing sent."""

from relay.message.model import Block, Message, View
from relay.message.render import render
from relay.message.replies import render_joined, render_passed

__all__ = ["Block", "Message", "View", "render", "render_joined", "render_passed"]
