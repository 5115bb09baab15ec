"""Jinja2's sandbox, narrowed to what the wording of a message takes, and bounded."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jinja2 import Undefined
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from relay.message import escape, links
from relay.message.times import lasted, moment, written

FILE = "<template>"  # what Jinja calls a template that comes from a string
STEPS = 5_000  # turns of all loops of a block
LONGEST = 10_000  # characters of any text on the way
SHOWN = 400  # characters of one value in the message

_FILTERS = """abs capitalize dictsort first float int items last length list lower map max min
    reject rejectattr reverse round select selectattr sort string sum title trim unique
    upper""".split()
_METHODS = {
    str: "endswith lower removeprefix removesuffix startswith strip upper".split(),
    dict: "get items keys values".split(),
}


class MisuseError(Exception):
    """A template asks for what there is not, or would take too long, or too much."""


class Labels(dict[str, str]):
    """Labels or annotations: one that is missing is "", as in Prometheus."""


class Facts(dict[str, Any]):
    """What is always there under these names: another name is a mistake."""


class Safe(str):
    """Mrkdwn that we made: the only text that is not escaped on its way out."""

    __slots__ = ()


def as_mrkdwn(value: Any) -> str:
    """Any value in a mrkdwn text."""
    if isinstance(value, Safe):
        return value
    if isinstance(value, datetime):
        return moment(value)
    return escape.prose(_text(value), SHOWN)


def as_plain(value: Any) -> str:
    """Any value in a plain text."""
    if isinstance(value, Safe):
        return value
    if isinstance(value, datetime):
        return written(value)
    return escape.plain(_text(value), SHOWN)


class Sandboxed(ImmutableSandboxedEnvironment):
    """Templates whose every value goes through `shown`."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, shown: Callable[[Any], str]) -> None:
        super().__init__(finalize=shown, trim_blocks=True, lstrip_blocks=True, cache_size=0)
        self.globals.clear()
        self.filters = {name: _bounded(FILTERS[name]) for name in _FILTERS}
        self.filters |= _marks(plain=shown is as_plain)
        self.filters |= {
            "count": self.filters["length"], "d": _default, "default": _default,
            "replace": _replace, "duration": _duration,
        }  # fmt: skip

    def getattr(self, obj: Any, attribute: str) -> Any:
        return (
            self._found(obj, attribute) if isinstance(obj, Mapping) else self._safe(obj, attribute)
        )

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping):
            return self._found(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        kind = str if isinstance(owner, str) else dict if isinstance(owner, dict) else None
        return isinstance(obj, Steps) or (kind is not None and name in _METHODS[kind])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Sums and products of numbers; texts are joined, and never multiplied."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.filters["join"]([left, right])
        if not all(isinstance(value, int | float) for value in (left, right)):
            raise MisuseError(f"{operator} is for numbers; ~ joins texts")
        if operator == "**" and not (abs(left) <= 1000 and abs(right) <= 10):
            raise MisuseError("** is for small numbers")
        return super().call_binop(context, operator, left, right)

    def _safe(self, obj: Any, attribute: str) -> Any:
        """The few methods of a text, and what a loop knows of itself."""
        known = _METHODS[str] if isinstance(obj, str) else []
        if attribute in known or (isinstance(obj, LoopContext) and attribute[:1] != "_"):
            return super().getattr(obj, attribute)
        raise MisuseError(f"{_kind(obj)} has no {attribute!r}")

    def _found(self, obj: Mapping[str, Any], name: str) -> Any:
        if name in obj:
            return obj[name]
        if name in _METHODS[dict]:
            return getattr(obj, name)
        if isinstance(obj, Labels):
            return ""
        raise MisuseError(f"{name!r} is not known; there are {', '.join(sorted(obj))}")


class Steps:
    """Counts the turns of loops of one render."""

    def __init__(self) -> None:
        self.left = STEPS

    def __call__(self) -> Safe:
        self.left -= 1
        if self.left < 0:
            raise MisuseError(f"more than {STEPS:,} turns of loops")
        return Safe()


def _text(value: Any) -> str:
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, timedelta):
        return _duration(value)
    raise MisuseError(f"{_kind(value)} is no text: take a part of it, or join it")


def _kind(value: Any) -> str:
    return "what is missing" if isinstance(value, Undefined) else f"a {type(value).__name__}"


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Jinja's own filter, whose result has to be of a sane length."""

    def bounded(*arguments: Any, **named: Any) -> Any:
        return _short(function(*arguments, **named))

    for mark in ("jinja_pass_arg", "jinja_async_variant"):
        if (kept := getattr(function, mark, None)) is not None:
            setattr(bounded, mark, kept)
    return bounded


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        raise MisuseError(f"a text of more than {LONGEST:,} characters")
    return value


def _default(value: Any, instead: Any = "", _boolean: bool = True) -> Any:
    """`instead` of what is missing, which for a label is the same as empty."""
    return instead if value is None or value == "" or isinstance(value, Undefined) else value


def _replace(value: Any, old: str, new: str) -> str:
    text = _text(value)
    if len(text) + (text.count(old) if old else len(text) + 1) * len(new) > LONGEST:
        raise MisuseError(f"a text of more than {LONGEST:,} characters")
    return text.replace(old, new)


def _duration(value: Any) -> str:
    if not isinstance(value, timedelta):
        raise MisuseError("duration is for the difference of two times")
    start = datetime.min.replace(tzinfo=UTC)
    return lasted(start, start + value) if value >= timedelta(0) else ""


def _marks(plain: bool) -> dict[str, Callable[..., str]]:
    """Filters that format. In a plain text, such as a title, they give the words alone."""

    def words(value: Any) -> Safe:
        return Safe(as_plain(value) if plain else as_mrkdwn(value))

    def marked(mark: str) -> Callable[[Any], Safe]:
        def filter_(value: Any) -> Safe:
            told = words(value)
            return told if plain or not told.strip() else Safe(f"{mark}{told.strip()}{mark}")

        return filter_

    def code(value: Any) -> Safe:
        return words(value) if plain else Safe(escape.code(_text(value), SHOWN))

    def link(url: Any, label: Any) -> Safe:
        """A link, or the label alone where the address is none."""
        good = "" if plain else links.web_url(_text(url))
        return Safe(links.link(good, words(label))) if good else words(label)

    def spaced(value: Any) -> Safe:
        """With the blanks around it, which escaping takes away: they stand between words here."""
        text = value if isinstance(value, str) else ""
        before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
        return Safe(f"{before}{words(value)}{after}") if words(value).strip() else Safe(before)

    def join(parts: Iterable[Any], between: str = "") -> str:
        """Texts one after the other. Beside marks the others are escaped at once."""
        texts = list(parts)
        if any(isinstance(part, Safe) for part in texts):
            return Safe(_short(spaced(between).join(map(spaced, texts))))
        return str(_short(between.join(map(_text, texts))))

    return {"join": join, "bold": marked("*"), "italic": marked("_"), "code": code, "link": link}
