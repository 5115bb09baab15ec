"""Many webhooks and many that wait, in few transactions: the same on every engine."""

from dataclasses import replace
from functools import partial

import pytest
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at, webhook
from sqlalchemy import Connection

from relay.config.policy import Storms
from relay.intake.merge import merge
from relay.intake.webhook import Webhook
from relay.model.delivered import Delivered
from relay.model.history import What
from relay.model.storm import Gathered, Storm, Waiting
from relay.planning.gather import gather
from relay.store import Known, Store, Wanted
from relay.store.sql import SqlStore
from relay.store.sqlhistory import KEPT
from relay.store.sqltakein import Incoming

pytestmark = pytest.mark.contract

STORMY = replace(CONFIG, storm=Storms(threshold=2, individually=0))


def incoming(name: str, *, fires: bool = True, minute: float = 0) -> Incoming:
    told = webhook(alert(name) if fires else alert(name, 0, 1), key=name)

    def change(known: Known) -> Wanted:
        state = merge(known.state, told, at(minute))
        return Wanted(state, known.state != state, 1, "#alerts", "post #alerts")

    return Incoming(name, change, at(minute))


def test_new_groups_and_known_ones_come_in_one_transaction(store: SqlStore) -> None:
    store._take_in([incoming("b"), incoming("a")])
    store._take_in([incoming("c", minute=1), incoming("a", fires=False, minute=1)])
    shown = {each.group_id: str(each.group.status) for each in store.overview(9)}
    assert shown == {"a": "resolved", "b": "firing", "c": "firing"}
    assert [event.text for event in store.history("a")] == [
        "1 alert resolved; none fires now",
        "1 alert began to fire; now 1 fires",
    ]
    assert len(store.history("c")) == 1


def test_the_oldest_events_of_a_group_make_room(store: SqlStore) -> None:
    for minute in range(0, 2 * KEPT + 10, 2):
        told = (
            webhook(alert("a", minute), key="a"),
            webhook(alert("a", minute, minute + 1), key="a"),
        )
        for part, hook in enumerate(told):

            def change(known: Known, hook: Webhook = hook, now: float = minute + part) -> Wanted:
                state = merge(known.state, hook, at(now))
                return Wanted(state, True, 1, "#alerts", "post #alerts")

            store._take_in([Incoming("a", change, at(minute + part))])
    events = store.history("a")
    assert len(events) == KEPT
    assert events[0].at == at(2 * KEPT + 9)
    assert {event.what for event in events} == {What.CAME}


def test_a_digest_takes_up_a_part_of_those_that_wait_the_worst_first(store: Store) -> None:
    rig = Rig(store, FakeSlack(), FakeClock(), STORMY)
    for name, severity in (("a", "info"), ("b", "critical"), ("c", "warning"), ("d", "info")):
        rig.tell(alert(name, severity=severity), key=name)
    decide = partial(gather, channel="#alerts", config=STORMY, now=at(0), new_id="storm-1")
    seen: list[list[str]] = []

    def watched(last: Storm | None, waiting: list[Waiting]) -> Gathered | None:
        seen.append(sorted(each.state.group.name for each in waiting))
        return decide(last, waiting)

    assert store.gather("#alerts", watched, at(0), 3)
    assert store.gather("#alerts", watched, at(0), 3)
    assert [len(each) for each in seen] == [3, 1]
    (digest,) = store.digests(9)
    assert [member.severity for member in digest.members] == ["critical", "warning", "info", "info"]


def test_a_storm_after_a_wave_is_the_channels_last() -> None:
    wave = Storm("storm-0", "#alerts", at(-1), at(5), at(0), 7, 0, wave=True)
    states = [merge(None, webhook(alert(name), key=name), at(0)) for name in "abc"]
    waiting = [Waiting(state.group_key, state, Delivered()) for state in states]
    gathered = gather(wave, waiting, "#alerts", STORMY, at(0), "storm-1")
    assert gathered
    assert gathered.storm.id == "storm-1"
    assert gathered.storm.ends_at > wave.ends_at


def test_only_what_need_not_last_does_not_wait_for_the_disk(store: SqlStore) -> None:
    sqlite = store.database.engine.dialect.name == "sqlite"
    ask = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"

    def waits(db: Connection) -> bool:
        return str(db.exec_driver_sql(ask).scalar()) in ("2", "on")

    lasting = (True, False, False, True, False, True)
    assert tuple(store.database.write(waits, each) for each in lasting) == lasting
