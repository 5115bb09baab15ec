"""Slack's limits, as a judge: written from its documentation, not from what renders here.

Sources: https://docs.slack.dev/reference, the pages block-kit/blocks (one a block),
block-kit/composition-objects/text-object and methods/chat.postMessage. How long all blocks may be
together is not documented: 11,341 characters were refused (slackapi/bolt-js#2867), hence 10,000.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

MAX_BLOCKS = 50
MAX_TEXT = 40_000
MAX_SECTION = 3_000
MAX_FIELDS = 10
MAX_FIELD = 2_000
MAX_HEADER = 150
MAX_ELEMENTS = {"context": 10, "actions": 25}
MAX_BLOCK_ID = 255
MAX_ACTION_ID = 255
MAX_BUTTON = 75
MAX_URL = 3_000
MAX_VALUE = 2_000
MAX_ATTACHMENTS = 100
MAX_ALL = 10_000

_COLOUR = re.compile(r"good|warning|danger|#?[0-9A-Fa-f]{6}|#?[0-9A-Fa-f]{3}")


def size(text: str) -> int:
    """The length of `text` in UTF-16 units: never less than its length in characters."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def violations(message_payload: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in the arguments of chat.postMessage or chat.update.

    Each entry is "ERROR: what is wrong [json-pointer:/where]", ERROR being the code that Slack
    answers. `blocks` and `attachments` are lists here, not JSON text. [] means accepted.
    """
    return list(_message(message_payload))


def _message(payload: Mapping[str, Any]) -> Iterator[str]:
    text = payload.get("text") or ""
    blocks, attachments = payload.get("blocks") or [], payload.get("attachments") or []
    if not isinstance(text, str):
        yield "invalid_arguments: text must be a string [json-pointer:/text]"
        return
    if size(text) > MAX_TEXT:
        yield f"msg_too_long: {size(text)} characters, {MAX_TEXT} at most [json-pointer:/text]"
    if not isinstance(blocks, list):
        yield "invalid_blocks_format: must be an array [json-pointer:/blocks]"
        return
    if not isinstance(attachments, list):
        yield "invalid_attachments: must be an array [json-pointer:/attachments]"
        return
    if not (text.strip() or blocks or attachments):
        yield "no_text: text, blocks or attachments must say something"
    yield from _together(blocks, attachments)
    yield from _blocks(blocks, "/blocks", "invalid_blocks")
    for index, attachment in enumerate(attachments):
        yield from _attachment(attachment, f"/attachments/{index}")


def _together(blocks: list[Any], attachments: list[Any]) -> Iterator[str]:
    if len(attachments) > MAX_ATTACHMENTS:
        yield f"too_many_attachments: {MAX_ATTACHMENTS} at most [json-pointer:/attachments]"
    everything = list(blocks)
    for attachment in attachments:
        inner = attachment.get("blocks") if isinstance(attachment, dict) else None
        everything += inner if isinstance(inner, list) else []
    if len(everything) > MAX_BLOCKS:
        yield f"invalid_blocks: {len(everything)} blocks, no more than {MAX_BLOCKS} are allowed"
    if (total := sum(size(text) for text in texts(everything))) > MAX_ALL:
        yield f"msg_blocks_too_long: {total} characters in all blocks, {MAX_ALL} at most"
    names = [block["block_id"] for block in everything if _has_text(block, "block_id")]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"invalid_blocks: block_id {name!r} stands twice"


def texts(value: object) -> Iterator[str]:
    """Every string under a key `text` or `url`, however deep: what counts towards the total."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield from [inner] if key in {"text", "url", "alt_text"} else []
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _attachment(attachment: object, where: str) -> Iterator[str]:
    if not isinstance(attachment, dict) or not attachment:
        yield f"invalid_attachments: must be an object [json-pointer:{where}]"
        return
    colour = attachment.get("color")
    if colour is not None and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
        yield f"invalid_attachments: not a colour [json-pointer:{where}/color]"
    says = ("blocks", "text", "fallback", "title", "pretext", "fields", "image_url", "footer")
    if not any(attachment.get(key) for key in says):
        yield f"no_text: an attachment must say something [json-pointer:{where}]"
    blocks = attachment.get("blocks") or []
    if not isinstance(blocks, list):
        yield f"invalid_attachments: must be an array [json-pointer:{where}/blocks]"
        return
    yield from _blocks(blocks, f"{where}/blocks", "invalid_attachments")


def _blocks(blocks: list[Any], where: str, error: str) -> Iterator[str]:
    for index, block in enumerate(blocks):
        for wrong in _block(block, f"{where}/{index}"):
            yield f"{error}: {wrong}"


def _block(block: object, where: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield _at("must be an object", where)
        return
    judge = _JUDGES.get(block.get("type", ""))
    if judge is None:
        yield _at(f"unsupported type: {block.get('type')}", f"{where}/type")
        return
    if "block_id" in block:
        name = block["block_id"]
        if not isinstance(name, str) or not 0 < size(name) <= MAX_BLOCK_ID:
            yield _at(f"must be 1 to {MAX_BLOCK_ID} characters", f"{where}/block_id")
    yield from judge(block, where)


def _section(block: dict[str, Any], where: str) -> Iterator[str]:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        yield _at("missing required field: text or fields", where)
    if "text" in block:
        yield from _text(block["text"], f"{where}/text", MAX_SECTION)
    if not isinstance(fields, list) or len(fields) > MAX_FIELDS:
        yield _at(f"no more than {MAX_FIELDS} items allowed", f"{where}/fields")
        return
    for index, field in enumerate(fields):
        yield from _text(field, f"{where}/fields/{index}", MAX_FIELD)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory")


def _header(block: dict[str, Any], where: str) -> Iterator[str]:
    yield from _text(block.get("text"), f"{where}/text", MAX_HEADER, kinds=("plain_text",))


def _elements(block: dict[str, Any], where: str) -> Iterator[str]:
    elements = block.get("elements")
    most = MAX_ELEMENTS[block["type"]]
    if not isinstance(elements, list) or not 0 < len(elements) <= most:
        yield _at(f"must have 1 to {most} items", f"{where}/elements")
        return
    for index, element in enumerate(elements):
        here = f"{where}/elements/{index}"
        if block["type"] == "actions":
            yield from _button(element, here)
        else:
            yield from _element(element, here)


def _element(element: object, where: str) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if isinstance(element, dict) and kind == "image":
        yield from _image(element, where)
    elif isinstance(element, dict) and kind == "button":
        yield from _button(element, where)
    else:
        yield from _text(element, where, MAX_SECTION)


def _button(element: object, where: str) -> Iterator[str]:
    if not isinstance(element, dict) or element.get("type") != "button":
        yield _at("unsupported type of element", where)
        return
    yield from _text(element.get("text"), f"{where}/text", MAX_BUTTON, kinds=("plain_text",))
    for key, most in (("action_id", MAX_ACTION_ID), ("value", MAX_VALUE)):
        value = element.get(key, "")
        if not isinstance(value, str) or size(value) > most:
            yield _at(f"must be less than {most + 1} characters", f"{where}/{key}")
    if "url" in element:
        yield from _url(element["url"], f"{where}/url")
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield _at("must be primary or danger", f"{where}/style")


def _image(block: dict[str, Any], where: str) -> Iterator[str]:
    if "slack_file" not in block:
        yield from _url(block.get("image_url"), f"{where}/image_url")
    alternative = block.get("alt_text")
    if not isinstance(alternative, str) or not 0 < size(alternative) <= MAX_FIELD:
        yield _at(f"must be 1 to {MAX_FIELD} characters", f"{where}/alt_text")


def _rich_text(block: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(block.get("elements"), list) or not block["elements"]:
        yield _at("must have items", f"{where}/elements")


def _divider(_block: dict[str, Any], _where: str) -> Iterator[str]:
    yield from ()


def _text(
    value: object, where: str, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield _at(f"must be a text object of type {' or '.join(kinds)}", where)
        return
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        yield _at("must be more than 0 characters", f"{where}/text")
    elif size(text) > most:
        yield _at(f"must be less than {most + 1} characters", f"{where}/text")
    alien = "emoji" if value["type"] == "mrkdwn" else "verbatim"
    if alien in value:
        yield _at(f"additional property: {alien}", where)


def _url(value: object, where: str) -> Iterator[str]:
    try:
        right = isinstance(value, str) and urlsplit(value).scheme in {"http", "https"}
    except ValueError:
        right = False
    if not right:
        yield _at("not a URL", where)
    elif isinstance(value, str) and size(value) > MAX_URL:
        yield _at(f"must be less than {MAX_URL + 1} characters", where)


def _has_text(block: object, key: str) -> bool:
    return isinstance(block, dict) and isinstance(block.get(key), str)


def _at(what: str, where: str) -> str:
    return f"{what} [json-pointer:{where}]"


_JUDGES = {
    "section": _section,
    "header": _header,
    "context": _elements,
    "actions": _elements,
    "image": _image,
    "divider": _divider,
    "rich_text": _rich_text,
}
