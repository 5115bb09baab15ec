"""An alert that waits, or goes on firing, for shorter or longer than the `lint` section allows.

An alert without `for` waits for 0 seconds.

    lint:
      checks:
        rule/for:
          for: {min: 5m, max: 1h}
          keep_firing_for: {max: 1h}

Bad, with that section:

    - alert: HostDown
      expr: up == 0
      for: 30s

Good:

    - alert: HostDown
      expr: up == 0
      for: 5m
"""

from collections.abc import Iterator, Mapping

from tocsin import durations, problem
from tocsin.checks.check import Check
from tocsin.model import Alert, Compiled
from tocsin.problem import Problem, Severity

KEYS = ("for", "keep_firing_for")


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per alert and key; tiers of one rule may wait differently."""
    for alert in compiled.alerts:
        options = compiled.catalogue.options(CHECK.id, alert.rule)
        for key in KEYS:
            if key in options:
                yield from _judged(alert, key, options[key])


def _judged(alert: Alert, key: str, limits: Mapping[str, str]) -> Iterator[Problem]:
    written = alert.for_ if key == "for" else alert.keep_firing_for
    length = durations.parse(written) if written else 0
    least, most = limits.get("min"), limits.get("max")
    said = f"`{key}: {written}` is" if written else f"without `{key}`, this is"
    rule = alert.rule
    place = rule.at(key) if rule.data.get(key) else rule.at("alert")
    hint = limits.get("comment", "")
    if least and length < durations.parse(least):
        message = f"{said} shorter than {least}"
        yield problem.error(place, CHECK.id, message, hint, rule.name)
    if most and length > durations.parse(most):
        message = f"{said} longer than {most}"
        yield problem.error(place, CHECK.id, message, hint, rule.name)


CHECK = Check("rule/for", Severity.ERROR, run, __doc__, opt_in=True, alone=True)
