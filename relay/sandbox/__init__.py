"""A local stand-in for Slack: its Web API as slack_sdk calls it, and a page that looks like it."""

from relay.sandbox.acting import Relay
from relay.sandbox.app import create_sandbox
from relay.sandbox.rates import NO_LIMITS, SLACK_LIMITS, Limits, Rate

__all__ = ["NO_LIMITS", "SLACK_LIMITS", "Limits", "Rate", "Relay", "create_sandbox"]
