"""Slack's Block Kit by its reference, as a judge that knows nothing of the relay.

Each shape says which keys it has, which it must have, and how long they may be; an unknown key is a
fault, as Slack says it is. https://docs.slack.dev/reference/block-kit, one page each.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Faults = Iterator[str]
Rule = Callable[[Any, str], Faults]

ALL_TEXT = 10_000  # not documented: 11,341 characters were refused with msg_blocks_too_long


def text(most: int, *kinds: str) -> Rule:
    """A text object, of one of the kinds, from 1 to `most` characters."""

    def judge(value: Any, where: str) -> Faults:
        if not isinstance(value, dict):
            yield f"{where} must be a text object"
            return
        kind = value.get("type")
        if kind not in kinds:
            yield f"{where}.type is {kind!r}"
            return
        own = {"emoji"} if kind == "plain_text" else {"verbatim"}
        for key in value.keys() - {"type", "text"} - own:
            yield f"{where} has an unknown key {key!r}"
        for key in own & value.keys():
            if not isinstance(value[key], bool):
                yield f"{where}.{key} must be true or false"
        yield from string(most, 1)(value.get("text"), f"{where}.text")

    return judge


def string(most: int, least: int = 0) -> Rule:
    def judge(value: Any, where: str) -> Faults:
        if not isinstance(value, str):
            yield f"{where} must be text"
        elif not least <= _length(value) <= most:
            yield f"{where} has {_length(value)} characters, {least} to {most} are allowed"

    return judge


def _length(value: str) -> int:
    """In UTF-16 units, the strictest way to count."""
    return len(value.encode("utf-16-le")) // 2


def one_of(*values: Any) -> Rule:
    def judge(value: Any, where: str) -> Faults:
        if value not in values:
            yield f"{where} is {value!r}"

    return judge


def some(least: int, most: int, each: Rule) -> Rule:
    def judge(value: Any, where: str) -> Faults:
        if not isinstance(value, list) or not least <= len(value) <= most:
            yield f"{where} must be a list of {least} to {most}"
            return
        for index, item in enumerate(value):
            yield from each(item, f"{where}[{index}]")

    return judge


def web(value: Any, where: str) -> Faults:
    yield from string(3_000, 1)(value, where)
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        yield f"{where} is no web address"


def shape(needed: Mapping[str, Rule], **more: Rule) -> Rule:
    known = {**needed, **more}

    def judge(value: Any, where: str) -> Faults:
        if not isinstance(value, dict):
            yield f"{where} must be an object"
            return
        for key in needed.keys() - value.keys():
            yield f"{where}.{key} is missing"
        for key, part in value.items():
            if key == "type":
                continue
            if key not in known:
                yield f"{where} has an unknown key {key!r}"
            else:
                yield from known[key](part, f"{where}.{key}")

    return judge


def by_type(shapes: Mapping[str, Rule]) -> Rule:
    def judge(value: Any, where: str) -> Faults:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in shapes:
            yield f"{where}.type is {kind!r}"
        else:
            yield from shapes[kind](value, where)

    return judge


PLAIN, MARKED = "plain_text", "mrkdwn"
ID = string(255, 1)
true_or_false = one_of(True, False)

confirmation = shape(
    {
        "title": text(100, PLAIN),
        "text": text(300, PLAIN, MARKED),
        "confirm": text(30, PLAIN),
        "deny": text(30, PLAIN),
    },
    style=one_of("primary", "danger"),
)
option = shape(
    {"text": text(75, PLAIN, MARKED), "value": string(150, 1)},
    description=text(75, PLAIN, MARKED),
    url=web,
)
picture = shape({"image_url": web, "alt_text": string(2_000, 1)})
button = shape(
    {"text": text(75, PLAIN)},
    action_id=ID,
    url=web,
    value=string(2_000, 1),
    style=one_of("primary", "danger"),
    confirm=confirmation,
    accessibility_label=string(75, 1),
)
overflow = shape({"options": some(1, 5, option)}, action_id=ID, confirm=confirmation)
select = shape(
    {"options": some(1, 100, option)},
    action_id=ID,
    initial_option=option,
    placeholder=text(150, PLAIN),
    confirm=confirmation,
    focus_on_load=true_or_false,
)
entry = shape(
    {},
    action_id=ID,
    initial_value=string(3_000),
    multiline=true_or_false,
    min_length=one_of(*range(3_001)),
    max_length=one_of(*range(1, 3_001)),
    placeholder=text(150, PLAIN),
    focus_on_load=true_or_false,
)
interactive = by_type({"button": button, "overflow": overflow, "static_select": select})
accessory = by_type(
    {"button": button, "overflow": overflow, "static_select": select, "image": picture}
)


def context_element(value: Any, where: str) -> Faults:
    if isinstance(value, dict) and value.get("type") == "image":
        yield from picture(value, where)
    else:
        yield from text(3_000, PLAIN, MARKED)(value, where)


def section(value: Any, where: str) -> Faults:
    if isinstance(value, dict) and not value.keys() & {"text", "fields"}:
        yield f"{where} has neither text nor fields"
    yield from shape(
        {},
        block_id=ID,
        text=text(3_000, PLAIN, MARKED),
        fields=some(1, 10, text(2_000, PLAIN, MARKED)),
        accessory=accessory,
        expand=true_or_false,
    )(value, where)


IN_MESSAGES: dict[str, Rule] = {
    "actions": shape({"elements": some(1, 25, interactive)}, block_id=ID),
    "context": shape({"elements": some(1, 10, context_element)}, block_id=ID),
    "divider": shape({}, block_id=ID),
    "header": shape({"text": text(150, PLAIN)}, block_id=ID),
    "image": shape(
        {"image_url": web, "alt_text": string(2_000, 1)}, title=text(2_000, PLAIN), block_id=ID
    ),
    "section": section,
}
IN_DIALOGS: dict[str, Rule] = {
    **IN_MESSAGES,
    "input": shape(
        {
            "label": text(2_000, PLAIN),
            "element": by_type({"plain_text_input": entry, "static_select": select}),
        },
        block_id=ID,
        hint=text(2_000, PLAIN),
        optional=true_or_false,
        dispatch_action=true_or_false,
    ),
}

attachment = shape(
    {},
    blocks=some(1, 50, by_type(IN_MESSAGES)),
    color=string(7, 3),
    fallback=string(40_000),
)

dialog = shape(
    {"title": text(24, PLAIN), "blocks": some(1, 100, by_type(IN_DIALOGS))},
    submit=text(24, PLAIN),
    close=text(24, PLAIN),
    callback_id=ID,
    external_id=ID,
    private_metadata=string(3_000),
    clear_on_close=true_or_false,
    notify_on_close=true_or_false,
)


def message_faults(blocks: list[Any], attachments: list[Any]) -> list[tuple[str, str]]:
    """What Slack would refuse of a message: error codes, and what is wrong."""
    faults: list[tuple[str, str]] = []
    faults += [("invalid_blocks", each) for each in some(0, 50, by_type(IN_MESSAGES))(blocks, "/")]
    if len(attachments) > 100:
        faults.append(("too_many_attachments", f"{len(attachments)} attachments"))
    for index, each in enumerate(attachments):
        found = attachment(each, f"/attachments[{index}]")
        faults += [("invalid_attachments", fault) for fault in found]
    everything = [*blocks]
    for each in attachments:
        everything += each.get("blocks", []) if isinstance(each, dict) else []
    faults += [("invalid_blocks", fault) for fault in _unique(everything)]
    if len(everything) > 50:
        faults.append(("invalid_blocks", f"{len(everything)} blocks in all"))
    if (total := sum(map(_length, texts(everything)))) > ALL_TEXT:
        faults.append(("msg_blocks_too_long", f"{total} characters in all blocks"))
    return faults


def _unique(blocks: list[Any]) -> Faults:
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"block_id {name!r} stands {n} times" for name, n in names.items() if n > 1)
    for block in blocks:
        if block.get("type") == "actions":
            ids = Counter(each.get("action_id") for each in block.get("elements", []))
            yield from (f"action_id {name!r} stands {n} times" for name, n in ids.items() if n > 1)


def texts(part: Any) -> Iterator[str]:
    """All that people read in blocks."""
    if isinstance(part, list):
        for item in part:
            yield from texts(item)
    elif isinstance(part, dict):
        if part.get("type") in (PLAIN, MARKED) and isinstance(part.get("text"), str):
            yield part["text"]
        else:
            yield from texts(list(part.values()))


def marked(part: Any) -> Iterator[str]:
    """The texts in which Slack reads mentions and links."""
    if isinstance(part, list):
        for item in part:
            yield from marked(item)
    elif isinstance(part, dict):
        if part.get("type") == MARKED and isinstance(part.get("text"), str):
            yield part["text"]
        else:
            yield from marked(list(part.values()))
