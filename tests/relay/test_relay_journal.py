"""The journal's contract: what somebody asked for is done once, and is on record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from relay_kit import at

from relay.model.job import Job, Person, Verb, Via
from relay.store import Result, Store

pytestmark = pytest.mark.contract

ALICE = Person("U0ALICE1", "alice")
JOB = Job(Verb.SILENCE, "0" * 16, ALICE, Via.BUTTON, at(60), 'known "é"', "https://hooks/x")


def test_a_job_is_taken_once_and_comes_back_as_it_was(store: Store) -> None:
    journal = store.journal()
    assert journal.ask("k1", JOB, at(0))
    taken = journal.take(at(0), 60)
    assert taken
    assert (taken.job, taken.attempts, taken.asked_at) == (JOB, 0, at(0))
    assert not taken.again
    assert journal.take(at(0.5), 60) is None
    assert journal.conclude(taken, Result.DONE, "silenced", at(0.5))
    assert journal.take(at(99), 60) is None
    (entry,) = journal.record(10)
    assert (entry.job, entry.result, entry.told) == (JOB, Result.DONE, "silenced")
    assert (entry.asked_at, entry.ended_at) == (at(0), at(0.5))


def test_the_same_request_is_taken_once_whatever_it_is(store: Store) -> None:
    journal = store.journal()
    assert journal.ask("k1", JOB, at(0))
    assert not journal.ask("k1", replace(JOB, verb=Verb.ACKNOWLEDGE), at(1))
    assert not journal.first_time("k1", at(1))
    assert journal.first_time("k2", at(1))
    assert not journal.ask("k2", JOB, at(1))
    assert len(journal.record(10)) == 1


def test_a_request_is_remembered_for_longer_than_its_signature_is_good_for(store: Store) -> None:
    journal = store.journal()
    assert journal.first_time("k1", at(0))
    assert not journal.first_time("k1", at(59))
    assert journal.first_time("k1", at(61))


def test_what_its_worker_left_is_taken_by_the_next(store: Store) -> None:
    journal = store.journal()
    journal.ask("k1", JOB, at(0))
    first = journal.take(at(0), 60)
    second = journal.take(at(1), 60)
    assert first
    assert second
    assert not journal.conclude(first, Result.DONE, "late", at(1))
    assert not journal.postpone(first, at(2), "late")
    assert second.again
    assert journal.conclude(second, Result.REFUSED, "no", at(1))


def test_what_a_killed_process_took_is_free_at_once(store: Store) -> None:
    journal = store.journal()
    journal.ask("k1", JOB, at(0))
    assert journal.take(at(0), 60)
    journal.release_all()
    taken = journal.take(at(0), 60)
    assert taken
    assert taken.again


def test_what_failed_waits_and_lets_others_pass(store: Store) -> None:
    journal = store.journal()
    journal.ask("k1", JOB, at(0))
    journal.ask("k2", replace(JOB, group_id="1" * 16), at(0))
    first = journal.take(at(0), 60)
    assert first
    assert journal.postpone(first, at(2), "no answer")
    second = journal.take(at(0), 60)
    assert second
    assert second.job.group_id == "1" * 16
    assert journal.take(at(0), 60) is None
    again = journal.take(at(2), 60)
    assert again
    assert (again.number, again.attempts) == (first.number, 1)
    assert [entry.told for entry in journal.record(10, "0" * 16)] == ["no answer"]


def test_the_record_is_forgotten_after_its_time_but_not_what_waits(store: Store) -> None:
    journal = store.journal()
    journal.ask("k1", JOB, at(0))
    journal.ask("k2", JOB, at(0))
    taken = journal.take(at(0), 60)
    assert taken
    journal.conclude(taken, Result.DONE, "", at(1))
    assert journal.prune(at(0)) == 0
    assert journal.prune(at(0) + timedelta(days=1)) == 1
    assert [entry.result for entry in journal.record(10)] == [Result.WAITING]
