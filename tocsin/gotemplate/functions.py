"""The functions of templates: Go's own and those that Prometheus gives to alerts.

Source: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/ and
https://pkg.go.dev/text/template
"""

from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """What a value is; the values are what people call it."""

    ANY = "anything"
    NUMBER = "a number"  # a float, such as $value
    INTEGER = "a whole number"
    TEXT = "text"
    BOOL = "true or false"
    LABELS = "labels"
    EXTERNAL = "the external labels"
    DATA = "the alert"  # what the dot is at first
    RESULTS = "the results of a query"
    SAMPLE = "one result of a query"
    TIME = "a time"
    URL = "an address"


@dataclass(frozen=True)
class Function:
    """What a function takes and returns. more: it takes any number of arguments, at least these."""

    takes: tuple[Type, ...]
    returns: Type
    more: bool = False


_ANY, _TEXT, _BOOL = Type.ANY, Type.TEXT, Type.BOOL
_HUMANIZE = Function((_ANY,), _TEXT)
_TO_TEXT = Function((_TEXT,), _TEXT)
_COMPARES = Function((_ANY, _ANY), _BOOL)

PROMETHEUS = {
    "query": Function((_TEXT,), Type.RESULTS),
    "first": Function((Type.RESULTS,), Type.SAMPLE),
    "label": Function((_TEXT, Type.SAMPLE), _TEXT),
    "value": Function((Type.SAMPLE,), Type.NUMBER),
    "strvalue": Function((Type.SAMPLE,), _TEXT),
    "sortByLabel": Function((_TEXT, Type.RESULTS), Type.RESULTS),
    "args": Function((), _ANY, more=True),
    "safeHtml": Function((_TEXT,), _ANY),
    "externalURL": Function((), _TEXT),
    "pathPrefix": Function((), _TEXT),
    "humanize": _HUMANIZE,
    "humanize1024": _HUMANIZE,
    "humanizeDuration": _HUMANIZE,
    "humanizePercentage": _HUMANIZE,
    "humanizeTimestamp": _HUMANIZE,
    "toTime": Function((_ANY,), Type.TIME),
    "toDuration": Function((_ANY,), _ANY),
    "now": Function((), Type.NUMBER),
    "parseDuration": Function((_TEXT,), Type.NUMBER),
    "title": _TO_TEXT,
    "toUpper": _TO_TEXT,
    "toLower": _TO_TEXT,
    "stripPort": _TO_TEXT,
    "stripDomain": _TO_TEXT,
    "urlQueryEscape": _TO_TEXT,
    "graphLink": _TO_TEXT,
    "tableLink": _TO_TEXT,
    "match": Function((_TEXT, _TEXT), _BOOL),
    "reReplaceAll": Function((_TEXT, _TEXT, _TEXT), _TEXT),
}
GO = {
    "and": Function((_ANY,), _ANY, more=True),
    "or": Function((_ANY,), _ANY, more=True),
    "not": Function((_ANY,), _BOOL),
    "call": Function((_ANY,), _ANY, more=True),
    "html": Function((), _TEXT, more=True),
    "js": Function((), _TEXT, more=True),
    "urlquery": Function((), _TEXT, more=True),
    "index": Function((_ANY,), _ANY, more=True),
    "slice": Function((_ANY,), _ANY, more=True),
    "len": Function((_ANY,), Type.INTEGER),
    "print": Function((), _TEXT, more=True),
    "printf": Function((_TEXT,), _TEXT, more=True),
    "println": Function((), _TEXT, more=True),
    "eq": Function((_ANY,), _BOOL, more=True),
    "ne": _COMPARES,
    "lt": _COMPARES,
    "le": _COMPARES,
    "gt": _COMPARES,
    "ge": _COMPARES,
}
FUNCTIONS = {**GO, **PROMETHEUS}
READABLE = frozenset(  # what makes a number legible
    {"humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp"}
    | {"printf", "toTime", "toDuration"}
)
COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
