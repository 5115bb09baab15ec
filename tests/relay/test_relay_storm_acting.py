"""What only a digest tells of can be acknowledged and silenced, and is escalated."""

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at
from strict_blocks import message_faults

from relay.actions.payloads import Click, interactive
from relay.actions.perform import Performer
from relay.actions.permit import Permit
from relay.alertmanager import Alertmanagers
from relay.config.hours import Hours
from relay.config.model import Actors, Config, Matcher, Route
from relay.config.policy import Escalation, Quiet, Storms
from relay.model.delivered import Kind
from relay.model.job import Job, Verb, Via
from relay.model.standing import Silenced, acknowledge, silence
from relay.store import Result, Store, Taken

MINUTE = timedelta(minutes=1)
STEPS = (
    Escalation(15 * MINUTE, "<@U0FIRST>"),
    Escalation(30 * MINUTE, "<!channel>", severity="critical"),
)
CALLING = Config(
    replace(CONFIG.default, escalate=STEPS),
    (Route(Matcher({"team": ("db",)}), "#alerts", escalate=(Escalation(15 * MINUTE, "<@U0DB>"),)),),
    storm=Storms(threshold=5, individually=0),
    interactive=True,
)


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock, CALLING)


def storm(rig: Rig, count: int, first: int = 0, **labels: str) -> None:
    for index in range(first, first + count):
        rig.tell(alert(f"h{index}", 0, **{"severity": "critical", **labels}), key=f"k{index}")


def shown(rig: Rig) -> Any:
    """The digest's message as it is now."""
    return rig.slack.edits[-1][1] if rig.slack.edits else rig.slack.posts[0][1]


def elements(rig: Rig) -> list[dict[str, Any]]:
    message = shown(rig)
    blocks = [*message.blocks, *(b for a in message.attachments for b in a["blocks"])]
    assert message_faults(message.blocks, message.attachments) == []
    found = [each for block in blocks for each in block.get("elements", [])]
    return [*found, *(block["accessory"] for block in blocks if "accessory" in block)]


def buttons(rig: Rig) -> list[tuple[str, str]]:
    return [(b["action_id"], b["value"]) for b in elements(rig) if b["type"] == "button"]


def calls(rig: Rig) -> list[str]:
    """What the channel was told in the digest's thread, without seconds."""
    told = [message.text for intent, message in rig.slack.posts if intent.kind is Kind.BROADCAST]
    return [re.sub(r" min \d+ s", " min", text) for text in told]


def storm_id(rig: Rig) -> str:
    (digest,) = rig.store.digests(9)
    return digest.storm.id


def test_all_of_it_can_be_acknowledged_and_each_of_the_worst_silenced(rig: Rig) -> None:
    storm(rig, 12)
    rig.run(5)
    (all_of_it, *each) = buttons(rig)
    assert all_of_it == ("tocsin.acknowledge", storm_id(rig))
    assert len(each) == 10
    assert {action for action, _ in each} == {"tocsin.silence.dialog"}
    assert len({group_id for _, group_id in each}) == 10
    assert rig.store.acknowledge_storm(storm_id(rig), "alice", rig.clock.now(), rig.clock.now())
    rig.run(5)
    assert "Acknowledged by alice" in str(shown(rig).blocks)
    assert all(action != "tocsin.acknowledge" for action, _ in buttons(rig))
    assert not rig.store.acknowledge_storm("storm-0", "alice", rig.clock.now(), rig.clock.now())


def test_without_a_way_for_clicks_there_are_no_buttons(
    store: Store, slack: FakeSlack, clock: FakeClock
) -> None:
    rig = Rig(store, slack, clock, replace(CALLING, interactive=False))
    storm(rig, 12)
    rig.run(5)
    assert buttons(rig) == []


def test_nobody_acknowledges_it_and_the_next_are_called(rig: Rig) -> None:
    storm(rig, 8)
    storm(rig, 2, first=8, team="db", severity="warning")
    rig.run(5)
    rig.run(14 * 60, tick=20)
    assert calls(rig) == []
    rig.run(2 * 60, tick=20)
    (told,) = calls(rig)
    assert told == "<@U0FIRST> <@U0DB> ⏫ Not acknowledged for 15 min · 🔴 10 groups firing: A"
    rig.run(60 * 60, tick=60)
    assert calls(rig)[1:] == ["<!channel> ⏫ Not acknowledged for 30 min · 🔴 8 groups firing: A"]


def test_what_is_acknowledged_calls_nobody_and_what_joins_later_does(rig: Rig) -> None:
    storm(rig, 8)
    rig.run(5)
    rig.store.acknowledge_storm(storm_id(rig), "alice", rig.clock.now(), rig.clock.now())
    storm(rig, 1, first=50)
    rig.run(5)
    assert "not the 1 that joined since" in str(shown(rig).blocks)
    assert ("tocsin.acknowledge", storm_id(rig)) in buttons(rig)
    rig.run(16 * 60, tick=20)
    assert calls(rig)[-1] == "<@U0FIRST> ⏫ Not acknowledged for 15 min · 🔴 1 group firing: A"
    rig.store.acknowledge_storm(storm_id(rig), "", rig.clock.now(), rig.clock.now())
    rig.run(60 * 60, tick=60)
    assert any("9 groups firing" in text for text in calls(rig))


def test_groups_that_somebody_looks_after_are_shown_so_and_call_nobody(rig: Rig) -> None:
    storm(rig, 6)
    rig.run(5)
    (digest,) = rig.store.digests(9)
    first, second, *others = (member.group_id for member in digest.members)
    now = rig.clock.now()
    rig.store.stand(first, lambda each: acknowledge(each, "U0ALICE", now), now)
    ends = Silenced(now + 60 * MINUTE, "U0ALICE", now, "s1")
    rig.store.stand(second, lambda each: silence(each, ends), now)
    rig.run(5)
    lines = str(shown(rig).attachments)
    assert lines.count("👀") == lines.count("🔕") == 1
    rig.run(16 * 60, tick=20)
    assert calls(rig) == ["<@U0FIRST> ⏫ Not acknowledged for 15 min · 🔴 4 groups firing: A"]
    for group_id in others:
        rig.store.stand(group_id, lambda each: acknowledge(each, "U0ALICE", at(60)), at(60))
    rig.run(60 * 60, tick=60)
    assert len(calls(rig)) == 1


def test_quiet_hours_hold_the_calls_back(store: Store, slack: FakeSlack, clock: FakeClock) -> None:
    quiet = Quiet((Hours(time(8, 10), time(9)),))
    route = replace(CALLING.default, quiet=quiet, escalate=STEPS[:1])
    rig = Rig(store, slack, clock, replace(CALLING, default=route, routes=()))
    storm(rig, 8, severity="warning")
    rig.run(50 * 60, tick=20)
    assert calls(rig) == []
    rig.run(12 * 60, tick=20)
    assert len(calls(rig)) == 1


def test_once_all_is_over_there_is_nothing_to_press(rig: Rig) -> None:
    storm(rig, 8)
    rig.run(5)
    for index in range(8):
        rig.tell(alert(f"h{index}", 0, 5, severity="critical"), key=f"k{index}")
    rig.run(5)
    assert buttons(rig) == []
    rig.run(60 * 60, tick=60)
    assert calls(rig) == []


def test_a_click_on_a_digest_acknowledges_the_storm_and_nothing_else(rig: Rig) -> None:
    storm(rig, 8)
    rig.run(5)
    permit = Permit(Actors(), lambda group: [], rig.clock)
    performer = Performer(rig.store, Alertmanagers([]), permit, rig.clock)

    def click(verb: Verb, name: str = storm_id(rig)) -> tuple[Result, str]:
        asked = interactive(
            {
                "type": "block_actions",
                "user": {"id": "U0ALICE", "username": "alice"},
                "actions": [{"action_id": "tocsin.acknowledge", "value": name}],
            }
        )
        assert isinstance(asked, Click)
        job = Job(verb, asked.group_id, asked.person, Via.BUTTON)
        done = performer.perform(Taken(1, "lease", job, 0, False, rig.clock.now()))
        return done.result, done.told

    assert click(Verb.ACKNOWLEDGE) == (Result.DONE, "Acknowledged the storm.")
    rig.run(5)
    assert "Acknowledged by alice" in str(shown(rig).blocks)
    assert click(Verb.UNACKNOWLEDGE)[0] is Result.DONE
    rig.run(5)
    assert "Acknowledged by" not in str(shown(rig).blocks)
    assert click(Verb.SILENCE)[0] is Result.REFUSED
    assert click(Verb.ACKNOWLEDGE, "storm-0123456789")[0] is Result.REFUSED
