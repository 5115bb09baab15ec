"""Whatever labels and annotations hold: within the limits, nothing injected, nobody forgotten."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_examples import VIEW, alert, cpu, group, payload, text_objects
from mrkdwn_tokens import foreign_tokens, formatted

from relay.message import render, render_joined, render_passed
from relay.message.limits import TOTAL, size, violations
from relay.model.group import Alert, Group, Status

NASTY = [
    "<!channel>", "<@U123>", "<https://evil.example|click>", "*bold*", "_it_", "~gone~", "`code`",
    "```pre```", "&", "&amp;", "<", ">", "> quote", "\n&gt; q", "@here", "@channel", ":fire:", "|",
    "\u202e", "\u2066", "\x00", "\x1b[31m", "\ud800", "\u200b", "\U0001f525", "é", "a" * 300,
    "\r\n", "<!date^1^{date}|x>",
    "http://h/a b", "https://h/<|>", "javascript:alert(1)", "x_y_z", " ", "",
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
    st.text(st.characters(codec=None), max_size=60),
    st.sampled_from(NASTY).map(lambda text: text * 400),
)
names = st.sampled_from(["alertname", "severity", "host", "platform", "flow", "l1", "l2", "l3"])
keys = st.sampled_from(
    ["summary", "description", "value", "runbook_url", "dashboard_url", "source", "other"]
)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 (the bounds are naive by contract)


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    firing = draw(st.booleans())
    return Alert(
        fingerprint=draw(st.text("0123456789abcdef", max_size=8)),
        status=Status.FIRING if firing else Status.RESOLVED,
        labels=draw(st.dictionaries(names | texts, texts, max_size=6)),
        annotations=draw(st.dictionaries(keys, texts, max_size=6)),
        starts_at=draw(times),
        ends_at=None if firing else draw(times | st.none()),
        generator_url=draw(texts),
    )


@st.composite
def groups(draw: st.DrawFn) -> Group:
    some = draw(st.lists(alerts(), max_size=5))
    some = some * draw(st.sampled_from([1, 1, 1, 30]))
    labels = draw(st.dictionaries(names, texts, max_size=3))
    hidden = draw(st.sampled_from([0, 0, 0, 1, 10**6]))
    return Group("relay", "key", labels, tuple(some), draw(texts), hidden)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups(), st.sampled_from(["", "<!subteam^S0123456>"]))
def test_no_label_breaks_a_message(known, mention):
    view = replace(VIEW, mention=mention)
    for message in (
        render(known, view),
        render_joined(known, known.alerts, view),
        render_passed(known, known.alerts[:3], view),
    ):
        _judge(message, mention)
        if known.hidden and not known.firing:
            assert "RESOLVED" not in render(known, view).blocks[0]["text"]["text"].split("·")[0]
    assert render(known, view) == render(known, replace(view, now=datetime.now(UTC)))


def _judge(message, mention):
    assert violations(payload(message)) == []
    objects = list(text_objects([message.blocks, message.attachments]))
    assert sum(size(text) for text in [message.text, *(one["text"] for one in objects)]) <= TOTAL
    for text in [message.text, *(one["text"] for one in objects)]:
        assert foreign_tokens(text, mention) == []
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f\x7f]", text)
        assert not re.search("@(channel|here|everyone)", text.replace(mention, ""))
        text.encode("utf-8")
    for one in objects:
        if one["type"] == "mrkdwn":
            assert one.get("verbatim", one["text"] == mention)
            assert formatted(one["text"]) == []


@pytest.mark.parametrize("nasty", [text for text in NASTY if text.strip()])
def test_a_hostile_name_is_inert_even_in_bold(nasty):
    alerts = [alert({"alertname": nasty, "host": "a"}), alert({"alertname": "b", "host": "b"})]
    message = render(group(*alerts, labels={}), VIEW)
    for one in text_objects(message.attachments):
        if one["type"] == "mrkdwn":
            assert one["text"].count("*") % 2 == 0
            assert one["text"].count("`") % 2 == 0


@pytest.mark.parametrize("count", [2, 19, 20, 21, 400])
@pytest.mark.parametrize("length", [5, 150, 4000])
def test_every_alert_is_on_a_line_or_counted(count, length):
    filler = "x" * length
    some = [
        alert({"alertname": "A", "host": f"host-{number:04}"}, {"summary": f"{number} {filler}"})
        for number in range(count)
    ]
    ended = [cpu(f"gone-{number}", 1, lasted=timedelta(hours=1)) for number in range(count)]
    message = render(group(*some, *ended, labels={}), VIEW)
    texts = [one["text"] for one in text_objects(message.attachments)]
    firing = next(text for text in texts if "host-0000" in text)
    gone = next(text for text in texts if "resolved: " in text)
    assert firing.count("host=host-") + _more(firing) == count
    assert gone.count("host=gone-") + _more(gone) == count


def _more(text: str) -> int:
    found = re.search(r"_\+(\d+) more_", text)
    return int(found[1]) if found else 0
