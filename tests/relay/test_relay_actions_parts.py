"""The small parts of acting from Slack: who may, what is told where, times, the threads."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from actions_kit import Told
from relay_kit import CONFIG, FakeClock, SlackServer, alert, at, webhook
from relay_process import free_port, until

from relay.actions.answer import Answers
from relay.actions.perform import Performer
from relay.actions.permit import Permit, UnknownError
from relay.actions.scope import silenced_by
from relay.actions.times import duration, tomorrow_morning
from relay.actions.worker import WAITS, Worker
from relay.alertmanager import Alertmanagers
from relay.config.model import Actors, Server, Settings, Silences
from relay.intake.ingest import take_in
from relay.metrics import Metrics
from relay.model.group import Group
from relay.model.job import Job, Person, Verb, Via
from relay.secret import Secret
from relay.slack.api import Slack
from relay.slack.people import SlackPeople
from relay.store import Result, Store, StoreError, group_id
from relay.ticker import Ticker

ALICE, BOB = Person("U0ALICE1", "alice"), Person("U0BOBBY1")
ID = group_id("relay", "k")


class Members:
    """Slack's user groups."""

    def __init__(self) -> None:
        self.asked = 0
        self.of: dict[str, list[str]] = {}

    def __call__(self, group: str) -> list[str]:
        self.asked += 1
        if group not in self.of:
            raise UnknownError("slack is away")
        return self.of[group]


def test_everybody_may_unless_somebody_is_named(clock: FakeClock) -> None:
    members = Members()
    assert Permit(Actors(), members, clock).allows(BOB)
    named = Permit(Actors(users=("U0ALICE1",)), members, clock)
    assert named.allows(ALICE)
    assert not named.allows(BOB)
    assert members.asked == 0


def test_members_are_remembered_for_five_minutes_and_longer_while_slack_is_away(
    clock: FakeClock,
) -> None:
    members = Members()
    members.of = {"S1": ["U0BOBBY1"]}
    permit = Permit(Actors(usergroups=("S1",)), members, clock)
    assert permit.allows(BOB)
    assert not permit.allows(ALICE)
    assert members.asked == 1
    clock.advance(301)
    members.of = {"S1": ["U0ALICE1"]}
    assert not permit.allows(BOB)
    clock.advance(301)
    members.of = {}
    assert permit.allows(ALICE)


def test_one_group_that_cannot_be_asked_does_not_hide_the_other(clock: FakeClock) -> None:
    members = Members()
    members.of = {"S2": ["U0BOBBY1"]}
    permit = Permit(Actors(usergroups=("S1", "S2")), members, clock)
    assert permit.allows(BOB)
    with pytest.raises(UnknownError):
        permit.allows(ALICE)


class Bench:
    def __init__(self, store: Store, clock: FakeClock, actors: Actors, *servers: str) -> None:
        self.store, self.clock, self.told, self.members = store, clock, Told(), Members()
        self.journal = store.journal()
        permit = Permit(actors, self.members, clock)
        alertmanagers = Alertmanagers([Server(url) for url in servers])
        performer = Performer(store, alertmanagers, permit, clock)
        self.worker = Worker(self.journal, performer, self.told, clock, Metrics())

    def do(self, job: Job) -> tuple[Result, str]:
        self.journal.ask(str(self.clock.now()) + str(job), job, self.clock.now())
        assert self.worker.step()
        entry = self.journal.record(1)[0]
        return entry.result, entry.told


def job(verb: Verb, minutes: float | None = None, via: Via = Via.BUTTON) -> Job:
    return Job(verb, ID, ALICE, via, None if minutes is None else at(minutes))


def test_what_is_not_possible_is_refused_and_told(store: Store, clock: FakeClock) -> None:
    bench = Bench(store, clock, Actors())
    assert bench.do(job(Verb.ACKNOWLEDGE)) == (
        Result.REFUSED,
        "This alert group is not known any more.",
    )
    take_in(webhook(alert("h1")), store, CONFIG, clock.now())
    result, told = bench.do(job(Verb.SILENCE, 60))
    assert (result, "no `alertmanagers`" in told) == (Result.REFUSED, True)
    assert len(bench.told.texts) == 2
    late = Bench(store, clock, Actors(), "http://127.0.0.1:1")
    result, told = late.do(job(Verb.SILENCE, -1))
    assert (result, "passed already" in told) == (Result.REFUSED, True)
    assert not bench.worker.step()


def test_a_group_without_a_label_in_common_cannot_be_silenced(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(store, clock, Actors(), "http://127.0.0.1:1")
    bare = replace(webhook(alert("h1")), group_labels={}, truncated=1)
    take_in(bare, store, CONFIG, clock.now())
    result, told = bench.do(job(Verb.SILENCE, 60))
    assert (result, "no label in common" in told) == (Result.REFUSED, True)


def test_acknowledged_and_taken_back(store: Store, clock: FakeClock) -> None:
    bench = Bench(store, clock, Actors())
    take_in(webhook(alert("h1")), store, CONFIG, clock.now())
    assert bench.do(job(Verb.ACKNOWLEDGE))[0] is Result.DONE
    entry = store.find(ID)
    assert entry
    assert entry.standing.acknowledged
    assert entry.standing.acknowledged.by == "alice"
    assert bench.told.texts == []
    nameless = replace(job(Verb.ACKNOWLEDGE), person=BOB)
    assert bench.do(nameless)[0] is Result.DONE
    entry = store.find(ID)
    assert entry
    assert entry.standing.acknowledged
    assert entry.standing.acknowledged.by == "U0BOBBY1", "better than nobody"
    told = bench.do(job(Verb.UNACKNOWLEDGE, via=Via.COMMAND))
    assert told == (Result.DONE, "*A* is no longer acknowledged.")
    assert bench.told.texts == ["*A* is no longer acknowledged."]
    assert bench.do(job(Verb.UNSILENCE)) == (Result.DONE, "*A* is not silenced.")


def test_who_cannot_be_checked_is_tried_again_and_then_given_up(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(store, clock, Actors(usergroups=("S1",)))
    take_in(webhook(alert("h1")), store, CONFIG, clock.now())
    assert bench.do(job(Verb.ACKNOWLEDGE))[0] is Result.WAITING
    for _ in WAITS:
        clock.advance(31)
        assert bench.worker.step()
    (entry,) = bench.journal.record(1)
    assert entry.result is Result.FAILED
    assert bench.told.texts[-1].startswith("Given up: cannot check whether you may")


def test_a_silence_covers_what_the_group_is_grouped_by() -> None:
    alerts = (alert("h1"), alert("h2"))
    by = Group("r", "k", {"alertname": "A", "zone": ""}, alerts)
    assert silenced_by(by) == {"alertname": "A"}
    whole = Group("r", "k", {}, alerts)
    assert silenced_by(whole) == {"alertname": "A", "severity": "warning"}
    assert silenced_by(replace(whole, hidden=3)) == {}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90m", 90), ("2h", 120), (" 1H 30min ", 90), ("1h30m", 90), ("3d", 4320), ("1w", 10_080)],
)
def test_durations(text: str, minutes: int) -> None:
    assert duration(text) == timedelta(minutes=minutes)


def test_tomorrow_morning_is_the_teams() -> None:
    paris = Silences("08:00", "Europe/Paris")

    def morning(text: str, silences: Silences = paris) -> str:
        when = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return f"{tomorrow_morning(when, silences):%m-%d %H:%M}"

    assert morning("2026-11-20 12:00") == "11-21 07:00"
    assert morning("2026-11-20 23:30") == "11-21 07:00", "half past midnight: still tonight"
    assert morning("2026-11-20 03:30") == "11-21 07:00"
    assert morning("2026-10-24 12:00") == "10-25 07:00", "the clocks change that night"
    assert morning("2026-10-23 12:00") == "10-24 06:00"
    assert morning("2026-11-20 12:00", Silences()) == "11-21 08:00"


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://hooks.slack.com/x", "https://hooks.slack.com:444/x", "file:///etc/passwd",
        "https://hooks.slack.com@evil.test/x", "https://hooks.slack.com\\@evil.test/x", "https://[",
        "https://evil.test/hooks.slack.com", "https://hooks.slack.com.evil.test/", "ftp://a",
        "https://hooks.slack.com/\nx", "http://127.0.0.1:2/x", "http://169.254.169.254/",
    ],
)  # fmt: skip
def test_only_slack_is_ever_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("spoken to")

    monkeypatch.setattr("relay.actions.answer._opener.open", never)
    assert not Answers("http://127.0.0.1:1/api/").tell(url, "x")


def test_a_person_is_told_and_a_redirect_leads_nowhere(slack_server: SlackServer) -> None:
    answers = Answers(slack_server.url)
    assert answers.tell(f"{slack_server.url}/response", "no <way>")
    method, body, authorization = slack_server.calls[-1]
    assert (method, authorization) == ("response", "")
    assert body["text"] == "no <way>"
    assert (body["response_type"], body["replace_original"]) == ("ephemeral", False)
    with SlackServer() as other:
        slack_server.handler = lambda method, body: (307, {"Location": other.url}, b"")
        assert not answers.tell(f"{slack_server.url}/response", "x")
        assert other.calls == []
    gone = f"http://127.0.0.1:{free_port()}/"
    assert not Answers(gone).tell(gone, "x")


def test_dialogs_and_members_over_slacks_client(slack_server: SlackServer) -> None:
    settings = Settings(slack_token=Secret("xoxb-1"), slack_api_url=slack_server.url + "/")
    people = SlackPeople(Slack(settings))
    slack_server.handler = lambda method, body: (200, {}, {"ok": True, "users": ["U1", 5]})
    assert people.open("t", {"type": "modal"}) == ""
    assert people.members("S1") == ["U1"]
    slack_server.handler = lambda method, body: (200, {}, {"ok": True})
    with pytest.raises(UnknownError, match="Slack does not say"):
        people.members("S1")
    slack_server.handler = lambda method, body: (200, {}, {"ok": False, "error": "missing_scope"})
    assert people.open("t", {}) == "missing_scope"
    with pytest.raises(UnknownError, match="missing_scope"):
        people.members("S1")


def test_a_thread_goes_on_after_whatever_goes_wrong() -> None:
    metrics, done = Metrics(), threading.Event()
    steps: list[Any] = [True, StoreError("full"), RuntimeError("a fault"), False]

    def step() -> bool:
        if not steps:
            done.set()
            return False
        outcome = steps.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return bool(outcome)

    ticker = Ticker("test", step, 0.01, metrics)
    ticker.stop(1)
    ticker = Ticker("test", step, 0.01, metrics)
    ticker.start()
    ticker.wake()
    until(done.is_set)
    ticker.stop(5)
    text = metrics.text().decode()
    assert 'errors_total{kind="store"} 1.0' in text
    assert 'errors_total{kind="fault"} 1.0' in text
