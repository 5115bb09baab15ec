"""Addresses in alerts: where a list of hosts is configured, others are text, and never links."""

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import urlsplit

from relay.intake.webhook import Webhook
from relay.model.group import Alert


def unlinked(webhook: Webhook, hosts: Collection[str]) -> Webhook:
    """The same, where addresses elsewhere have lost their http://; no hosts means any."""
    if not hosts:
        return webhook

    def alert(each: Alert) -> Alert:
        annotations = {name: _plain(text, hosts) for name, text in each.annotations.items()}
        return replace(
            each, annotations=annotations, generator_url=_plain(each.generator_url, hosts)
        )

    return replace(
        webhook,
        alerts=tuple(alert(each) for each in webhook.alerts),
        external_url=_plain(webhook.external_url, hosts),
    )


def _plain(text: str, hosts: Collection[str]) -> str:
    address = text.strip()
    if not address[:8].lower().startswith(("http://", "https://")):
        return text
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return text if host in hosts else address.partition("://")[2]
