"""A digest's message and its lists: of any size, of hostile members."""

import re

import pytest
from relay_kit import at
from storm_kit import member

from relay.message import Message, View
from relay.message.digest import render_digest
from relay.message.digestthread import render_list, render_more, render_unlisted
from relay.message.limits import violations
from relay.model.group import Severities
from relay.model.storm import Digest, Member, Storm


def render(digest: Digest) -> Message:
    return render_digest(digest, View(at(0), Severities()))


HOSTILE = "<!channel> *x* `y` &amp; " + "é" * 5_000


def digest_of(*members: Member) -> Digest:
    return Digest(Storm("storm-1", "#alerts", at(0), at(2), at(1)), members)


def fits(message: Message) -> None:
    assert violations(vars(message)) == []


@pytest.mark.parametrize("count", [1, 2, 500, 5000])
@pytest.mark.parametrize("firing", [True, False])
def test_digests_of_any_size_fit(count: int, firing: bool) -> None:
    message = render(digest_of(*(member(number, firing) for number in range(count))))
    fits(message)
    words = f"{count:,} group{'s' if count > 1 else ''}"
    assert words in message.text
    assert ("STORM" in message.text) is firing
    assert firing or "Lasted 1 h 30 min" in str(message)


def test_hostile_members_fit_and_mention_nobody() -> None:
    bad = {f"{HOSTILE[:40]}{n}": HOSTILE[:200] for n in range(20)}
    members = [
        member(n, name=HOSTILE[:200], labels=bad, severity=f"{HOSTILE[:150]}{n}") for n in range(60)
    ]
    view = View(at(0), Severities(), "<!here>")
    listed, count = render_list(members, view, 0)
    assert count >= 1
    for message in (
        render_digest(digest_of(*members), view),
        render_more(members, view),
        listed,
        render_unlisted(digest_of(*members), 7, view),
    ):
        fits(message)
        assert "<!channel>" not in str(message)


def test_a_digest_says_the_worst_first_and_how_many_more() -> None:
    members = [member(n) for n in range(100)]
    text = str(render(digest_of(*members)))
    assert text.index("*33* critical") < text.index("*33* warning") < text.index("*34* info")
    assert "_+20 more alerts_" in text
    assert "_+90 more_" in text
    assert text.index("`host=h2`") < text.index("`host=h5`")


def test_lists_name_every_group_once() -> None:
    members = [member(n) for n in range(777)]
    view, named = View(at(0), Severities()), 0
    while named < len(members):
        message, count = render_list(members[named:], view, named)
        fits(message)
        assert f"Groups {named + 1} to {named + count} of 777" in message.text
        found = re.findall(r"`host=(h\d+)`", str(message))
        assert found == [f"h{n}" for n in range(named, named + count)]
        named += count


def test_what_all_groups_share_is_said_once() -> None:
    members = [member(n, labels={"host": f"h{n}", "platform": "p1"}) for n in range(12)]
    view = View(at(0), Severities())
    assert str(render(digest_of(*members))).count("`platform=p1`") == 1
    listed, _ = render_list(members, view, 0)
    assert "platform=p1" not in str(listed)
    (alone,) = (str(render(digest_of(each))) for each in members[:1])
    assert alone.count("`platform=p1`") == 1, "of one group nothing is left out"


def test_a_digest_leads_to_its_page_where_that_has_an_address() -> None:
    digest = digest_of(member(1), member(2))
    assert "`/digests/storm-" in str(render(digest))
    url = "https://relay.example.com/digests/storm-1"
    view = View(at(0), Severities(), page=url)
    for message in (render_digest(digest, view), render_unlisted(digest, 7, view)):
        fits(message)
        assert f"<{url}|the relay's page>" in str(message.blocks or message.attachments) + str(
            message.attachments
        )
