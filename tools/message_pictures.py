"""Takes the pictures of docs/messages.md: python tools/message_pictures.py FOLDER

Webhooks as Alertmanager sends them, through the code that reads, merges and renders them, on the
page that the sandbox has for what Slack shows. The chart is drawn from made-up measurements.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from relay.charts import image as chartimage
from relay.config.model import Config, Matcher, Route
from relay.intake.merge import merge
from relay.intake.webhook import parse
from relay.message import Message, View, render, render_joined
from relay.message.digest import render_digest
from relay.model.group import Group
from relay.model.standing import Acknowledged, Silenced, Standing
from relay.model.storm import Digest, Member, Storm, member_of
from relay.preview import NoPictureError, photograph
from relay.sandbox.still import Shown, still

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CONFIG = Config(Route(Matcher(), "#platform", {"critical": "<!subteam^S0123456|@oncall>"}))
PAGE = "https://relay.example.com/digests/storm-0a1b2c3d4e"
ZERO = "0001-01-01T00:00:00Z"
CPU = '100 * (1 - avg by (platform, host) (rate(node_cpu_seconds_total{mode="idle"}[5m]))) > 95'


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python tools/message_pictures.py FOLDER\n")
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, messages in pictures().items():
            target = folder / f"message-{name}.png"
            photograph(still(messages, "#platform", NOW.timestamp(), UTC), target, scale=2)
            _shrink(target)
            sys.stdout.write(f"wrote {target}\n")
    except NoPictureError as error:
        sys.stderr.write(f"pictures: {error}\n")
        return 1
    return 0


def _shrink(picture: Path) -> None:
    """256 colours are enough, at a third of the size."""
    with Image.open(picture) as shot:
        few = shot.convert("RGB").quantize(256)
    few.save(picture, optimize=True)


def pictures() -> Mapping[str, Sequence[Shown]]:
    """Each picture's messages, in the order in which they are posted."""
    one = group(cpu("web-3", "97.3", 12))
    both = group(cpu("web-3", "97.3", 12), cpu("web-1", "99.1", 2))
    over = group(cpu("web-3", "97.3", 200, ended=3))
    disks = group(*(disk(number) for number in range(412)))
    unknown = group(disk(1, ended=5), truncated=37)
    joined = render_joined(both, [both.firing[0]], view("critical"))
    return {
        "firing": [posted(one, "critical")],
        "thread": [
            Shown(content(render(both, view())), edited=True),
            Shown({"text": ""}, reply=True, picture=chart(), title="HostCpuHigh, the last 3 h"),
            Shown(content(joined), reply=True, broadcast=True),
        ],
        "resolved": [Shown(content(render(over, view())), edited=True)],
        "handled": [Shown(content(render(one, handled())), edited=True)],
        "many": [posted(disks, "critical")],
        "storm": [Shown(content(render_digest(storm(), replace(view("critical"), page=PAGE))))],
        "unknown": [Shown(content(render(unknown, view())), edited=True)],
    }


def handled() -> View:
    """Somebody looks after it, and has silenced it."""
    seen = Acknowledged("alice", NOW - timedelta(minutes=9))
    until = NOW + timedelta(hours=4)
    quiet = Silenced(until, "alice", NOW - timedelta(minutes=7), "s1", comment="moving its jobs")
    return replace(view(), standing=Standing(seen, quiet))


def storm() -> Digest:
    """A platform goes down: more groups at once than a channel can show one by one."""
    names = [("PlatformDown", "critical", 3), ("FlowSilent", "warning", 214)]
    names += [
        ("DaemonDown", "critical", 96),
        ("QueueGrows", "warning", 61),
        ("LagHigh", "info", 26),
    ]
    members: list[Member] = []
    for name, severity, count in names:
        for number in range(count):
            labels = {"alertname": name, "severity": severity, "platform": f"p{number % 3 + 1}"}
            if name != "PlatformDown":
                labels["daemon"] = f"agg-{number:02}"
            made = group(alert(labels, {}, 6, 1 if number % 9 == 8 else None))
            joined = len(members) + 1
            own = severity == "critical" and joined <= 3
            member = member_of(f"{joined:016x}", made, CONFIG.severities)
            members.append(replace(member, joined=joined, news=joined, own=own))
    began = NOW - timedelta(minutes=6)
    told = Storm("storm-0a1b2c3d4e", "#platform", began, NOW, NOW, len(members), 3)
    return Digest(told, tuple(members))


def cpu(host: str, value: str, minutes: float, ended: float | None = None) -> dict[str, Any]:
    return alert(
        {"alertname": "HostCpuHigh", "severity": "critical", "host": host},
        {
            "summary": f"CPU of {host} is at {float(value):.0f} %",
            "value": f"{value} %",
            "limit": "95 %",
            "runbook_url": "https://runbooks.example.com/host.md#cpu",
            "dashboard_url": "https://grafana.example.com/d/host",
            "source": "rules/host.yaml:6",
        },
        minutes,
        ended,
    )


def disk(number: int, ended: float | None = None) -> dict[str, Any]:
    severity = "critical" if number % 40 == 7 else "warning"
    value = 96 if severity == "critical" else 81 + number % 9
    return alert(
        {
            "alertname": "DiskFilling",
            "severity": severity,
            "host": f"store-{number:03}",
            "site": ("paris", "lyon", "lille")[number % 3],
        },
        {
            "summary": f"/data of store-{number:03} is nearly full",
            "value": f"{value} %",
            "limit": "95 %" if severity == "critical" else "80 %",
            "runbook_url": "https://runbooks.example.com/host.md#disk",
            "source": "rules/host.yaml:41",
        },
        30,
        ended,
    )


def alert(
    labels: dict[str, str], annotations: dict[str, str], minutes: float, ended: float | None
) -> dict[str, Any]:
    """One alert as Alertmanager writes it, that began and ended so many minutes ago."""
    ends = ZERO if ended is None else (NOW - timedelta(minutes=ended)).isoformat()
    return {
        "status": "firing" if ended is None else "resolved",
        "labels": {"platform": "p1", "owner": "platform", **labels},
        "annotations": annotations,
        "startsAt": (NOW - timedelta(minutes=minutes)).isoformat(),
        "endsAt": ends,
        "generatorURL": "https://prometheus.example.com/graph?g0.expr=up&g0.tab=1",
        "fingerprint": json.dumps(labels),
    }


def group(*alerts: dict[str, Any], truncated: int = 0) -> Group:
    """The group that a webhook with these alerts makes."""
    name = alerts[0]["labels"]["alertname"]
    body = {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "receiver": "relay",
        "groupLabels": {"alertname": name, "platform": "p1"},
        "externalURL": "https://alertmanager.example.com",
        "truncatedAlerts": truncated,
        "alerts": list(alerts),
    }
    return merge(None, parse(json.dumps(body).encode()), NOW).group


def view(severity: str = "") -> View:
    mention = CONFIG.default.mention.get(severity, "")
    return View(NOW, CONFIG.severities, mention, group_id="example")


def posted(known: Group, severity: str) -> Shown:
    return Shown(content(render(known, view(severity))))


def content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks, "attachments": message.attachments}


def chart() -> bytes:
    """Two hosts that climb over the limit, and others that do not."""
    start, step = (NOW - timedelta(hours=3)).timestamp(), 60.0
    lines = []
    for number, (host, top) in enumerate(
        [("web-3", 97.3), ("web-1", 99.1), ("web-2", 0), ("db-1", 0)]
    ):
        quiet = [38 + 9 * number + 6 * math.sin(n / (9 + number)) for n in range(181)]
        climb = [
            1 / (1 + math.exp(-(n - 150 - 8 * (number % 2)) / 6)) if top else 0 for n in range(181)
        ]
        values = [low + (top - low) * share for low, share in zip(quiet, climb, strict=True)]
        points = [(start + step * n, value) for n, value in enumerate(values)]
        lines.append(chartimage.Line({"host": host, "platform": "p1"}, points, fires=bool(top)))
    return chartimage.draw(f"HostCpuHigh: {CPU.removesuffix(' > 95')}", lines, 95.0)


if __name__ == "__main__":
    sys.exit(main())
