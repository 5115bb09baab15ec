"""Where to look: links to the runbook, the dashboard, the expression and the rule."""

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import quote, urlsplit

from relay.message import limits
from relay.message.escape import code, prose
from relay.model.group import Alert

MAX_URL = 3_000  # what Slack takes in a button; a mrkdwn link is held to the same
PICTURE_URL = 1_000
_EACH = 3  # links of one kind that are shown
# What a URL may hold as it is; "%" stands, since it is mostly an escape already.
_SAFE = ":/?#[]!$&'()*+,;=%-._~"


def web_url(text: str) -> str:
    """`text` as an http(s) URL that can stand in a mrkdwn link, "" when it is none.

    What would end or garble the token is percent-encoded. A URL with a password in it, or with
    "user@" that makes another host look like the real one, is not linked.
    """
    candidate = text.strip()
    if any(ord(character) < 0x20 or 0xD800 <= ord(character) < 0xE000 for character in candidate):
        return ""
    try:
        parts = urlsplit(candidate)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return ""
    if quote(parts.netloc, safe=":[]-._~") != parts.netloc:  # spaces, quotes, look-alike letters
        return ""
    encoded = quote(candidate, safe=_SAFE)
    return encoded if len(encoded) <= MAX_URL else ""


def picture_url(text: str, hosts: Collection[str]) -> str:
    """`text` as the https URL of a picture on one of these hosts, "" when it is none."""
    url = web_url(text)
    parts = urlsplit(url)
    good = parts.scheme == "https" and parts.hostname in hosts and limits.size(url) <= PICTURE_URL
    return url if good else ""


def link(url: str, label: str) -> str:
    """A mrkdwn link; `url` comes from `web_url`, `label` is escaped already.

    Only the first "|" of a token is its separator; one in the label is replaced all the same.
    """
    return f"<{url.replace('&', '&amp;')}|{label.replace('|', '¦')}>"


def links(alerts: Sequence[Alert], shown: Collection[str] = (), page: str = "") -> str:
    """One line of mrkdwn with what the alerts point to, "" when they point nowhere.

    `shown`: annotations whose target can be seen elsewhere in the message. `page`: the address of
    what the relay's own page has of them.
    """
    generators = [(alert.name, alert.generator_url) for alert in alerts]
    grafana = any("silence_url" in alert.annotations for alert in alerts)  # nobody else sends it
    pieces = [
        *_of_kind("Runbook", _annotated(alerts, "runbook_url", shown)),
        *_of_kind("Dashboard", _annotated(alerts, "dashboard_url", shown)),
        *_of_kind("Panel", _annotated(alerts, "panel_url")),
        *_of_kind("Picture", _annotated(alerts, "image_url", shown)),
        *_of_kind("Silence", _annotated(alerts, "silence_url")),
        *_of_kind("Grafana" if grafana else "Prometheus", generators),
        *_of_kind("Rule", _annotated(alerts, "source")),
        *([link(page, "History")] if page else []),
    ]
    return limits.fit_lines(pieces, limits.LINKS, lambda n: f"+{n} more links", separator="  ·  ")


def _annotated(
    alerts: Sequence[Alert], key: str, shown: Collection[str] = ()
) -> Iterable[tuple[str, str]]:
    return (
        [] if key in shown else [(alert.name, alert.annotations.get(key, "")) for alert in alerts]
    )


def _of_kind(kind: str, found: Iterable[tuple[str, str]]) -> list[str]:
    """The different targets of one kind, named by their alert when there are several."""
    targets = {target: name for name, target in reversed(list(found)) if target.strip()}
    ordered = list(reversed(targets.items()))
    several = len({name for _, name in ordered}) > 1
    shown = [
        _shown(f"{kind} {prose(name, 60)}".rstrip() if several else kind, target)
        for target, name in ordered[:_EACH]
    ]
    return [*shown, f"+{len(ordered) - _EACH}"] if len(ordered) > _EACH else shown


def _shown(label: str, target: str) -> str:
    url = web_url(target)
    linked = link(url, label)
    if url and limits.size(linked) <= limits.LINKS - 40:
        return linked
    return f"{label}: {code(target, 160)}"
