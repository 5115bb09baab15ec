"""The Prometheus that imported rules were written for, as far as they show it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tocsin import features
from tocsin.checks import promql_features
from tocsin.features import Feature
from tocsin.importing.home import Home
from tocsin.importing.original import Group
from tocsin.model import Settings

_VERSION = "version: 1\n"


def met(target: Home, groups: Iterable[Group]) -> Home:
    """With a catalogue.yaml that names the version and the flags that the rules need.

    A catalogue that was there keeps its own: what it is too old for, the lint tells.
    """
    found = list(_of(groups))
    least = max([Settings.prometheus, *(one.since for one in found)], key=features.order)
    flags = sorted({one.flag for one in found if one.lacks_flag(least, ())})
    if not target.new or (least == Settings.prometheus and not flags):
        return target
    listed = f", features: [{', '.join(flags)}]" if flags else ""
    line = f'targets: {{prometheus: "{least}"{listed}}}  # the oldest that these rules load in\n'
    settings = target.settings.decode().replace(_VERSION, _VERSION + line, 1)
    return replace(target, settings=settings.encode())


def _of(groups: Iterable[Group]) -> Iterator[Feature]:
    for group in groups:
        yield from (
            Feature(features.GROUP_KEYS[k]) for k in group.header.keys() & features.GROUP_KEYS
        )
        for rule in group.rules:
            if rule.keep_firing_for:
                yield Feature(features.RULE_KEYS["keep_firing_for"])
            yield from promql_features.needed(rule.expr.value)
