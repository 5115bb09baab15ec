"""Block Kit blocks and text objects, as small as Slack's JSON allows."""

from collections.abc import Sequence

from relay.message.model import Block


def plain_text(text: str) -> Block:
    """A text object in which nothing is formatted; `:codes:` do not become emoji."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """A text object with our own marks in it.

    `verbatim`: Slack makes no links or mentions of its own out of what looks like one.
    """
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text)}


def section(text: Block) -> Block:
    return {"type": "section", "text": text}


def fields(texts: Sequence[str]) -> Block:
    """A section of two columns; a phone shows them one below the other."""
    return {"type": "section", "fields": [mrkdwn(text) for text in texts]}


def image(url: str, says: str) -> Block:
    """A picture; `says` is what stands for it where it cannot be seen."""
    return {"type": "image", "image_url": url, "alt_text": says}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def mention(raw: str) -> Block:
    """What wakes people: parsed by Slack as it stands, so never `verbatim`."""
    return section({"type": "mrkdwn", "text": raw})


def bar(colour: str, blocks: Sequence[Block]) -> list[Block]:
    """An attachment, for the sake of its coloured bar; none when there is nothing to show."""
    return [{"color": colour, "blocks": list(blocks)}] if blocks else []
