"""Everything that speaks with Slack; only here is slack_sdk imported."""
