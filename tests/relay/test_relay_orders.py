"""Webhooks of one group in every order: one message, and nobody is called for what is over."""

from itertools import permutations

import pytest
from orders_kit import Life, live
from relay_kit import alert, webhook

from relay.intake.webhook import Webhook
from relay.model.group import Status

A_FIRES = webhook(alert("a", 0))
B_JOINS = webhook(alert("a", 0), alert("b", 1))
A_RESOLVED = webhook(alert("a", 0, 5), alert("b", 1))
ALL_RESOLVED = webhook(alert("b", 1, 9))
ALL_AT_ONCE = webhook(alert("a", 0, 5), alert("b", 1, 9))

LIVES = {
    "one after the other": (A_FIRES, B_JOINS, A_RESOLVED, ALL_RESOLVED),
    "the last names all": (A_FIRES, B_JOINS, A_RESOLVED, ALL_AT_ONCE),
    "both resolve together": (A_FIRES, B_JOINS, ALL_AT_ONCE),
}


@pytest.mark.parametrize("hooks", LIVES.values(), ids=LIVES)
def test_every_order_ends_in_one_resolved_message(hooks: tuple[Webhook, ...]) -> None:
    """Each order, then each order with each webhook sent once more."""
    for extra in (None, *hooks):
        for order in set(permutations(range(len(hooks) + (extra is not None)))):
            sent = [(*hooks, extra)[place] for place in order]
            life = live(*(hook for hook in sent if hook))
            assert life.posts == 1, order
            assert life.state
            assert life.state.group.status is Status.RESOLVED, order
            assert life.delivered.shown is Status.RESOLVED, order


def test_whoever_fires_alone_is_called_for_at_once() -> None:
    life = Life()
    life.hear(B_JOINS)
    life.settle()
    assert life.said == ["post"]


def test_what_fires_again_though_a_newer_webhook_left_it_out_is_told_after_a_minute() -> None:
    """It was silenced, say, and the silence ended just after the other alert did."""
    life = live(B_JOINS, ALL_RESOLVED, apart=10)
    assert (life.posts, life.delivered.shown) == (1, Status.RESOLVED)
    life = Life()
    life.hear(ALL_RESOLVED)
    life.settle()
    life.wait(10)
    life.hear(A_FIRES)
    life.settle()
    assert life.said == ["post"], "b resolved; a may be old news"
    life.wait(49)
    assert life.said == ["post"]
    life.wait(2)
    assert life.said == ["post", "post"]
    assert "FIRING" in life.texts[1]


def test_in_a_message_that_fires_a_doubtful_alert_is_shown_and_not_announced() -> None:
    life = Life()
    life.hear(webhook(alert("b", 1, 9), alert("c", 3)))
    life.settle()
    life.hear(webhook(alert("a", 0), alert("b", 1), alert("c", 3)))
    life.settle()
    assert life.said == ["post", "edit"]
    life.wait(61)
    assert life.said[-1] == "broadcast"


def test_of_those_that_join_only_the_sure_ones_are_announced() -> None:
    life = Life()
    life.hear(webhook(alert("b", 1, 9), alert("c", 3)))
    life.settle()
    life.hear(webhook(alert("a", 0), alert("c", 3), alert("d", 12)))
    life.settle()
    life.wait(61)
    told = [text for kind, text in zip(life.said, life.texts, strict=True) if kind == "broadcast"]
    assert ["trouble on d" in text for text in told] == [True, False]
    assert ["trouble on a" in text for text in told] == [False, True]


def test_a_truncated_webhook_raises_no_doubts() -> None:
    life = Life()
    life.hear(webhook(alert("b", 1, 9), truncated=1))
    life.hear(A_FIRES)
    assert life.state
    assert not life.state.doubted(life.now)
