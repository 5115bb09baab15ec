"""How long each part of a message may be: the one place that cuts.

Slack's own limits are in violations.py, which does not import this file. Here is the share of a
message that each part gets; the shares add up to less than Slack takes, so parts never compete.
Every length is counted in UTF-16 units, of escaped text: Slack does not say which characters it
counts, and this is never less than Python's count.
"""

import re
from collections.abc import Callable, Sequence

from relay.message.violations import size, violations

__all__ = ["fit_lines", "size", "truncate", "violations"]

TOTAL = 9_000  # all texts of a message together, `text` included; Slack takes about 10,000

TEXT = 800  # the fallback `text`
HEADER = 140
MENTION = 500  # it stands in `text` and in a block
SUMMARY = 450
FACTS = 350  # value, limit, since when, owner
LABELS = 600  # the context with the place
DESCRIPTION = 450
CENSUS = 250  # of more alerts than are listed
ALERTS = 2_440  # the list of alerts; a section takes 3,000
RESOLVED = 400  # the resolved ones of a firing group
NOTICE = 200  # what Alertmanager left out
LINKS = 900
NOTE = 160  # that a team's own template failed
STANDING = 380  # who acknowledged and silenced
BUTTON_URL = 200  # a longer address stays a link among the others
BUTTONS = 480  # their labels, and two addresses

SHARES = (
    TEXT, HEADER, MENTION, MENTION, SUMMARY, FACTS, LABELS, DESCRIPTION, CENSUS, ALERTS, RESOLVED,
    NOTICE, LINKS, NOTE, STANDING, BUTTONS,
)  # fmt: skip

ALERT_LINES = 20  # past this, a phone shows a wall
LABEL = 120  # one label
FACT = 60  # a value, a limit, an owner
DETAIL = 180  # an alert's own summary
COMMENT = 80  # of a silence
AUTHOR = 60  # of a silence that was made elsewhere
OWN_LINE = 400  # a line that a team's template makes
NAME = 110  # a group's name, in a reply
TITLE_NAME = 70  # in a header, beside state, severity and count

_ATOM = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_ELLIPSIS = "…"


def truncate(text: str, limit: int) -> str:
    """`text`, cut to `limit` with a "…", never inside an entity or a `<token>`."""
    if size(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - size(_ELLIPSIS)
    for atom in _ATOM.findall(text):
        room -= size(atom)
        if room < 0:
            break
        kept.append(atom)
    return "".join(kept).rstrip() + _ELLIPSIS


def fit_lines(
    lines: Sequence[str],
    limit: int,
    more: Callable[[int], str],
    separator: str = "\n",
    beyond: int = 0,
) -> str:
    """As many whole `lines` as fit in `limit`, then `more(n)` for the n that are not shown.

    `beyond` counts those that were never made into lines, being too many.
    """
    kept = list(lines)
    while True:
        left = len(lines) - len(kept) + beyond
        shown = separator.join([*kept, more(left)] if left else kept)
        if size(shown) <= limit:
            return shown
        if not kept:
            return truncate(shown, limit)
        kept.pop()
