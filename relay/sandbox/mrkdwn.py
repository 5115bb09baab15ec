"""Slack's mrkdwn as safe HTML, the way Slack shows it.

https://docs.slack.dev/messaging/formatting-message-text. Everything is escaped; only the marks
that are known become tags, and only http(s) becomes a link.
"""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from markupsafe import Markup

_ATOM = re.compile(r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<token>[^<>\n]*)>", re.DOTALL)
_DATE = re.compile(r"!date\^(-?\d{1,11})\^([^|^]*)(?:\^[^|]*)?\|(.*)", re.DOTALL)
_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: they stand for an atom, and for nothing else
_KEPT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_MARKS = [
    (re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]+?)(?<=\S){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
]
_QUOTE = re.compile(r"^&gt;[ ]?(.*)$", re.MULTILINE)
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


class Renderer:
    """Makes HTML of texts; `now` and `timezone` (None: this machine's) are for its dates."""

    def __init__(self, now: datetime, timezone: tzinfo | None = None) -> None:
        self._now = now.astimezone(timezone)
        self._timezone = timezone

    def plain(self, text: str) -> Markup:
        """The text of a plain_text object: entities decoded, nothing else."""
        return Markup(_escaped(text).replace("\n", "<br>"))  # noqa: S704 (escaped one call before)

    def mrkdwn(self, text: str) -> Markup:
        """The text of a mrkdwn object."""
        atoms: list[str] = []

        def keep(match: re.Match[str]) -> str:
            atoms.append(self._atom(match))
            return f"{_OPEN}{len(atoms) - 1}{_CLOSE}"

        bare = text.replace(_OPEN, "").replace(_CLOSE, "")
        marked = _escaped(_ATOM.sub(keep, bare))
        for pattern, tag in _MARKS:
            marked = pattern.sub(rf"<{tag}>\1</{tag}>", marked)
        marked = _QUOTE.sub(r"<blockquote>\1</blockquote>", marked)
        marked = marked.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>")
        whole = _KEPT.sub(lambda match: atoms[int(match[1])], marked)
        return Markup(whole)  # noqa: S704 (built of escaped parts and of our own tags)

    def moment(self, seconds: float) -> datetime:
        """Seconds since 1970 as a time of the viewer's."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(self._timezone)

    def _atom(self, match: re.Match[str]) -> str:
        if match["pre"]:
            return f"<pre>{_escaped(match['pre'].strip())}</pre>"
        if match["code"]:
            return f"<code>{_escaped(match['code'])}</code>"
        return self._token(match["token"] or "")

    def _token(self, token: str) -> str:
        target, _, label = token.partition("|")
        if date := _DATE.fullmatch(token):
            return self._date(int(date[1]), date[2], date[3])
        if is_web(_unescaped(target)):
            shown = _escaped(label or target)
            return f'<a href="{_escaped(target)}" rel="noopener noreferrer nofollow">{shown}</a>'
        if target.startswith(("!", "@", "#")):
            return f'<span class="mention">{_escaped(_mentioned(target, label))}</span>'
        return _escaped(f"<{token}>")

    def _date(self, seconds: int, pattern: str, fallback: str) -> str:
        try:
            when = self.moment(seconds)
        except (OverflowError, ValueError, OSError):
            return _escaped(fallback)
        shown = _PLACE.sub(lambda match: _part(match[1], when, self._now), _unescaped(pattern))
        utc = html.escape(when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))
        machine = html.escape(when.isoformat())
        return f'<time datetime="{machine}" title="{utc}">{html.escape(shown)}</time>'


_PLACE = re.compile(r"\{(\w+)\}")


def is_web(url: str) -> bool:
    """Whether `url` may be a link: http or https, and a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escaped(text: str) -> str:
    """Slack's three entities decoded, then everything escaped for HTML."""
    return html.escape(_unescaped(text))


def _mentioned(target: str, label: str) -> str:
    if target.startswith("#"):
        return f"#{label.removeprefix('#') or target[1:]}"
    if label:
        return f"@{label.removeprefix('@')}"
    name = target[1:]
    return f"@{name.removeprefix('subteam^').split('^')[0]}"


def _part(name: str, when: datetime, now: datetime) -> str:
    """One part of a date pattern; an unknown one stands as it is."""
    maker = _PARTS.get(name)
    if maker is not None:
        return maker(when)
    base = name.removesuffix("_pretty")
    if base != name and base in _PARTS:
        near = {timedelta(0): "today", timedelta(days=1): "yesterday"}
        return near.get(now.date() - when.date()) or _PARTS[base](when)
    return f"{{{name}}}"


_PARTS: dict[str, Callable[[datetime], str]] = {
    "date": lambda t: f"{t:%B} {t.day}{_ORDINALS.get(t.day, 'th')}, {t.year}",
    "date_num": lambda t: f"{t:%Y-%m-%d}",
    "date_short": lambda t: f"{t:%b} {t.day}, {t.year}",
    "date_long": lambda t: f"{t:%A}, {t:%B} {t.day}{_ORDINALS.get(t.day, 'th')}, {t.year}",
    "time": lambda t: f"{t:%H:%M}",
    "time_secs": lambda t: f"{t:%H:%M:%S}",
}
