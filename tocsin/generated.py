"""Every generated series name in one place.

`tocsin:WHAT:RULE`, with the rule's name as far as a metric's name can hold it.
"""

import re

_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


def evaluated(rule: str) -> str:
    """1 at each evaluation: since when a rule has been looked at."""
    return f"tocsin:evaluated:{_safe(rule)}"


def value(rule: str) -> str:
    """The value that a rule judges, kept so that its absence can be told."""
    return f"tocsin:value:{_safe(rule)}"


def week_second(rule: str, ago: str) -> str:
    """Seconds since Monday 00:00, local time, as of `ago`."""
    return f"tocsin:week_second:{_safe(rule)}:{ago}"


def active(rule: str, silence: str) -> str:
    """1 while a rule's active window is open and has been for `silence`, else 0."""
    return f"tocsin:active:{_safe(rule)}:{silence}"


def usual(rule: str) -> str:
    """The usual value at this time of the week."""
    return f"tocsin:usual:{_safe(rule)}"


def spread(rule: str) -> str:
    """How far the value usually is from the usual one."""
    return f"tocsin:spread:{_safe(rule)}"


def error_ratio(rule: str, window: str) -> str:
    """The part of events that were errors within `window`."""
    return f"tocsin:error_ratio:{_safe(rule)}:rate{window}"


def events(rule: str, window: str) -> str:
    """How many events there were within `window`."""
    return f"tocsin:events:{_safe(rule)}:increase{window}"


def _safe(rule: str) -> str:
    return _NOT_IN_A_NAME.sub("_", rule)
