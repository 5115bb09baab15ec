"""Tocsin's relay: takes Alertmanager's webhooks and keeps one truthful Slack message per group."""
