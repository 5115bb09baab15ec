"""Text from labels and annotations, made safe to stand in a Slack message.

Slack's mrkdwn has no escape character: only `&`, `<` and `>` become entities
(https://docs.slack.dev/messaging/formatting-message-text). So what would be formatting (`*`, `_`,
`~`, a backtick, `:emoji:`) is replaced by a character that looks the same. Inside a code span only
the backtick means anything: labels go there, and can be copied from it as they are.
"""

import re
import unicodedata

from relay.message.limits import truncate

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TICK = "ˋ"  # noqa: RUF001 (looks like a backtick, and is none: that is the point)
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": _TICK})  # noqa: RUF001 (as above)
_JOINERS = "\u200c\u200d"  # they shape Persian words and emoji families: the only Cf kept
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"  # letters that show nothing
_UNUSUAL = re.compile(r"[^\x20-\x7e]")
_UNUSUAL_IN_LINES = re.compile(r"[^\n\x20-\x7e]")
_LONGEST = 20_000  # no part of a message is nearly as long; the rest is not worth looking at
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # one inside a word is no formatting
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_BROADCAST = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)


def clean(text: str) -> str:
    """`text` without what hides or reorders it; "" when nothing visible is left.

    Bidirectional overrides and invisible characters go, control characters become visible
    (BEL shows as ␇), each kind of line break becomes "\\n".
    """
    lines = "\n".join(text[:_LONGEST].splitlines())
    shown = _UNUSUAL.sub(lambda match: _visible(match[0]), lines)
    return shown.strip() if any(not _blank(character) for character in shown) else ""


def visible(text: str) -> str:
    """The same of a text that is long, and ours but for its parts: a page."""
    return _UNUSUAL_IN_LINES.sub(lambda match: _visible(match[0]), text)


def flat(text: str) -> str:
    """`clean` text on one line: every run of white space is one space."""
    return " ".join(clean(text).split())


def plain(text: str, limit: int) -> str:
    """One line for a plain_text object, at most `limit` characters once escaped."""
    return truncate(_unmentioned(flat(text).translate(_ENTITIES)), limit)


def paragraph(text: str, limit: int, lines: int = 8) -> str:
    """Several lines for a plain_text object, at most `lines` of them, without blank ones."""
    kept = [line.rstrip() for line in clean(text).split("\n") if line.strip()]
    shown = "\n".join([*kept[:lines], "…"] if len(kept) > lines else kept)
    return truncate(_unmentioned(shown.translate(_ENTITIES)), limit)


def prose(text: str, limit: int) -> str:
    """One line for a mrkdwn object that formats nothing and mentions nobody.

    It does not neutralise a quotation at the start of a line ("&gt;"): put something before it.
    """
    inert = _UNDERSCORE.sub("ˍ", flat(text)).translate(_LOOKALIKES)
    inert = _EMOJI.sub("∶", inert)  # noqa: RUF001 (a ratio sign looks like the colon)
    return truncate(_unmentioned(inert.translate(_ENTITIES)), limit)


def code(text: str, limit: int) -> str:
    """A code span for a mrkdwn object, at most `limit` characters with its two backticks."""
    inert = (flat(text) or "∅").replace("`", _TICK).translate(_ENTITIES)
    return f"`{truncate(_unmentioned(inert), limit - 2)}`"


def _blank(character: str) -> bool:
    return character.isspace() or character in _JOINERS


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\n" or character in _JOINERS:
        return character
    if character == "\t":
        return " "
    if category == "Cc":
        point = ord(character)
        return chr(0x2400 + point) if point < 0x20 else "\ufffd"
    if category == "Cs":  # half a surrogate pair: JSON may hold it, UTF-8 may not
        return "\ufffd"
    if category == "Cf" or character in _INVISIBLE:
        return ""
    return character


def _unmentioned(text: str) -> str:
    """Break "@channel" with a word joiner, should anything parse it despite `verbatim`."""
    return _BROADCAST.sub("@\u2060", text)
