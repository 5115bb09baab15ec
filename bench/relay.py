"""The relay beside what it stands in for: to Slack, in a storm, taking in, and as it grows."""

import os
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bench import alerta, delivery, growth, intake, postgres, programs, storm
from bench.options import Options
from bench.report import Report
from bench.sections import Sections, percentile

TITLE = "The relay"
SYNCS = 200
LIBRARIES = ("gunicorn", "SQLAlchemy", "psycopg", "slack_sdk")


def run(options: Options) -> Report:
    """All four, about ten minutes."""
    parts = (delivery, intake, growth, storm)
    before = list(_circumstances(options.scratch))
    sections = [part.run(options) for part in parts]
    intro = (
        "From Alertmanager to Slack through the relay, beside Alertmanager's own Slack notifier; "
        "webhooks taken in, beside alerta-server; and what the relay takes for itself."
    )
    return Sections("relay", TITLE, intro, sections, [*before, *_versions()])


def _circumstances(folder: Path) -> Iterator[str]:
    """What else the machine did when this began, and how fast its disk was then."""
    others = os.getloadavg()[0]
    nice = f"; run at nice {os.nice(0)}" if os.nice(0) else ""
    yield f"load {others:.1f} before anything was started{nice}"
    took: list[float] = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begin)
    p50, p99 = (percentile(took, part) * 1e3 for part in (0.5, 0.99))
    yield f"4 KB on disk (fdatasync) took {p50:.1f} ms, p50, and {p99:.1f} ms, p99"


def _versions() -> Iterator[str]:
    yield programs.version("alertmanager", "--version")
    yield programs.version(str(postgres.programs() / "postgres"), "--version")
    python = f"Python {sys.version.split()[0]}"
    yield ", ".join([python, *(f"{name} {metadata.version(name)}" for name in LIBRARIES)])
    yield f"{alerta.WANTED[0].replace('==', ' ')} of PyPI"
