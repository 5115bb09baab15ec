"""Webhooks, from bytes to what is known of a group."""
