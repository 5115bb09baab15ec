"""Silences in a real Alertmanager: made, followed, ended here and elsewhere; one of two away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from actions_kit import RealAlertmanager, Told, matched
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, webhook
from relay_kit import alert as kit_alert
from relay_process import free_port, until

from relay.actions.follow import Follower
from relay.actions.perform import Performer
from relay.actions.permit import Permit
from relay.actions.worker import Worker
from relay.alertmanager import Alertmanagers, Match, ServerError, Silence
from relay.config.model import Actors, Config, Server
from relay.intake.ingest import take_in
from relay.metrics import Metrics
from relay.model.job import Job, Person, Verb, Via
from relay.store import Result, Store, group_id

pytestmark = pytest.mark.real

ALICE = Person("U0ALICE1", "alice")
ID = group_id("relay", "k")


class WallClock(FakeClock):
    """Alertmanager has a clock of its own: ours is the real one, moved by tests."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


class Desk:
    """Everything between the journal and Alertmanager."""

    def __init__(self, store: Store, *urls: str) -> None:
        self.store, self.journal, self.clock, self.told = (
            store,
            store.journal(),
            WallClock(),
            Told(),
        )
        self.config: Config = replace(CONFIG, interactive=True)
        self.alertmanagers = Alertmanagers([Server(url) for url in urls])
        permit = Permit(Actors(), lambda group: [], self.clock)
        performer = Performer(store, self.alertmanagers, permit, self.clock)
        self.worker = Worker(
            self.journal,
            performer,
            self.told,  # a stand-in
            self.clock,
            Metrics(),
        )
        self.restart()
        hook = webhook(kit_alert("h1"))
        take_in(hook, store, self.config, self.clock.now())

    def restart(self) -> None:
        self.follower = Follower(self.store, self.alertmanagers, self.config, self.clock)

    def ask(self, verb: Verb, minutes: float = 60, comment: str = "") -> Job:
        end = self.clock.now() + timedelta(minutes=minutes) if verb is Verb.SILENCE else None
        job = Job(verb, ID, ALICE, Via.BUTTON, end, comment, "https://hooks.slack.com/x")
        self.journal.ask(f"{verb}{self.clock.now()}", job, self.clock.now())
        return job

    def work(self) -> Result:
        assert self.worker.step()
        return self.journal.record(1)[0].result

    @property
    def silenced(self):
        entry = self.store.find(ID)
        assert entry
        return entry.standing.silenced


@pytest.fixture
def am(alertmanager: Path, tmp_path: Path) -> Iterator[RealAlertmanager]:
    started = RealAlertmanager(alertmanager, tmp_path / "am").start()
    yield started
    started.stop()


def test_a_silence_has_the_groups_labels_and_its_author(store: Store, am: RealAlertmanager) -> None:
    desk = Desk(store, am.url)
    job = desk.ask(Verb.SILENCE, 60, "disk is being replaced")
    assert desk.work() is Result.DONE
    (made,) = am.silences()
    assert matched(made) == {"alertname": "A"}
    assert made["createdBy"] == "alice (Slack U0ALICE1)"
    assert made["comment"] == "disk is being replaced"
    assert job.until
    assert abs(datetime.fromisoformat(made["endsAt"]) - job.until) < timedelta(seconds=1)
    assert (desk.silenced.id, desk.silenced.alertmanager) == (made["id"], am.url)
    assert (desk.silenced.by, desk.silenced.until) == ("alice", job.until)
    assert desk.told.texts == []


def test_the_next_silence_takes_the_place_of_the_one_before(
    store: Store, am: RealAlertmanager
) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE, 60)
    desk.work()
    desk.ask(Verb.SILENCE, 240)
    assert desk.work() is Result.DONE
    (made,) = am.silences()
    assert made["id"] == desk.silenced.id


def test_unsilencing_ends_it_and_twice_does_no_harm(store: Store, am: RealAlertmanager) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE)
    desk.work()
    before = desk.silenced
    desk.ask(Verb.UNSILENCE)
    assert desk.work() is Result.DONE
    assert am.silences() == []
    assert desk.silenced is None
    desk.alertmanagers.end(before.id, am.url)
    desk.alertmanagers.end("00000000-0000-0000-0000-000000000000")
    desk.ask(Verb.UNSILENCE)
    assert desk.work() is Result.DONE


def test_a_job_that_was_cut_short_makes_no_second_silence(
    store: Store, am: RealAlertmanager
) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE)
    taken = desk.journal.take(desk.clock.now(), 1)
    assert taken
    desk.worker._performer.perform(taken)  # and then it was killed
    desk.journal.release_all()
    desk.clock.moved = timedelta(seconds=5)
    assert desk.work() is Result.DONE
    assert len(am.silences()) == 1


def test_with_the_first_away_the_second_is_asked(store: Store, am: RealAlertmanager) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    desk = Desk(store, gone, am.url)
    desk.ask(Verb.SILENCE)
    assert desk.work() is Result.DONE
    assert desk.silenced.alertmanager == am.url
    desk.follower.round()
    assert desk.silenced
    desk.ask(Verb.UNSILENCE)
    assert desk.work() is Result.DONE
    assert am.silences() == []


def test_with_all_away_it_is_tried_for_a_minute_and_then_told(store: Store) -> None:
    desk = Desk(store, f"http://127.0.0.1:{free_port()}")
    desk.ask(Verb.SILENCE)
    for _ in range(6):
        assert desk.work() is Result.WAITING
        assert not desk.worker.step()
        desk.clock.moved += timedelta(seconds=31)
    assert desk.work() is Result.FAILED
    first, last = desk.told.texts
    assert first.startswith("Not yet: the silence could not be made: http://127.0.0.1")
    assert "Connection refused" in first
    assert last.startswith("Given up: the silence could not be made")
    assert desk.silenced is None


def test_removal_elsewhere_updates_the_message(
    store: Store, am: RealAlertmanager, amtool: Path
) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE)
    desk.work()
    assert not desk.follower.round()
    am.amtool(amtool, "silence", "expire", desk.silenced.id)
    assert desk.follower.round()
    assert desk.silenced is None


def test_extension_elsewhere_updates_the_message(
    store: Store, am: RealAlertmanager, amtool: Path
) -> None:
    desk = Desk(store, am.url)
    job = desk.ask(Verb.SILENCE, 60)
    desk.work()
    am.amtool(amtool, "silence", "update", "--duration=5h", desk.silenced.id)
    assert desk.follower.round()
    assert job.until
    assert desk.silenced.until > job.until + timedelta(hours=3)
    assert not desk.follower.round()


def test_expiry_updates_the_message(store: Store, am: RealAlertmanager) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE, 0.03)
    desk.work()
    assert desk.silenced
    until(desk.follower.round)
    assert desk.silenced is None
    assert am.silences() == []


def test_while_alertmanager_is_away_a_silence_holds_to_its_end(
    store: Store, am: RealAlertmanager
) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE, 60)
    desk.work()
    am.stop()
    assert not desk.follower.round()
    assert desk.silenced
    desk.clock.moved = timedelta(minutes=61)
    assert desk.follower.round()
    assert desk.silenced is None


def test_without_alertmanagers_nothing_is_silenced_and_what_was_ends_in_time(
    store: Store, am: RealAlertmanager
) -> None:
    desk = Desk(store, am.url)
    desk.ask(Verb.SILENCE, 60)
    desk.work()
    desk.alertmanagers = Alertmanagers([])
    desk.restart()
    assert not desk.follower.round()
    desk.clock.moved = timedelta(minutes=61)
    assert desk.follower.round()
    assert desk.silenced is None


def test_a_silence_made_elsewhere_is_shown(
    store: Store, am: RealAlertmanager, amtool: Path
) -> None:
    desk = Desk(store, am.url)
    add = ("silence", "add", "--author=bob <!here>", "--duration=2h", "--comment=known")
    am.amtool(amtool, *add, "alertname=B")
    assert not desk.follower.round()
    am.amtool(amtool, *add, "alertname=~A|C", "host!=h9")
    assert desk.follower.round()
    assert (desk.silenced.by, desk.silenced.comment) == ("bob <!here>", "known")
    assert not desk.follower.round()
    rig = Rig(store, FakeSlack(), FakeClock(), desk.config)
    rig.clock.time = desk.clock.now()
    rig.run(2)
    assert "bob &lt;!here&gt;" in rig.slack.texts[0]
    desk.ask(Verb.UNSILENCE)
    assert desk.work() is Result.DONE
    assert [matched(each) for each in am.silences()] == [{"alertname": "B"}]


def test_what_resolves_while_silenced_is_shown_as_resolved(
    store: Store, am: RealAlertmanager
) -> None:
    """Alertmanager sends no webhook for it."""
    desk = Desk(store, am.url)
    labels = {"alertname": "A", "host": "h1", "severity": "warning"}
    am.fire(**labels)
    fingerprints = until(lambda: desk.alertmanagers.firing(am.url, {"alertname": "A"}))
    real = replace(kit_alert("h1"), fingerprint=fingerprints.pop(), labels=labels)
    take_in(webhook(real), store, desk.config, desk.clock.now() + timedelta(minutes=2))
    desk.ask(Verb.SILENCE)
    desk.work()
    assert not desk.follower.round()
    am.fire(minutes=-1, **labels)
    until(lambda: not desk.alertmanagers.firing(am.url, {"alertname": "A"}))
    assert not desk.follower.round(), "missing once may be a restart of Alertmanager"
    desk.clock.moved = timedelta(minutes=2, seconds=5)
    assert desk.follower.round()
    entry = store.find(ID)
    assert entry
    assert entry.state.group.firing == ()
    assert desk.silenced, "it is still silenced, should it fire again"


def test_what_alertmanager_refuses_is_told(store: Store, am: RealAlertmanager) -> None:
    spec = Silence(
        (Match("", "x"),), datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1), "a", "c"
    )
    with pytest.raises(ServerError) as caught:
        Alertmanagers([Server(am.url)]).silence(spec)
    assert caught.value.status == 400
