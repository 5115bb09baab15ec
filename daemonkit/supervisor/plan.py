"""The YAML file of `tocsin-supervise` to a Plan, or to every problem that it has."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemonkit import durations, processes
from daemonkit.folder import DAY_SECONDS
from daemonkit.problem import FileError
from daemonkit.processes import Match
from daemonkit.supervisor.service import HUP, Service
from daemonkit.yamlfile import YamlFile


@dataclass(frozen=True)
class Plan:
    """What is to run, and where. Paths are absolute; None for the default or for none."""

    platform: str
    host: str
    services: tuple[Service, ...]
    listen: str = "127.0.0.1:0"
    targets: Path | None = None
    logs: Path | None = None
    stale_after: float = DAY_SECONDS
    exporter_config: Path | None = None
    processes: Mapping[str, Match] | None = None

    @property
    def fixed(self) -> tuple[object, ...]:
        """What cannot change while the supervisor runs."""
        return (self.platform, self.host, self.listen, self.targets, self.logs)


def read(path: Path) -> Plan:
    """Reads the file; FileError with all that is wrong with it. Paths in it are relative to it."""
    file = YamlFile(path)
    file.check("services")
    data: dict[str, Any] = file.data
    base = path.resolve().parent
    counted = data.get("processes")
    matches = {name: Match(**match) for name, match in (counted or {}).get("services", {}).items()}
    if twins := processes.alike(matches):
        raise FileError(_told_apart(file, *pair) for pair in twins)
    return Plan(
        platform=data["platform"],
        host=data.get("host") or socket.gethostname(),
        services=tuple(_service(name, each, base) for name, each in data["services"].items()),
        listen=data.get("listen", Plan.listen),
        targets=_within(base, data.get("targets")),
        logs=_within(base, data.get("logs")),
        stale_after=durations.seconds(data.get("stale_after", "1d")),
        exporter_config=_within(base, counted["write"]) if counted else None,
        processes=matches if counted else None,
    )


def _service(name: str, data: dict[str, Any], base: Path) -> Service:
    reload = data.get("reload", {})
    return Service(
        name=name,
        command=tuple(data["command"]),
        environment=data.get("environment", {}),
        folder=_within(base, data.get("folder", ".")),
        ready=data.get("ready", ""),
        ready_within=durations.seconds(data.get("ready_within", "1m")),
        stop_within=durations.seconds(data.get("stop_within", "10s")),
        scrape=data.get("scrape", ""),
        watch=tuple(str(base / pattern) for pattern in reload.get("files", ())),
        reload=reload.get("by", HUP),
    )


def _within(base: Path, path: str | None) -> Path | None:
    return base / path if path is not None else None


def _told_apart(file: YamlFile, first: str, second: str) -> Any:
    cut = f"names of programs are cut at {processes.COMM_LENGTH} characters"
    message = f"processes of `{second}` cannot be told from those of `{first}`: {cut}"
    hint = "give one of them `exe` or `cmdline`"
    return file.problem(("processes", "services", second), message, hint, key=True)
