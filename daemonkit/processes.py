"""The configuration of process-exporter, made from the list of services: which process is which.

process-exporter gives its series the label `groupname`; Prometheus calls it `service` when it
scrapes (deploy/prometheus.yml).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

COMM_LENGTH = 15  # what Linux keeps of a program's name (proc(5), comm)


@dataclass(frozen=True)
class Match:
    """How a service's processes are known, all of what is given. Nothing: by the service's name.

    comm: the program's name. exe: its file, by name or whole path. cmdline: a regular expression
    (of Go, RE2) somewhere in the command line, as of a script, whose program is its interpreter.
    """

    comm: str = ""
    exe: str = ""
    cmdline: str = ""


def configuration(services: Mapping[str, Match]) -> str:
    """The YAML file. A process belongs to the first that it matches: the narrowest come first."""
    names = sorted(services, key=lambda name: (not services[name].cmdline, not services[name].exe))
    matchers = [{"name": _literal(name), **_matcher(name, services[name])} for name in names]
    return yaml.safe_dump({"process_names": matchers}, sort_keys=False, allow_unicode=True)


def alike(services: Mapping[str, Match]) -> list[tuple[str, str]]:
    """Pairs of services that process-exporter cannot tell apart, as their names are cut short."""
    seen: dict[str, str] = {}
    pairs = []
    for name, match in services.items():
        key = repr(_matcher(name, match))
        if key in seen:
            pairs.append((seen[key], name))
        seen.setdefault(key, name)
    return pairs


def _matcher(name: str, match: Match) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if match.cmdline:
        found["cmdline"] = [match.cmdline]
    if match.exe:
        found["exe"] = [match.exe]
    if match.comm or not found:
        found["comm"] = [_cut(match.comm or name)]
    return found


def _cut(name: str) -> str:
    # Linux cuts bytes, not characters.
    return name.encode()[:COMM_LENGTH].decode(errors="ignore")


def _literal(name: str) -> str:
    """The name is a template of Go to process-exporter: what would be one is quoted in it."""
    return name.replace("{{", '{{"{{"}}')
