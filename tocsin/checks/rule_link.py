"""A link in an annotation or a label that leads nowhere: no such page, no such host, no answer.

It asks the network, so it runs only where the `lint` section mentions it, and only in
`tocsin lint`. With nothing but a severity there it asks all links. What a template makes of a link
is known only when an alert fires, so those are left alone. Each address is asked once.

`links` says which links are asked, and how; the first entry whose `pattern` matches the whole link
counts. With `uri` another address is asked, in which `$1` is what the first brackets match.
`ignore` lists links that are not asked. In headers `${NAME}` stands for what the environment, or
the file that `NAME_FILE` there names, has.

    lint:
      checks:
        rule/link:
          ignore: ["https://internal[.]example[.]com/.*"]
          links:
            - pattern: "https://wiki[.]example[.]com/(.+)"
              uri: "http://127.0.0.1:8000/$1"
              timeout: 5s
              headers: {Accept: text/html}

Bad, where the wiki answers 404:

    - alert: HostDown
      expr: up == 0
      annotations: {runbook_url: "https://wiki.example.com/hots"}

Good:

    - alert: HostDown
      expr: up == 0
      annotations: {runbook_url: "https://wiki.example.com/host"}
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tocsin import demands, durations, links, progress
from tocsin.checks.check import Across, Check
from tocsin.compile import link_of
from tocsin.links import Found, Question
from tocsin.model import Compiled, Rule
from tocsin.problem import Position, Problem, Severity
from tocsin.source import Path

_AT_ONCE = 6
_TIMEOUT = "10s"
_EVERYTHING: Sequence[Mapping[str, Any]] = ({"pattern": ".+"},)
_GROUP = re.compile(r"\$(?:(\d+)|\{(\d+)\})")


class Link(NamedTuple):
    """A link of a rule, and what is to be asked to know whether it is good."""

    url: str
    place: Position
    rule: str
    question: Question
    comment: str
    severity: Severity | None


def gather(compiled: Compiled) -> tuple[Link, ...]:
    """The links of a file that are to be asked."""
    return tuple(link for rule in compiled.catalogue.rules for link in _of(rule, compiled))


def _of(rule: Rule, compiled: Compiled) -> Iterator[Link]:
    options = compiled.catalogue.options(CHECK.id, rule)
    for text, path in _texts(rule, compiled):
        for found in links.links(text):
            if any(demands.matches(each, found.url, rule) for each in options.get("ignore", ())):
                continue
            for entry in options.get("links", _EVERYTHING):
                if match := demands.match(entry["pattern"], found.url, rule):
                    question = _question(entry, match)
                    level, comment = demands.severity(entry), entry.get("comment", "")
                    place = _place(rule, path, found)
                    yield Link(found.url, place, rule.name, question, comment, level)
                    break


def _texts(rule: Rule, compiled: Compiled) -> Iterator[tuple[str, Path]]:
    """The texts of a rule that may hold links, and where they stand."""
    for key in ("labels", "annotations"):
        for name, text in rule.mapping(key).items():
            yield text, (key, name)
    for key in ("summary", "description"):
        if key in rule.data:
            yield rule.text(key), (key,)
    for key in ("runbook", "dashboard"):
        if key in rule.data:
            yield link_of(key, rule.text(key), compiled.catalogue.settings), (key,)


def _place(rule: Rule, path: Path, found: Found) -> Position:
    """Where a link stands; the whole text, where the link is made of it by a pattern."""
    if rule.text(*path)[found.start : found.end] == found.url:
        return rule.at_text(path, found.start, found.end)
    return rule.at(*path)


def _question(entry: Mapping[str, Any], match: re.Match[str]) -> Question:
    timeout = durations.parse(entry.get("timeout", _TIMEOUT)) / 1000
    headers = tuple(sorted((name, str(text)) for name, text in entry.get("headers", {}).items()))
    url = match[0].partition("#")[0]
    if "uri" in entry:
        url = _GROUP.sub(lambda field: _part(match, int(field[1] or field[2])), entry["uri"])
    return Question(url, headers, timeout)


def _part(match: re.Match[str], number: int) -> str:
    return (match[number] or "") if number <= (match.re.groups) else ""


def judge(
    gathered: Mapping[str, tuple[Link, ...]], _part: Callable[[str], Compiled]
) -> Iterator[Problem]:
    """A problem per link that leads nowhere."""
    found = [link for file in gathered.values() for link in file]
    questions = [link.question for link in found]
    faults = progress.side_by_side("links", questions, links.fault, _AT_ONCE)
    for link in found:
        fault = faults[link.question]
        if fault is None:
            continue
        asked = "" if link.question.url in link.url else f" (asked at {link.question.url})"
        message = f"{link.url}{asked} {fault.reason}"
        level = Severity.INFO if fault.closed else link.severity or CHECK.severity
        hint = "give `headers` for it, or list it under `ignore`" if fault.closed else "mend it"
        yield Problem(link.place, CHECK.id, level, message, link.comment or hint, link.rule)


CHECK = Check(
    "rule/link",
    Severity.WARNING,
    documentation=__doc__,
    opt_in=True,
    across=Across(gather, judge, network=True),
    alone=True,
)
