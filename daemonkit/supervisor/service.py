"""What the supervisor runs: data, as a file or a program says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HUP, RESTART = "HUP", "restart"


@dataclass(frozen=True)
class Service:
    """A program to keep running. Times are in seconds.

    ready: a URL that answers 200 once it works, "" for as soon as it is started.
    scrape: the address to register for Prometheus, "" for none or for a daemon that does so itself.
    watch: paths and patterns of its configuration; on a change `reload` says what to do: HUP,
    RESTART or a URL to post to.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    ready: str = ""
    ready_within: float = 60.0
    stop_within: float = 10.0
    scrape: str = ""
    watch: tuple[str, ...] = ()
    reload: str = HUP
