"""A store with something of everything in it, and how to compare two.

Run as a program it writes what a released version's store looks like, for the tests of upgrades:
    PYTHONPATH=.:tests/relay python tests/relay/store_kit.py tests/relay/stores/v2.sql
"""

import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert, at

from relay.config.model import Matcher, Pulse
from relay.config.policy import Operations, Storms
from relay.model import standing
from relay.model.job import Job, Person, Verb, Via
from relay.model.outcome import Ambiguous, Refused
from relay.model.standing import Silenced
from relay.store import Look, Rejected, Result, Store, Work, group_id

PULSE = Pulse(Matcher({"alertname": ("Watchdog",)}), "watchdog", timedelta(minutes=5))
FULL = replace(
    CONFIG,
    heartbeats=(PULSE,),
    operations=Operations("#ops"),
    storm=Storms(threshold=5, individually=2),
)
ALICE = Person("U0ALICE1", "alice é")


def fill(store: Store) -> None:
    """Fires, resolves, storms, parks, leaves a post whose fate is not known, and a queue."""
    clock, slack = FakeClock(), FakeSlack()
    rig = Rig(store, slack, clock, FULL)
    store.retry_on_change("digest", clock.now())
    rig.tell(alert("beat", alertname="Watchdog"), key="beat")
    rig.tell(alert("a", summary='quoted "é" \\ 🐘'), key="firing")
    rig.tell(alert("b", team="db"), key="over")
    rig.run(2)
    rig.tell(alert("b", 0, 0.01, team="db"), key="over")
    rig.run(5)
    slack.script = [Refused("is_archived", outside=True)]
    rig.tell(alert("c", severity="critical"), key="parked")
    rig.run(2)
    for index in range(8):
        rig.tell(alert(f"s{index}", 0.2), key=f"storm{index}")
    rig.run(20)
    slack.script = [Ambiguous("no answer")]
    rig.tell(alert("d", 0.6, severity="critical", team="db"), key="unknown")
    rig.reconciler.step()
    rig.tell(alert("e", 0.7), key="untold")
    name = group_id("relay", "firing")
    store.stand(name, lambda old: standing.acknowledge(old, ALICE.id, at(1)), at(1))
    quiet = Silenced(at(60), ALICE.id, at(1), "silence-1", "http://am:9093", "maintenance")
    store.stand(name, lambda old: standing.silence(old, quiet), at(1))
    journal = store.journal()
    job = Job(Verb.SILENCE, name, ALICE, Via.BUTTON, at(60), 'known "é"', "https://hooks/x")
    journal.ask("k1", job, at(1))
    taken = journal.take(at(1), 60)
    assert taken
    journal.conclude(taken, Result.DONE, "silenced", at(1.5))
    journal.ask("k2", replace(job, verb=Verb.UNSILENCE), at(2))
    store.reject(Rejected(at(1), "no webhook", '{"a": "é'))


def told(store: Store) -> dict[str, Any]:
    """All that the contract lets one see."""
    groups = store.overview(1000)
    assert {each.work for each in store.overview(1000, Look())} >= {Work.PENDING, Work.PARKED}
    return {
        "groups": groups,
        "history": {each.group_id: store.history(each.group_id) for each in groups},
        "digests": store.digests(100),
        "standings": store.standings(),
        "heartbeats": store.heartbeats(),
        "rejected": store.rejected(),
        "journal": store.journal().record(100),
        "queues": store.queues(),
        "counts": store.counts(),
        "channels": {name: store.channel_id(name) for name in ("#alerts", "#db", "#none")},
        "salt": store.salt(),
    }


def dump(target: Path) -> None:
    """Fills a store of the version at hand and writes it as SQL."""
    from relay.store.sqlite import open_sqlite

    with tempfile.TemporaryDirectory() as folder:
        store = open_sqlite(f"sqlite:///{folder}/relay.sqlite")
        fill(store)
        store.close()
        with closing(sqlite3.connect(Path(folder) / "relay.sqlite")) as raw:
            target.write_text("\n".join(raw.iterdump()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    dump(Path(sys.argv[1]))
