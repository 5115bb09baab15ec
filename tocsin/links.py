"""Links in texts, and whether there is something where they lead."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from tocsin import environment

# What may stand in an address. `|` and `>` end one in Slack's notation, brackets in Markdown.
_URL = re.compile(r"https?://[^\s<>\"'`|\\^\[\]]+", re.IGNORECASE)
_AFTER = ".,;:!?*"  # belongs to the sentence
_TEMPLATE = "{{"
_SAFE = "%/:=&?~+!$,;'@()*"
_MOST = 1024 * 1024  # bytes; of a page that is there, the rest does not matter
_CLOSED = {401, 403, 407, 429}  # there is something, but not for us


class Found(NamedTuple):
    """A link in a text: what it says, and from where to where."""

    url: str
    start: int
    end: int


class Question(NamedTuple):
    """What is asked of a server. timeout in seconds."""

    url: str
    headers: tuple[tuple[str, str], ...]
    timeout: float


class Fault(NamedTuple):
    """Why a link leads nowhere. closed: to nothing that we may see, which may still be there."""

    reason: str
    closed: bool = False


def links(text: str) -> Iterator[Found]:
    """The links of a text, without those that a template only makes."""
    for match in _URL.finditer(text):
        url = _ended(match[0])
        if _TEMPLATE not in match[0]:
            yield Found(url, match.start(), match.start() + len(url))


def _ended(url: str) -> str:
    """An address without what belongs to the sentence around it."""
    while url:
        if url[-1] in _AFTER or (url[-1] == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            break
    return url


@cache  # a command may look at the same links several times: before a change, after each mending
def fault(question: Question) -> Fault | None:
    """What is wrong with a link; None where there is something."""
    from tocsin import fetch  # noqa: PLC0415 - slow to import, seldom needed

    try:
        headers = {name: environment.filled(value) for name, value in question.headers}
    except environment.Missing as exc:
        return Fault(f"cannot be asked: {exc}", closed=True)
    try:
        # Not every server knows HEAD.
        return _asked("HEAD", question, headers) and _asked("GET", question, headers)
    except fetch.Nobody as exc:
        return Fault(f"leads nowhere: {exc}")


def _asked(method: str, question: Question, headers: dict[str, str]) -> Fault | None:
    from tocsin import fetch  # noqa: PLC0415 - slow to import, seldom needed

    request = fetch.Request(
        _ascii(question.url), method, headers, timeout=question.timeout, limit=_MOST
    )
    try:
        answer = fetch.ask(request)
    except fetch.TooLarge:
        return None
    except fetch.Nobody:
        raise
    except fetch.Unreachable as exc:
        return Fault(f"leads nowhere: {exc}")
    if answer.status < 300:
        return None
    said = f"answers {answer.status} {answer.reason}".rstrip()
    return Fault(said, closed=answer.status in _CLOSED)


def _ascii(url: str) -> str:
    """An address as it goes over the wire: without the part of the page, and in ASCII."""
    parts = urlsplit(url)
    try:
        host = parts.netloc.encode("idna").decode("ascii")
    except UnicodeError:
        host = parts.netloc
    return urlunsplit((parts.scheme, host, *(quote(part, _SAFE) for part in parts[2:4]), ""))
