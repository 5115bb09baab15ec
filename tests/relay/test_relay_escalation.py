"""What nobody acknowledges calls the next."""

from relay_kit import Rig, alert, at
from thread_kit import STEPS, kinds, with_route

from relay.model import standing
from relay.model.delivered import Kind
from relay.store import group_id


def test_who_is_next_is_called_until_somebody_acknowledges(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1", severity="critical"))
    rig.run(14 * 60, tick=10)
    assert kinds(rig) == ["post"]
    assert rig.store.queues() == [], "nothing waits: it only looks again"
    rig.run(90, tick=10)
    intent, message = rig.slack.posts[1]
    assert (intent.kind, intent.thread_ts) == (Kind.BROADCAST, "1.0")
    assert message.text.startswith("<@U0000001> ⏫ Not acknowledged for 15 min · 🔴 critical · A")
    assert message.text.endswith("— trouble on h1"), "a notification says nothing else"
    rig.run(15 * 60, tick=10)
    assert rig.slack.posts[2][1].text.startswith("<@U0000002>")
    name = group_id("relay", "k")
    rig.store.stand(
        name, lambda old: standing.acknowledge(old, "U1", rig.clock.now()), rig.clock.now()
    )
    rig.run(60 * 60, tick=10)
    assert len(rig.slack.posts) == 3
    rig.store.stand(name, standing.unacknowledge, rig.clock.now())
    rig.run(10)
    assert rig.slack.posts[3][1].text.startswith("<@U0000003>")
    rig.run(3600, tick=30)
    assert len(rig.slack.posts) == 4


def test_steps_may_be_for_severe_groups_only(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"))
    rig.run(65 * 60, tick=10)
    called = [message.text[:12] for _, message in rig.slack.posts[1:]]
    assert called == ["<@U0000001> ", "<@U0000003> "]


def test_what_resolved_or_is_silenced_calls_nobody(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"), key="k1")
    rig.tell(alert("h2"), key="k2")
    rig.run(10)
    rig.tell(alert("h1", 0, 1), key="k1")
    until = at(45)
    silence = standing.Silenced(until, "U1", at(1), "s1")
    name = group_id("relay", "k2")
    rig.store.stand(name, lambda old: standing.silence(old, silence), rig.clock.now())
    rig.run(44 * 60, tick=10)
    assert kinds(rig) == ["post", "post"]
    rig.run(120, tick=10)
    assert kinds(rig) == ["post", "post", "broadcast"], "a silence that ends calls them again"


def test_an_escalation_survives_a_restart(rig: Rig) -> None:
    with_route(rig, escalate=STEPS)
    rig.tell(alert("h1"))
    rig.run(10)
    rig.restart()
    rig.run(15 * 60, tick=10)
    assert kinds(rig) == ["post", "broadcast"]
