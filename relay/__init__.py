"""Tocsin's relay: takes Alertmanager's webhooks and keeps one truthful Slack message per group."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tocsin")
except PackageNotFoundError:  # pragma: no cover - a copy of the sources that was never installed
    __version__ = "0+unknown"
