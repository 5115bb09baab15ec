"""Random webhooks, faults and deaths, against a simple model of what Slack must show at the end.

However they come in turn, once all is quiet: each group that ever fired has been shown, its last
message says how many of its alerts fire now or that it is over, no other message of it says that
something fires, and nothing was posted twice.
"""

import tempfile
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from model_kit import FAULTS, Alertmanager, Killed, Slack
from relay_kit import CONFIG, FakeClock, Rig

from relay.intake.ingest import take_in
from relay.intake.webhook import parse
from relay.store import StoreError, Work
from relay.store.sqlite import open_sqlite

GROUPS = ("G0", "G1", "G2")
HELD = 25.0  # seconds that the network may hold back a notification
groups = st.sampled_from(GROUPS)
some = st.sets(st.sampled_from("abc"), min_size=1)
fault = st.one_of(st.just([]), st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2))
pause = st.sampled_from([0.0, 1.0, 30.0, 200.0])


class Chain(RuleBasedStateMachine):
    """Alertmanager, the relay's store and loop, Slack; and a clock for all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock, self.slack = FakeClock(), Slack()
        self.store = open_sqlite(f"sqlite:///{self.folder.name}/relay.sqlite")
        self.rig = Rig(self.store, self.slack, self.clock, CONFIG)
        self.alertmanagers = {name: Alertmanager(name, self.clock) for name in GROUPS}
        self.held: list[tuple[float, bytes]] = []
        self.deleted = 0  # messages: an edit that cannot be made becomes a post

    @rule(group=groups, names=some, fault=fault, pause=pause)
    def begins(self, group: str, names: set[str], fault: list[str], pause: float) -> None:
        self.alertmanagers[group].begin(names)
        self._tell(group, fault)
        self._run(pause)

    @rule(group=groups, names=some, fault=fault, pause=pause)
    def ends(self, group: str, names: set[str], fault: list[str], pause: float) -> None:
        self.alertmanagers[group].end(names)
        self._tell(group, fault)
        self._run(pause)

    @rule(group=groups)
    def changes_unseen(self, group: str) -> None:
        """Between two notifications an alert ends and begins again."""
        alertmanager = self.alertmanagers[group]
        alertmanager.end({"a"})
        self.clock.advance(1)
        alertmanager.begin({"a"})
        self._tell(group)

    @rule(group=groups)
    def repeats(self, group: str) -> None:
        self._tell(group)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 99))
    def comes_late(self, which: int) -> None:
        """A retry or a replica's copy of what was sent a while ago."""
        self._take_in(self.held[which % len(self.held)][1])

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4))
    def slack_will_fail(self, faults: list[str]) -> None:
        self.slack.faults += faults

    @rule(archived=st.booleans())
    def channel_is_archived_or_not(self, archived: bool) -> None:
        self.slack.archived = archived

    @rule(which=st.integers(0, 99))
    def somebody_deletes_a_message(self, which: int) -> None:
        there = [each for each in self.slack.messages if not each.deleted]
        if there:
            message = there[which % len(there)]
            message.deleted = True
            self.deleted += not message.thread

    @rule(times=st.integers(1, 3))
    def disk_is_full(self, times: int) -> None:
        """Results of calls to Slack cannot be written for a while."""
        original, left = self.store.finish, times

        def full(*arguments: object) -> bool:
            nonlocal left
            if left == 0:
                return original(*arguments)
            left -= 1
            raise StoreError("disk full")

        self.store.finish = full
        self._run(10)
        self.store.finish = original

    @rule(seconds=st.sampled_from([1, 5, 20, 61, 200, 2000]))
    def time_goes_by(self, seconds: int) -> None:
        self._run(seconds)

    @rule()
    def restarts(self) -> None:
        self.rig.restart()

    def teardown(self) -> None:
        try:
            self.slack.faults.clear()
            self.slack.archived = False
            self._run(3600)
            for name, alertmanager in self.alertmanagers.items():
                if alertmanager.firing and self.slack.of(name)[-1].deleted:
                    alertmanager.begin({"z"})  # Slack says that it is gone when it is to be edited
                    self._tell(name)
            self._run(600)
            for name, alertmanager in self.alertmanagers.items():
                self._judge(name, alertmanager)
        finally:
            self.store.close()
            self.folder.cleanup()

    def _judge(self, name: str, alertmanager: Alertmanager) -> None:
        shown = self.slack.of(name)
        if not alertmanager.told:
            assert not shown
            return
        assert shown, "never announced"
        assert len(shown) <= alertmanager.episodes + self.deleted, ("posted twice", shown)
        *earlier, last = shown
        firing = len(alertmanager.firing)
        if firing:
            assert not last.deleted, "deleted, and it still fires"
            title = f"FIRING warning · A{f' ({firing})' if firing > 1 else ''} —"
            assert title in last.text, (last, title)
        elif not last.deleted:
            assert "RESOLVED" in last.text, last
        for each in earlier:
            assert each.deleted or "RESOLVED" in each.text, each
        entries = [each.work for each in self.store.overview(100)]
        assert set(entries) <= {Work.IDLE}

    def _tell(self, group: str, faults: Sequence[str] = ()) -> None:
        alertmanager = self.alertmanagers[group]
        body = alertmanager.notification()
        if body is None:
            return
        self._take_in(body)
        self.slack.faults += faults
        alertmanager.taken()
        self.held.append((self.clock.seconds, body))
        self.clock.advance(0.5)

    def _take_in(self, body: bytes) -> None:
        take_in(parse(body), self.store, CONFIG, self.clock.now())

    def _run(self, seconds: float) -> None:
        end, tick = self.clock.seconds + seconds, max(1.0, seconds / 40)
        while self.clock.seconds < end:
            try:
                self.rig.run(end - self.clock.seconds, tick)
            except Killed:
                self.rig.restart()
            except StoreError:
                self.clock.advance(1)  # as the loop does
        self.held = [each for each in self.held if each[0] > self.clock.seconds - HELD]


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Chain,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_slack_shows_at_the_end() -> None:
    run(examples=12, steps=25)


@pytest.mark.slow
def test_what_slack_shows_at_the_end_of_long_stories() -> None:
    run(examples=600, steps=60)
