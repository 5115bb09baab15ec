"""An alert that would not be told in its owner's channel.

Each alert is followed through the compiled Alertmanager configuration and the relay's routes. It
goes astray where the rule sets another `owner` label itself, where the relay takes it for a
heartbeat, and where alerts of two owners come in one message: the relay knows a group by the labels
that all its alerts share.

Bad, where the label names somebody else:

    - alert: HostDown
      owner: platform
      expr: up == 0
      labels: {owner: network}

Good:

    - alert: HostDown
      owner: platform
      expr: up == 0
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tocsin import delivery, problem, suggest
from tocsin.checks.check import Across, Check, Parts
from tocsin.emit import routes
from tocsin.emit.routes import Beat
from tocsin.kinds import heartbeat
from tocsin.model import Alert, Compiled, Rule, Settings
from tocsin.problem import Position, Problem, Severity

OWNER = "owner"
Part = Callable[[str], Compiled]


class Sent(NamedTuple):
    """An alert as it leaves Prometheus. output: its index in the file; beat: how often, if so."""

    output: int
    name: str
    owner: str
    labels: tuple[tuple[str, str], ...]
    beat: str = ""


def gather(compiled: Compiled) -> tuple[Sent, ...]:
    """The alerts of a file, each rule's first one of those with the same labels but severity."""
    found: dict[object, Sent] = {}
    for index, output in enumerate(compiled.outputs):
        if isinstance(output, Alert):
            rule = output.rule
            labels = tuple(sorted(output.labels.items()))
            owner = "" if rule.group.plain else rule.owner
            beat = heartbeat.every(rule) if rule.kind == heartbeat.KIND.name else ""
            told = tuple(label for label in labels if label[0] != "severity")
            found.setdefault(
                (output.name, owner, told), Sent(index, output.name, owner, labels, beat)
            )
    return tuple(found.values())


def judge(gathered: Mapping[str, tuple[Sent, ...]], part: Parts) -> Iterator[Problem]:
    """A problem per alert that goes elsewhere, and per message that would have two owners."""
    if not gathered:
        return
    settings = part.catalogue.settings
    if not settings.owners and not settings.routing.relay.get("heartbeats"):
        return
    ways = _Ways(settings, gathered)
    for file, alerts in gathered.items():
        for sent in alerts:
            if not sent.beat:
                yield from ways.follow(file, sent, part)


class _Ways:
    """The relay's configuration, and what has been found of it so far."""

    def __init__(self, settings: Settings, gathered: Mapping[str, tuple[Sent, ...]]) -> None:
        self.settings = settings
        everyone = [sent for alerts in gathered.values() for sent in alerts]
        beats = [Beat(sent.name, sent.beat, sent.owner) for sent in everyone if sent.beat]
        config = routes.configuration(settings, beats)
        self.routes = {key: value for key, value in config.items() if key != "heartbeats"}
        own = len(settings.routing.relay.get("heartbeats", ()))
        self.written = config.get("heartbeats", [])[:own]
        self.beats: dict[str, list[Any]] = {}
        for beat, entry in zip(beats, config.get("heartbeats", [])[own:], strict=True):
            self.beats.setdefault(beat.name, []).append(entry)
        self.channels: dict[str, str] = {}
        self.told_of_all = False
        self.met: dict[tuple[str, ...], tuple[str, str, int]] = {}

    def follow(self, file: str, sent: Sent, part: Part) -> Iterator[Problem]:
        """What is wrong with the way of one alert."""
        labels = {**self.settings.external_labels, **dict(sent.labels), "alertname": sent.name}
        listened = {"heartbeats": [*self.written, *self.beats.get(sent.name, ())]}
        if delivery.is_heartbeat(listened, labels):
            rule = part(file).outputs[sent.output].rule
            message = "the relay takes this for a heartbeat, and never shows it"
            hint = "a heartbeat of the same name, or one under `relay:` in catalogue.yaml, matches"
            yield problem.error(rule.at("alert"), CHECK.id, message, hint, rule.name)
            return
        yield from self._channel(file, sent, labels, part)
        yield from self._company(file, sent, labels, part)

    def _channel(
        self, file: str, sent: Sent, labels: Mapping[str, str], part: Part
    ) -> Iterator[Problem]:
        told = labels.get(OWNER, "")
        if told not in self.channels:
            self.channels[told] = delivery.channel(self.routes, labels)
        found = self.channels[told]
        owner = self.settings.owners.get(sent.owner)
        if owner is not None and found != owner.channel:
            rule = part(file).outputs[sent.output].rule
            message = f"this goes to {found}, not to {owner.channel} of its owner `{owner.name}`"
            hint = f"the label `{OWNER}` decides: leave it out, and it is the owner"
            yield problem.error(_label(rule), CHECK.id, message, hint, rule.name)
        elif not sent.owner and told and told not in self.settings.owners:
            rule = part(file).outputs[sent.output].rule
            message = f"no owner is called `{told}`: this goes to {found}"
            hint = suggest.hint(told, self.settings.owners)
            yield problem.warning(_label(rule), CHECK.id, message, hint, rule.name)

    def _company(
        self, file: str, sent: Sent, labels: Mapping[str, str], part: Part
    ) -> Iterator[Problem]:
        """Another alert that may come in the same message and has another owner."""
        grouping = self.settings.routing.group_by
        if "..." in grouping or OWNER in grouping:
            return
        told = labels.get(OWNER, "")
        key = tuple(labels.get(name, "") for name in grouping)
        other, there, output = self.met.setdefault(key, (told, file, sent.output))
        if other == told or not self._differ(told, other):
            return
        rule, first = part(file).outputs[sent.output].rule, part(there).outputs[output].rule
        if "alertname" not in grouping:
            yield from self._all_together(first.name, rule.name)
            return
        where = f"`{first.name}` at {first.source.name}:{first.at().line}"
        channel = self.routes["default_channel"]
        message = f"this and {where} come in one message but have two owners: it goes to {channel}"
        hint = "give one of them another name, or put `owner` into `group_by` in catalogue.yaml"
        yield problem.error(rule.at("alert"), CHECK.id, message, hint, rule.name)

    def _all_together(self, one: str, other: str) -> Iterator[Problem]:
        """Groups that do not even tell alerts apart by name: told once, where that is set."""
        source = self.settings.source
        if source is None or self.told_of_all:
            return
        self.told_of_all = True
        message = f"messages may hold alerts of several owners, such as `{one}` and `{other}`"
        hint = "put `alertname` or `owner` into it; else such a message goes to the default channel"
        place = source.position(("alertmanager", "group_by"))
        yield problem.error(place, CHECK.id, message, hint)

    def _differ(self, one: str, other: str) -> bool:
        found = {self.channels.get(one), self.channels.get(other)}
        return len(found) > 1


def _label(rule: Rule) -> Position:
    return rule.at("labels", OWNER) if OWNER in rule.mapping("labels") else rule.at("alert")


CHECK = Check("route/channel", Severity.ERROR, documentation=__doc__, across=Across(gather, judge))
