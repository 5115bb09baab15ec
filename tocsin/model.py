"""The rule manager's own words as frozen data: what a person wrote, and what it compiles to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from tocsin import edits, layers
from tocsin.known import Known
from tocsin.layers import Layer
from tocsin.lintsettings import Lint, Subject
from tocsin.problem import Edit, Position
from tocsin.source import Path, Source
from tocsin.tier import Part


@dataclass(frozen=True)
class Owner:
    """A team: its Slack channel, and whom to mention for which severity."""

    name: str
    channel: str
    mention: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Routing:
    """How Alertmanager groups alerts and reaches the relay. Durations as Prometheus spells them."""

    relay_url: str = "http://127.0.0.1:9095/v1/alertmanager"
    credentials_file: str = ""
    group_by: tuple[str, ...] = ("alertname", "platform")
    group_wait: str = "10s"
    group_interval: str = "1m"
    repeat_interval: str = "4h"
    default_channel: str = "#alerts"
    relay: Mapping[str, Any] = field(default_factory=dict)  # the relay's own settings, as written


@dataclass(frozen=True)
class Settings:
    """What all files of a catalogue share (`rules/catalogue.yaml`), or of plain rule files
    (`tocsin.yaml`)."""

    source: Source | None = None
    prometheus: str = "2.42"
    features: tuple[str, ...] = ()  # feature flags that Prometheus is started with
    alertmanager: str = "0.25"
    scrape_interval: str = "15s"
    evaluation_interval: str = "15s"
    external_labels: Mapping[str, str] = field(default_factory=dict)
    target_labels: tuple[str, ...] = ("job", "instance", "platform", "host", "service")
    severities: tuple[str, ...] = ("info", "warning", "critical")
    default_severity: str = "warning"
    owners: Mapping[str, Owner] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    coverage: float | None = None  # what tests must have seen at least, of a hundred
    defaults: Layer | None = None
    routing: Routing = Routing()
    kubernetes: Mapping[str, Any] | None = None  # namespace and labels of PrometheusRules
    lint: Lint = field(default_factory=Lint)


@dataclass(frozen=True)
class Metric:
    """A metric that something exposes (`rules/metrics/*.yaml`)."""

    name: str
    type: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    help: str = ""
    exposed_by: str = ""


@dataclass(frozen=True)
class RuleGroup:
    """The Prometheus rule group that rules were written in."""

    name: str
    source: Source
    path: Path  # of the group in its file
    plain: bool = False  # from a plain Prometheus rule file: nothing is added to its rules
    owner: str = ""
    interval: str = ""
    limit: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    defaults: tuple[Layer, ...] = ()  # the file's, then the catalogue's
    extra: Mapping[str, Any] = field(default_factory=dict)  # keys of newer Prometheus and of kin

    def every(self, settings: Settings) -> str:
        """How often its rules are evaluated."""
        return self.interval or settings.evaluation_interval


@dataclass(frozen=True)
class Rule:
    """One entry that a person wrote, with the defaults that it takes over.

    `data` passes the schema, but for keys that are missing where the rule is not `valid`: what was
    wrong has been left out of it.
    """

    group: RuleGroup
    path: Path
    layers: tuple[Layer, ...]  # the rule itself, then its defaults; an override before them
    data: Mapping[str, Any]  # the layers merged
    kind: str  # the key that names its kind; "record" for a recording rule
    name: str
    valid: bool = True
    owner_said: str = ""  # in a comment, as pint has it

    @property
    def source(self) -> Source:
        """The file that holds the rule."""
        return self.group.source

    @property
    def body(self) -> Any:
        """What stands under the kind's key."""
        return self.data.get(self.kind) or {}

    @property
    def owner(self) -> str:
        """Who answers for it, "" when nobody is named."""
        written = layers.origin(self.layers[:1], ("owner",)) and self.data.get("owner")
        others = self.owner_said or self.group.owner or self.data.get("owner")
        return str(written or others or "")

    @property
    def unless(self) -> tuple[str, ...]:
        """The rules that keep this one quiet while they fire."""
        written = self.data.get("unless") or ()
        return (written,) if isinstance(written, str) else tuple(written)

    @property
    def own_labels(self) -> dict[str, str]:
        """The labels that the file and the rule give its alerts; a plain rule's as they are."""
        labels = {**self.group.labels, **self.mapping("labels")}
        if self.owner and not self.group.plain:
            labels.setdefault("owner", self.owner)
        return labels

    def text(self, *path: str | int) -> str:
        """A scalar of the rule as it was typed: Prometheus takes labels and expressions as text."""
        return layers.raw(self.layers, path)

    def mapping(self, key: str) -> dict[str, str]:
        """`labels` or `annotations`, values as typed."""
        return {name: self.text(key, name) for name in self.data.get(key) or {}}

    @property
    def subject(self) -> Subject:
        """What the settings of checks may ask for."""
        return Subject(self.source.name, self.owner, self.group.name)

    def at(self, *path: str | int, key: bool = False) -> Position:
        """Where something of the rule stands; the rule itself, where it stands nowhere."""
        found = layers.position(self.layers, path, key=key) if path else None
        return found or self.source.position((*self.path, *path), key=key)

    def at_text(self, path: Path, start: int, end: int) -> Position:
        """Where some characters of one of the rule's texts stand."""
        layer = layers.origin(self.layers, path)
        if layer is None:
            return self.at(*path)
        return layer.source.inside(layer.written(path), start, end)

    def edit_text(self, path: Path, start: int, end: int, text: str) -> Edit | None:
        """Another text for some characters of one of the rule's texts."""
        layer = layers.origin(self.layers, path)
        if layer is None:
            return None
        return edits.within(layer.source, layer.written(path), start, end, text)

    def under(self, layer: Layer) -> "Rule":
        """The rule with another layer on top, such as one of its overrides."""
        found = (layer, *self.layers)
        return replace(self, layers=found, data=layers.merged(found))


@dataclass(frozen=True)
class Alert:
    """One compiled Prometheus alerting rule: one tier of a rule."""

    rule: Rule
    name: str
    expr: str
    for_: str = ""
    keep_firing_for: str = ""
    severity: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    branch: int = 0  # which of the rule's overrides it comes from, 0 for none
    limit: float | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Recording:
    """One compiled Prometheus recording rule."""

    rule: Rule
    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Everything that was read: settings, known metrics, rules.

    `root` is the folder that holds catalogue.yaml, None where there is none.
    """

    root: FilePath | None
    settings: Settings
    groups: tuple[RuleGroup, ...]
    rules: tuple[Rule, ...]
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def declares(self) -> bool:
        """Whether it is known which labels targets have: plain rule files do not say."""
        plain = all(group.plain for group in self.groups)
        return self.root is not None or bool(self.metrics) or not plain

    def options(self, check: str, rule: Rule) -> Mapping[str, Any]:
        """What the `lint` section sets for a check where `rule` is concerned."""
        return self.settings.lint.options(check, rule.subject)

    def part(self, name: str, groups: Iterable[RuleGroup], rules: Iterable[Rule]) -> "Catalogue":
        """The same settings and metrics with the groups and rules of one file."""
        return replace(self, groups=tuple(groups), rules=tuple(rules), files=(name,))

    def path_of(self, name: str) -> str:
        """A file's path as compiled output shows it: from the catalogue's parent folder.

        The same from whatever folder the command runs, and never a path of somebody's machine.
        """
        if name not in self._shown:
            base = self.root.resolve().parent if self.root else FilePath.cwd()
            path = FilePath(name).resolve()
            inside = path.is_relative_to(base)
            self._shown[name] = path.relative_to(base).as_posix() if inside else path.name
        return self._shown[name]

    @cached_property
    def _shown(self) -> dict[str, str]:
        """Paths that were asked for already: resolving one asks the file system."""
        return {}


Labels = Mapping[tuple[str, Path], frozenset[str] | None]


@dataclass(frozen=True)
class Compiled:
    """A catalogue and what it compiles to, in the order it was written.

    known: what its files must know of each other. labels: by file and path, the labels that tell
    results of rules with tiers apart (None where that is not known), if somebody has worked it out.
    """

    catalogue: Catalogue
    outputs: tuple[Alert | Recording, ...]
    known: Known = field(default_factory=Known)
    labels: Labels | None = None

    @cached_property
    def worked_out(self) -> dict[str, object]:
        """What several checks need and one of them has worked out, by name."""
        return {}

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(output for output in self.outputs if isinstance(output, Alert))
