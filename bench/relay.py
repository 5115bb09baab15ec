"""The relay beside what it stands in for: to Slack, in a storm, taking in, and as it grows."""

import sys
from collections.abc import Iterator
from importlib import metadata

from bench import alerta, delivery, growth, intake, programs, storm
from bench.options import Options
from bench.report import Report
from bench.sections import Sections

TITLE = "The relay"
LIBRARIES = ("gunicorn", "SQLAlchemy", "psycopg", "slack_sdk")


def run(options: Options) -> Report:
    """All four, about ten minutes."""
    parts = (delivery, intake, growth, storm)
    sections = [part.run(options) for part in parts]
    intro = (
        "From Alertmanager to Slack through the relay, beside Alertmanager's own Slack notifier; "
        "webhooks taken in, beside alerta-server; and what the relay takes for itself."
    )
    return Sections("relay", TITLE, intro, sections, list(_versions()))


def _versions() -> Iterator[str]:
    yield programs.version("alertmanager", "--version")
    yield programs.version(str(programs.postgres_programs() / "postgres"), "--version")
    python = f"Python {sys.version.split()[0]}"
    yield ", ".join([python, *(f"{name} {metadata.version(name)}" for name in LIBRARIES)])
    yield f"{alerta.WANTED[0].replace('==', ' ')} of PyPI"
