"""Slack's error codes, by what the relay does about them.

From the pages of chat.postMessage and chat.update on docs.slack.dev. A code that is in none of
these sets is final: the work is parked with it and tried again a few times an hour.
"""

RATE = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
"""Said with HTTP 200 at times, instead of 429."""

HALF_DONE = frozenset({"internal_error", "fatal_error"})
""""It's possible some aspect of the operation succeeded before the error was raised.\""""

TRANSIENT = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
"""Passes by itself."""

GONE = frozenset(
    {
        "message_not_found",
        "thread_not_found",
        "invalid_thread_ts",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "thread_locked",
        "edit_window_closed",
        "cant_update_message",
    }
)
"""The message is out of reach: deleted, too old to edit, or not ours."""

CHANNEL = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
"""Said of an old message's channel: the group's next message may go to another one."""

CONTENT = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "invalid_metadata_format",
        "metadata_too_large",
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "too_many_attachments",
        "block_mismatch",
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_json",
        "invalid_form_data",
        "json_not_object",
    }
)
"""Slack refuses what we say: saying it again is useless, until there is something else to say."""
