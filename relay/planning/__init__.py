"""Decisions: what to do next, from what is known and what Slack was told. Pure."""
