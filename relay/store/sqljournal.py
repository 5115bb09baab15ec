"""The journal on SQLAlchemy Core."""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from relay.model.job import Job, Person, Verb, Via
from relay.store import rows
from relay.store.database import Database
from relay.store.journal import Entry, Result, Taken
from relay.store.schema import actions, requests

REMEMBERED = timedelta(hours=1)
"""How long a request's key is kept: far longer than the five minutes a signature is good for."""

a = actions.c


class SqlJournal:
    """A Journal in the store's database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def first_time(self, key: str, now: datetime) -> bool:
        return self._db.write(lambda db: _noted(db, key, now))

    def ask(self, key: str, job: Job, now: datetime) -> bool:
        fresh = {
            "asked_at": now.timestamp(),
            "group_id": job.group_id,
            "job": _dump(job),
            "result": Result.WAITING,
            "due_at": now.timestamp(),
            "attempts": 0,
            "lease_until": 0.0,
            "told": "",
        }

        def work(db: Connection) -> bool:
            if not _noted(db, key, now):
                return False
            db.execute(insert(actions).values(fresh))
            return True

        return self._db.write(work)

    def take(self, now: datetime, seconds: float) -> Taken | None:
        at, lease = now.timestamp(), secrets.token_hex(8)
        waiting = (
            select(actions)
            .where(
                a.result == Result.WAITING,
                a.due_at <= at,
                or_(a.lease.is_(None), a.lease_until <= at),
            )
            .order_by(a.number)
            .limit(1)
        )

        def work(db: Connection) -> Taken | None:
            row = db.execute(waiting.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            mine = {"lease": lease, "lease_until": at + seconds}
            db.execute(update(actions).where(a.number == row.number).values(mine))
            again = row.lease_until > 0  # it is 0 until the job is taken
            job, asked_at = _load(row.job), rows.utc(row.asked_at)
            return Taken(row.number, lease, job, row.attempts, again, asked_at)

        if self._db.read(lambda db: db.execute(waiting).first()) is None:
            return None  # looked for every second: not worth a transaction that writes
        return self._db.write(work)

    def postpone(self, taken: Taken, due_at: datetime, told: str) -> bool:
        due = {"due_at": due_at.timestamp(), "attempts": taken.attempts + 1, "told": told}
        return self._end_lease(taken, due)

    def conclude(self, taken: Taken, result: Result, told: str, now: datetime) -> bool:
        over = {"result": result, "told": told, "ended_at": now.timestamp()}
        return self._end_lease(taken, over)

    def release_all(self) -> None:
        every = update(actions).where(a.lease.is_not(None)).values(lease=None)
        self._db.write(lambda db: db.execute(every))

    def record(self, limit: int, group_id: str | None = None) -> Sequence[Entry]:
        wanted = select(actions).order_by(a.number.desc()).limit(limit)
        if group_id is not None:
            wanted = wanted.where(a.group_id == group_id)
        return self._db.read(lambda db: [_entry(row) for row in db.execute(wanted)])

    def prune(self, before: datetime) -> int:
        old = delete(actions).where(a.ended_at < before.timestamp())
        return self._db.write(lambda db: db.execute(old).rowcount)

    def _end_lease(self, taken: Taken, values: dict[str, Any]) -> bool:
        ours = (a.number == taken.number, a.lease == taken.lease)
        ended = update(actions).where(*ours).values(lease=None, **values)
        return self._db.write(lambda db: bool(db.execute(ended).rowcount))


def _noted(db: Connection, key: str, now: datetime) -> bool:
    """Whether the key is new; it is known from now on."""
    db.execute(delete(requests).where(requests.c.at < (now - REMEMBERED).timestamp()))
    if db.scalar(select(requests.c.key).where(requests.c.key == key)) is not None:
        return False
    db.execute(insert(requests).values(key=key, at=now.timestamp()))
    return True


def _entry(row: Any) -> Entry:
    return Entry(
        number=row.number,
        job=_load(row.job),
        asked_at=rows.utc(row.asked_at),
        result=Result(row.result),
        told=row.told,
        ended_at=rows.maybe_utc(row.ended_at),
    )


def _dump(job: Job) -> str:
    until = job.until.isoformat() if job.until else None
    return json.dumps(vars(job) | {"person": vars(job.person), "until": until})


def _load(text: str) -> Job:
    data = json.loads(text)
    data |= {
        "verb": Verb(data["verb"]),
        "person": Person(**data["person"]),
        "via": Via(data["via"]),
        "until": datetime.fromisoformat(data["until"]) if data["until"] else None,
    }
    return Job(**data)
