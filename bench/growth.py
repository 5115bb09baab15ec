"""What the relay costs as more groups are known: memory, idle processor, a group's way to Slack."""

import hashlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from bench import alerts, load, programs
from bench.delivery import OPEN
from bench.measure import Failed
from bench.options import Options
from bench.progress import say
from bench.sections import Section, percentile
from bench.standin import StandIn

SIZES = (10, 100, 1_000, 10_000, 100_000)
IDLE_SECONDS = 10.0
GROUPS = 40  # that are told, each of its own
WARM = 10


@dataclass(frozen=True)
class Cost:
    """With so many groups known."""

    groups: int
    memory: int  # bytes, once it has told some groups
    idle: float  # seconds of processor a minute
    cpu: float  # seconds of processor that a new group takes, from webhook to Slack
    took: Sequence[float]  # seconds from webhook to Slack, of each


def run(options: Options) -> Section:
    """Each size in a process of its own."""
    sizes = [max(2, round(size * min(1.0, options.scale))) for size in SIZES]
    with StandIn() as slack:
        template = _template(options.scratch / "template", slack)
        found = [_measured(options.scratch / str(size), slack, template, size) for size in sizes]
    return Section(
        "Known groups",
        f"`serve` on SQLite with so many groups known, all resolved and told. Idle: over "
        f"{IDLE_SECONDS:.0f} seconds. Then {GROUPS} new groups, one after another: from the "
        "webhook to the request at Slack's stand-in, and all the processor time that each took.",
        ("known groups", "memory, MB", "idle, % of a core", "webhook to Slack, p50 ms", "p99 ms",
         "processor a group, ms"),
        [_row(cost) for cost in found],
        lambda axis: _draw(axis, found),
    )  # fmt: skip


def _template(folder: Path, slack: StandIn) -> list[str]:
    """A store with one group that came, was told, resolved and was told so, as lines."""
    with programs.relay(folder, slack.url, OPEN) as relay:
        for fires in (True, False):
            before = len(slack.told())
            _tell(relay, 0, fires)
            _await(slack, before + 1)
        time.sleep(0.5)  # until that is recorded
    done = subprocess.run(
        [programs.tocsin_relay(), "export"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"tocsin-relay export: {done.stderr}")
    return done.stdout.splitlines()


def _filled(template: Sequence[str], size: int) -> Iterator[str]:
    """The same store with so many groups."""
    counts: dict[str, int] = {}
    for line in template:
        data = json.loads(line)
        if "table" not in data:
            if "end" in data:
                data["end"] = counts
            yield json.dumps(data) + "\n"
            continue
        group = "group_id" in data["row"] or data["table"] == "groups"
        for number in range(size if group else 1):
            counts[data["table"]] = counts.get(data["table"], 0) + 1
            yield json.dumps(_numbered(data, number, counts) if group else data) + "\n"


def _numbered(data: dict[str, Any], number: int, counts: dict[str, int]) -> dict[str, Any]:
    """A row of another group."""
    old, new = alerts.group_name(0), alerts.group_name(number)
    row = json.loads(json.dumps(data["row"]).replace(old, new))
    key = f'{{}}:{{group="{new}"}}'
    name = hashlib.sha256(f"5:bench{key}".encode()).hexdigest()[:16]
    row["id" if data["table"] == "groups" else "group_id"] = name
    if "number" in row:
        row["number"] = counts[data["table"]]
    return {**data, "row": row}


def _measured(folder: Path, slack: StandIn, template: Sequence[str], size: int) -> Cost:
    say(f"{size:,} known groups")
    folder.mkdir()
    (folder / "relay.yaml").write_text('version: 1\ndefault_channel: "#alerts"\n', "utf-8")
    lines = folder / "lines"
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(_filled(template, size))
    command = [programs.tocsin_relay(), "import", str(lines)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"tocsin-relay import: {done.stderr}")
    with programs.relay(folder, slack.url, OPEN) as relay:
        for number in range(WARM):
            _told_of(relay, slack, 200_000 + number)
        time.sleep(1)
        before = relay.cpu()
        time.sleep(IDLE_SECONDS)
        idle = (relay.cpu() - before) / IDLE_SECONDS
        before = relay.cpu()
        took = [_told_of(relay, slack, 300_000 + number) for number in range(GROUPS)]
        time.sleep(0.3)
        cpu = (relay.cpu() - before) / GROUPS
        return Cost(size, relay.memory(), idle, cpu, took)


def _told_of(relay: programs.Program, slack: StandIn, number: int) -> float:
    """Seconds from a webhook to its message."""
    before, begin = len(slack.calls), time.monotonic()
    _tell(relay, number, True)
    _await(slack, before + 1)
    return slack.calls[-1].at - begin


def _tell(relay: programs.Program, number: int, fires: bool) -> None:
    request = load.post(relay.address, "/v1/alertmanager", alerts.webhook(number, fires))
    done = load.run(relay.address, iter([request]), 1, 3600, 1)
    if set(done.statuses) != {200}:
        raise Failed(f"the relay answered {done.statuses}")


def _await(slack: StandIn, count: int) -> None:
    end = time.monotonic() + 30
    while len(slack.calls) < count:
        if time.monotonic() > end:
            raise Failed("a group was not told within 30 s")
        time.sleep(0.001)


def _row(cost: Cost) -> list[str]:
    return [
        f"{cost.groups:,}",
        f"{cost.memory / 1e6:.0f}",
        f"{cost.idle * 100:.1f}",
        f"{percentile(cost.took, 0.5) * 1e3:.1f}",
        f"{percentile(cost.took, 0.99) * 1e3:.1f}",
        f"{cost.cpu * 1e3:.1f}",
    ]


def _draw(axis: Axes, found: Sequence[Cost]) -> None:
    sizes = [cost.groups for cost in found]
    lines = (
        ("memory, MB", [cost.memory / 1e6 for cost in found], "#b9b9b9"),
        ("webhook to Slack, p50 ms", [percentile(c.took, 0.5) * 1e3 for c in found], "#2f6f9f"),
        ("processor a group, ms", [cost.cpu * 1e3 for cost in found], "#7fa65b"),
        ("idle, % of a core", [cost.idle * 100 for cost in found], "#c47f3d"),
    )
    for name, values, colour in lines:
        axis.plot(sizes, values, marker="o", color=colour, label=name)
    axis.set_xscale("log")
    axis.set_xlabel("known groups", fontsize=8)
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=7)
