"""A reader of mrkdwn for tests: what Slack would do with a text, independent of the renderer."""

import re

_OURS = re.compile(
    r"!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    r"|https?://[^\s|<>\x00-\x1f]+\|[^<>|]*"
)
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_OWN = re.compile(r"\*[^*`\n]+\*|_\+\d+ more_")
_CODE = re.compile(r"`[^`\n]+`")


def foreign_tokens(text: str, mention: str = "") -> list[str]:
    """What stands in <> and is neither a date, a link nor the mention; and stray <, > and &."""
    rest = text.replace(mention, "") if mention else text
    found = [token for token in re.findall(r"<([^<>]*)>", rest) if not _OURS.fullmatch(token)]
    bare = re.sub(r"<[^<>]*>", "", rest)
    found += re.findall(r"[<>]", bare)
    found += re.findall(r"&.{0,5}", _ENTITY.sub("", bare))
    return found


def formatted(text: str) -> list[str]:
    """What Slack would format in mrkdwn: *bold*, _italic_, ~struck~, quotations, and a backtick
    that opens no span. Code spans, tokens and what the renderer itself marks do not count."""
    bare = _OWN.sub("", _CODE.sub("", re.sub(r"<[^<>]*>", "@", text)))
    found = re.findall(r"(?<!\w)([*_~])(?=\S)(.+?)(?<=\S)\1(?!\w)", bare)
    quotes = [line for line in text.split("\n") if line.startswith(("&gt;", ">"))]
    stray = ["`"] if "`" in bare else []
    return ["".join(pair) for pair in found] + quotes + stray
