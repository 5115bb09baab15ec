"""A route that no alert takes.

In Alertmanager: the route of a heartbeat behind that of another one of its name, so that how often
it is repeated has no effect. In the relay: the route of an owner of whom there is no alert, where
the whole catalogue is looked at.

Bad:

    - alert: Watchdog
      heartbeat: {every: 1m}
    - alert: Watchdog
      heartbeat: {every: 5m}
      severity: info
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tocsin import delivery, problem
from tocsin.checks.check import Across, Check, Parts
from tocsin.emit import alertmanager
from tocsin.kinds import heartbeat
from tocsin.load import files
from tocsin.model import Catalogue, Compiled
from tocsin.problem import Problem, Severity

Part = Callable[[str], Compiled]


class Beat(NamedTuple):
    """A heartbeat. rule: its index in the file."""

    rule: int
    name: str
    every: str


class Facts(NamedTuple):
    """The heartbeats of a file, and the owners of whom it has alerts."""

    beats: tuple[Beat, ...]
    owners: frozenset[str]


def gather(compiled: Compiled) -> Facts:
    """What a file says of routes."""
    beats = tuple(
        Beat(index, rule.name, heartbeat.every(rule))
        for index, rule in enumerate(compiled.catalogue.rules)
        if rule.kind == heartbeat.KIND.name
    )
    return Facts(beats, frozenset(alert.labels.get("owner", "") for alert in compiled.alerts))


def judge(gathered: Mapping[str, Facts], part: Parts) -> Iterator[Problem]:
    """A problem per route."""
    if not gathered:
        return
    catalogue = part.catalogue
    beats = [(file, beat) for file, facts in gathered.items() for beat in facts.beats]
    routing = catalogue.settings.routing
    tree = alertmanager.route(routing, [(beat.name, beat.every) for _, beat in beats])
    for file, beat in beats:
        every = delivery.routes(tree, {"alertname": beat.name})[0]["repeat_interval"]
        if every != beat.every:
            rule = part(file).catalogue.rules[beat.rule]
            message = f"another heartbeat of this name is repeated every {every}"
            hint = "Alertmanager takes the first route that matches: give this another name"
            place = rule.at("heartbeat", "every")
            yield problem.warning(place, CHECK.id, message, hint, rule.name)
    told = frozenset().union(*(facts.owners for facts in gathered.values()))
    yield from _owners(catalogue, gathered, told)


def _owners(
    catalogue: Catalogue, gathered: Mapping[str, object], told: frozenset[str]
) -> Iterator[Problem]:
    idle = [name for name in catalogue.settings.owners if name not in told]
    source = catalogue.settings.source
    if not idle or source is None or catalogue.root is None:
        return
    if {str(path) for path in files.find((catalogue.root,)).rules} - gathered.keys():
        return  # a part of the catalogue
    for name in idle:
        place = source.position(("owners", name), key=True)
        message = f"no alert goes to the owner `{name}`"
        yield problem.info(place, CHECK.id, message, "take it away, if nobody needs it")


CHECK = Check(
    "route/unreachable",
    Severity.WARNING,
    documentation=__doc__,
    across=Across(gather, judge),
)
