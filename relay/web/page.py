"""The page for people: what fires, what was delivered, what is stuck and why.

Each page is one template whose live part can be asked for alone (`fragment`): a small script puts
it in place of the old one, so the page is the same with and without script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template

from relay.config.model import Loaded
from relay.message.digestlines import worst_first
from relay.message.template import TemplateError, load
from relay.model.group import Alert, Status
from relay.model.storm import Digest
from relay.store import Entry, Look, Store, Work
from relay.web import pagewords
from relay.web.pagewords import LONG, ago, cut, labelled, line, moments

GROUPS_SHOWN = 200
ALERTS_SHOWN = 200
RECORDS_SHOWN = 50
DIGESTS = 200  # the latest, among which a storm is looked for
STORMS_SHOWN = 3
WORDS = 8  # of a search

SHOWN = {
    "": "All",
    "firing": "Firing",
    "resolved": "Resolved",
    "waiting": "Waiting",
    "stuck": "Stuck",
}
"""What the list can be narrowed to, and what it is called."""


@dataclass(frozen=True)
class Site:
    """What every page is made from."""

    store: Store
    loaded: Loaded
    now: datetime
    sandbox: str = ""  # where its page is, if it stands in for Slack
    troubles: Mapping[str, str] | None = None  # of templates, when they were last used


def look(query: str, show: str) -> Look:
    """What somebody asked to see."""
    words = tuple(query.split()[:WORDS])
    match show:
        case "firing" | "resolved":
            return Look(words, status=Status(show))
        case "waiting":
            return Look(words, work=(Work.PENDING,))
        case "stuck":
            return Look(words, work=(Work.PARKED,))
        case _:
            return Look(words)


def overview(site: Site, query: str = "", show: str = "", fragment: bool = False) -> str:
    """All groups as HTML, or only its live part; StoreError if the store cannot be read."""
    store, now = site.store, site.now
    show = show if show in SHOWN else ""
    config = site.loaded.config
    lines = store.survey(GROUPS_SHOWN + 1, look(query, show), lambda one: line(one, config, now))
    return _rendered(
        site,
        "page/overview",
        fragment,
        lines=lines[:GROUPS_SHOWN],
        more=len(lines) > GROUPS_SHOWN,
        limit=GROUPS_SHOWN,
        query=query,
        show=show,
        shown=SHOWN,
        heartbeats=[(beat.name, ago(beat.seen_at, now)) for beat in store.heartbeats()],
        storms=_storms(site),
        silences=_silences(site),
        record=_record(site, store.journal().record(RECORDS_SHOWN)),
        rejected=[(ago(item.received_at, now), item) for item in store.rejected()],
    )


def group(site: Site, group_id: str, fragment: bool = False) -> str | None:
    """One group and its history; None if there is no such group."""
    entry = site.store.find(group_id)
    if entry is None:
        return None
    known, config = entry.group, site.loaded.config
    common = known.common_labels
    alerts = sorted(
        known.alerts, key=lambda alert: (not alert.firing, -config.severities.rank(alert.severity))
    )
    return _rendered(
        site,
        "page/group",
        fragment,
        title=cut(known.name),
        line=line(entry, config, site.now),
        alerts=[_alert(alert, common, site) for alert in alerts[:ALERTS_SHOWN]],
        hidden_alerts=max(0, len(alerts) - ALERTS_SHOWN) + known.hidden,
        summary=cut(known.common_annotations.get("summary", ""), LONG),
        history=[(moments(event.at, site.now), event) for event in site.store.history(group_id)],
        record=_record(site, site.store.journal().record(RECORDS_SHOWN, group_id)),
        receiver=cut(known.receiver),
    )


def digest(site: Site, storm_id: str, fragment: bool = False) -> str | None:
    """Every group of a storm, the worst first; None if there is no such storm."""
    found = [each for each in site.store.digests(DIGESTS) if each.storm.id == storm_id]
    if not found:
        return None
    (known,) = found
    return _rendered(
        site,
        "page/digest",
        fragment,
        title=f"storm in {known.storm.channel}",
        channel=known.storm.channel,
        began=ago(known.storm.opened_at, site.now),
        members=_members(site, known),
        firing=sum(member.firing for member in known.members),
    )


def _members(site: Site, known: Digest) -> list[dict[str, Any]]:
    """The groups of a storm, the worst first."""
    config = site.loaded.config
    return [
        {
            "group_id": member.group_id,
            "name": member.name,
            "labels": labelled(member.labels),
            "status": "firing" if member.firing else "resolved",
            "look": pagewords.look(
                "firing" if member.firing else "resolved", member.severity, config
            ),
            "severity": cut(member.severity),
            "alerts": f"{member.alerts:,}",
            "own": member.own and not known.storm.wave,
        }
        for member in worst_first(known.members, config.severities)
    ]


def _title(parked: int, firing: int) -> str:
    return f"{parked} stuck" if parked else f"{firing} firing"


def _rendered(site: Site, name: str, fragment: bool, title: str = "", **more: Any) -> str:
    counts, queues = site.store.counts(), site.store.queues()
    parked = sum(queue.parked for queue in queues)
    return render_template(
        f"{name}-live.html" if fragment else f"{name}.html",
        live=f"{name}-live.html",
        counts=counts,
        pending=sum(queue.pending for queue in queues),
        parked=parked,
        title=f"{title or _title(parked, counts[Status.FIRING])} · Tocsin",
        problems=site.loaded.problems,
        troubles=_troubles(site),
        sandbox=site.sandbox,
        now=site.now.strftime("%H:%M:%S UTC"),
        **more,
    )


def _alert(alert: Alert, common: Mapping[str, str], site: Site) -> dict[str, str]:
    now = site.now
    own = {key: value for key, value in alert.labels.items() if common.get(key) != value}
    labels = [f"{key}={value}" for key, value in sorted(own.items()) if key != "severity"]
    value, limit = (cut(alert.annotations.get(key, "")) for key in ("value", "limit"))
    return {
        "status": str(alert.status),
        "look": pagewords.look(str(alert.status), alert.severity, site.loaded.config),
        "severity": cut(alert.severity),
        "labels": cut(", ".join(labels) or alert.name, LONG),
        "says": cut(alert.annotations.get("summary", ""), LONG),
        "value": f"{value} (limit {limit})" if value and limit else value,
        "since": ago(alert.starts_at, now),
        "until": ago(alert.ends_at, now) if alert.ends_at else "",
    }


def _storms(site: Site) -> list[dict[str, Any]]:
    """The last storms: how many groups each told of, and what is still amiss in them."""
    return [
        {
            "id": digest.storm.id,
            "channel": digest.storm.channel,
            "over": digest.storm.over(site.now),
            "began": ago(digest.storm.opened_at, site.now),
            "ends": ago(digest.storm.ends_at, site.now),
            "groups": len(digest.members),
            "firing": sum(member.firing for member in digest.members),
            "members": [
                (member.group_id, member.name, member.firing) for member in digest.members[:50]
            ],
        }
        for digest in site.store.digests(STORMS_SHOWN)
    ]


def _silences(site: Site) -> list[dict[str, str]]:
    """Groups that a silence in Alertmanager covers now."""
    known = sorted(site.store.standings().items())
    return [
        {
            "group_id": group_id,
            "name": _name(site, group_id),
            "until": ago(silenced.until, site.now),
            "by": silenced.by,
            "comment": cut(silenced.comment, LONG),
        }
        for group_id, standing in known
        if (silenced := standing.silenced) and silenced.until > site.now
    ]


def _record(site: Site, entries: Sequence[Entry]) -> list[dict[str, str]]:
    """Who did what from Slack."""
    return [
        {
            "at": ago(entry.asked_at, site.now),
            "who": entry.job.person.name or entry.job.person.id,
            "did": str(entry.job.verb),
            "group_id": entry.job.group_id,
            "name": _name(site, entry.job.group_id),
            "result": str(entry.result),
            "told": entry.told,
        }
        for entry in entries
    ]


def _name(site: Site, group_id: str) -> str:
    entry = site.store.find(group_id) if group_id else None
    return cut(entry.group.name) if entry else group_id


def _troubles(site: Site) -> list[str]:
    """What is wrong with the templates: as they were read, and as they were last used."""
    found = dict(site.troubles or {})
    for source in site.loaded.config.templates.values():
        try:
            if source.problem:
                raise TemplateError(source.problem)
            load(source.source)
        except TemplateError as error:
            found[source.name] = str(error)
    return [f"{name}: {trouble}" for name, trouble in sorted(found.items())]
