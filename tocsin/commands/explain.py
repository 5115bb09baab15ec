"""`tocsin explain`."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import click

from tocsin import layers, overrides, pipeline, suggest
from tocsin.commands import common, explained
from tocsin.compile import is_heartbeat
from tocsin.inhibitions import inhibitions
from tocsin.kinds import KINDS
from tocsin.load import documentation, settings_of
from tocsin.model import Alert, Compiled, Recording, Rule
from tocsin.source import Path
from tocsin.triage.severities import KNOWN


@click.command()
@click.argument("name")
@click.argument("catalogue", type=click.Path(path_type=FilePath), default=common.DEFAULT_CATALOGUE)
def explain(name: str, catalogue: FilePath) -> None:
    """Explains a rule, a check or a kind.

    NAME is an alert (its PromQL, tiers and route), a check such as promql/syntax, or a kind such
    as no_events. Exit code: 0, or 2 when nothing has that name.
    """
    if name in KNOWN:
        click.echo(explained.check(name, settings_of((catalogue,))))
        return
    if name in KINDS:
        click.echo(f"{click.style(name, bold=True)}\n\n{documentation.of_kind(name).strip()}")
        return
    outcome = pipeline.run((catalogue,))
    outputs = [output for output in outcome.compiled.outputs if output.rule.name == name]
    if not outputs:
        broken = [found for found in outcome.result.problems if found.rule == name]
        if broken:
            common.tell(outcome.result, "text", to_stderr=True)
            raise common.cannot_run(f"the rule `{name}` has errors", "see above")
        rules = [rule.name for rule in outcome.compiled.catalogue.rules]
        near = suggest.nearest(name, [*rules, *KNOWN, *KINDS])
        hint = f"did you mean `{near}`?" if near else "`tocsin lint --list` names the checks"
        raise common.cannot_run(f"no rule, check or kind is called `{name}`", hint)
    click.echo(_rule(outputs, outcome.compiled))


def _rule(outputs: list[Alert | Recording], compiled: Compiled) -> str:
    first = outputs[0].rule
    same = (found for found in compiled.catalogue.rules if found.path == first.path)
    rule = next(found for found in same if found.source is first.source)  # without its overrides
    kind = "recording rule" if rule.kind == "record" else rule.kind
    title = f"{click.style(rule.name, bold=True)} ({kind})"
    lines = [title, f"  written in {rule.source.name}:{rule.at().line}"]
    if rule.owner:
        lines.append(f"  owner      {rule.owner}")
    lines += ["", *_values(rule)]
    for output in outputs:
        lines += ["", *_output(output, rule)]
    alerts = [output for output in outputs if isinstance(output, Alert)]
    if alerts:
        lines += ["", *_route(alerts, compiled)]
    return "\n".join(lines)


def _values(rule: Rule) -> list[str]:
    """Each value that counts, and where it was written."""
    found = []
    for path, value in _leaves(rule.data, ()):
        layer = layers.origin(rule.layers, path)
        if layer is None or path[0] in {"tests", "alert", "record"}:
            continue
        where = "" if layer is rule.layers[0] else f"  ({layer.name}, {rule.at(*path).file}"
        line = rule.at(*path).line
        origin = f"{where}:{line})" if where else f"  (line {line})"
        name = ".".join(str(step) for step in path)
        shown = "off" if value is False else " ".join(str(value).split())
        found.append(f"    {name}: {shown if len(shown) <= 60 else shown[:59] + '…'}{origin}")
    return ["  values", *found]


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _output(output: Alert | Recording, rule: Rule) -> list[str]:
    if isinstance(output, Recording):
        return [f"  records {output.record}", *_indented(output.expr)]
    head = click.style(output.severity or "no severity", bold=True)
    lines = [f"  {head}" + (f", after {output.for_}" if output.for_ else ", at once")]
    if output.branch:
        labels = overrides.where(rule, output.branch - 1)
        shown = ", ".join(f"{name}={'|'.join(map(str, values))}" for name, values in labels.items())
        lines[0] += f", override {output.branch} ({shown})"
    elif rule.data.get("overrides"):
        lines[0] += ", for all others"
    lines += _indented(output.expr)
    lines += [f"    {name}: {value}" for name, value in sorted(output.labels.items())]
    lines += [f"    {name}: {' '.join(text.split())}" for name, text in output.annotations.items()]
    return lines


def _indented(expr: str) -> list[str]:
    return [f"      {line}" for line in expr.splitlines()]


def _route(alerts: list[Alert], compiled: Compiled) -> list[str]:
    settings = compiled.catalogue.settings
    owner = settings.owners.get(alerts[0].labels.get("owner", ""))
    if is_heartbeat(alerts[0]):
        return ["  route      a heartbeat: the relay listens for it and posts nothing"]
    channel = owner.channel if owner else settings.routing.default_channel
    lines = [f"  route      {channel}"]
    for severity, mention in (owner.mention if owner else {}).items():
        lines.append(f"             {severity} mentions {mention}")
    for found in inhibitions(compiled):
        if found.target == alerts[0].name:
            tier = f" ({found.source_severity})" if found.source_severity else ""
            targets = " and ".join(found.target_severities) or "it"
            lines.append(f"  muted      {targets}, while {found.source}{tier} fires for the same")
            lines.append(f"             {', '.join(found.equal) or 'labels'}")
    return lines
