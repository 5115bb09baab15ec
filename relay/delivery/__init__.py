"""Bringing Slack to what is known: claim, decide, send, record."""
