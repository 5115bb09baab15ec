"""What is gathered into a digest, decided from plain data."""

from relay_kit import alert, at, webhook
from storm_kit import SMALL

from relay.config.policy import Storms
from relay.intake.merge import merge
from relay.model.delivered import Delivered, MessageRef, told_of
from relay.model.storm import Member, Storm, Waiting
from relay.planning.gather import gather


def waits(name: str, severity: str = "warning", message: MessageRef | None = None) -> Waiting:
    state = merge(None, webhook(alert(name, severity=severity), key=name), at(0))
    return Waiting(name, state, Delivered(message))


def ids(members: tuple[Member, ...]) -> list[str]:
    return [member.group_id for member in members]


def test_a_digest_gathers_the_worst_first_and_leaves_some_to_themselves() -> None:
    waiting = [waits(f"w{n}") for n in range(5)] + [waits(f"c{n}", "critical") for n in range(3)]
    gathered = gather(None, waiting, "#alerts", SMALL, at(0), "storm-1")
    assert gathered
    assert ids(gathered.members) == ["c0", "c1", "c2", "w0", "w1", "w2", "w3", "w4"]
    assert [member.own for member in gathered.members] == [True, True] + [False] * 6
    assert [each.group_id for each in gathered.covered][:2] == ["c2", "w0"]
    assert (gathered.storm.count, gathered.storm.own) == (8, 2)
    assert [member.joined for member in gathered.members] == list(range(1, 9))


def test_no_storm_without_a_crowd_and_none_joins_one_that_is_over() -> None:
    few = [waits(f"w{n}") for n in range(5)]
    assert gather(None, few, "#alerts", SMALL, at(0), "s") is None
    old = Storm("old", "#alerts", at(-10), at(0), at(-9), 7, 1)
    assert gather(old, few, "#alerts", SMALL, at(0), "s") is None
    assert gather(old, [], "#alerts", SMALL, at(-1), "s") is None
    joined = gather(old, few[:1], "#alerts", SMALL, at(-1), "s")
    assert joined
    assert (joined.storm.id, joined.storm.count) == ("old", 8)


def test_each_group_prolongs_a_storm_by_what_it_would_have_taken() -> None:
    many = [waits(f"w{n}") for n in range(60)]
    gathered = gather(None, many, "#alerts", SMALL, at(0), "s")
    assert gathered
    assert gathered.storm.ends_at == at(3)
    lots = gather(gathered.storm, many * 10, "#alerts", SMALL, at(1), "s")
    assert lots
    assert lots.storm.ends_at == at(6), "five minutes after the last, at most"


def test_a_group_with_a_live_message_is_covered_but_edited() -> None:
    ref = MessageRef("C1", "1.0", "#old")
    known = waits("a", message=ref)
    gathered = gather(
        None, [known, *[waits(f"w{n}") for n in range(5)]], "#alerts", SMALL, at(0), "s"
    )
    assert gathered
    covered = next(each for each in gathered.covered if each.group_id == "a")
    assert (covered.edit, covered.lane) == (True, "edit #old")
    assert covered.delivered.told == told_of(known.state.group.alerts)


def test_the_crowd_is_what_a_channel_shows_in_ten_seconds() -> None:
    assert Storms().crowd(1.0, 3) == 13
    assert Storms().crowd(0.1, 1) == 2
    assert Storms(threshold=50).crowd(1.0, 3) == 50
