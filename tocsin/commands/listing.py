"""What `tocsin lint --list` shows: every check, how loud it is here, and what it looks for."""

import json
from dataclasses import dataclass

import click

from tocsin.checks import CHECKS, Check
from tocsin.lintsettings import OFF, Subject
from tocsin.load import documentation
from tocsin.model import Settings
from tocsin.problem import Severity
from tocsin.triage.severities import KNOWN

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_MILDER = dict.fromkeys(("lint/ignored-file", "lint/stale-baseline"), Severity.INFO)


@dataclass(frozen=True)
class Entry:
    """A check. severity: what the `lint` section says of all rules, else the default. asks: what it
    needs to ask, `network` or the server of `--prometheus`."""

    check: str
    severity: str
    default: str
    opt_in: bool
    asks: str
    summary: str


def entries(settings: Settings) -> list[Entry]:
    """All checks, and the problems of loading and of the lint itself, by ID."""
    return [_entry(check, settings) for check in sorted(KNOWN)]


def _entry(check: str, settings: Settings) -> Entry:
    found = CHECKS.get(check)
    text = found.documentation if found else documentation.text(check)
    default = default_severity(check)
    severity = settings.lint.severity(check, Subject())
    opt_in = bool(found and found.opt_in)
    if isinstance(severity, Severity):
        severity = severity.label
    elif severity is None:
        severity = OFF if opt_in and not settings.lint.mentions(check) else default
    return Entry(check, severity, default, opt_in, _asks(found), documentation.summary(text))


def _asks(check: Check | None) -> str:
    if check and check.asks_only:
        return "--prometheus"
    return "network" if check and check.across and check.across.network else ""


def default_severity(check: str) -> str:
    """How loud a check is where nobody says otherwise."""
    if found := CHECKS.get(check):
        return found.severity.label
    lint = check in documentation.OF_LINT
    return _MILDER.get(check, Severity.WARNING if lint else Severity.ERROR).label


def as_text(found: list[Entry]) -> str:
    """A line per check."""
    widest = max(len(entry.check) for entry in found)
    return "\n".join(
        f"{entry.check:<{widest}}  {_styled(entry.severity)}  {entry.summary}"
        + (f"  [asks: {entry.asks}]" if entry.asks else "")
        for entry in found
    )


def _styled(severity: str) -> str:
    colour = _COLOURS.get(severity)
    return click.style(f"{severity:<7}", fg=colour, dim=colour is None)


def as_json(found: list[Entry]) -> str:
    """The same for programs."""
    return json.dumps({"checks": [vars(entry) for entry in found]}, indent=2, ensure_ascii=False)
