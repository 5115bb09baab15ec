"""The contract on SQLAlchemy Core; what differs between engines is in their own modules."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from relay.model import codec
from relay.model.delivered import Intent
from relay.model.group import Status
from relay.model.history import Event
from relay.model.standing import Standing
from relay.model.storm import Digest
from relay.model.watch import Trouble, Watch
from relay.store import queries, rows, sqlhistory, sqlstorms, sqlwatch
from relay.store.contract import (
    EVERYTHING,
    Change,
    Claim,
    Crowd,
    Gather,
    Heartbeat,
    Known,
    Look,
    Overview,
    Queue,
    Rejected,
    Stand,
    StoreError,
    Topic,
    Verdict,
    Work,
)
from relay.store.journal import Journal
from relay.store.schema import (
    VERSION,
    channels,
    deliveries,
    groups,
    heartbeats,
    meta,
    metadata,
    rejected,
    standings,
    topics,
)
from relay.store.sqljournal import SqlJournal

REJECTED_KEPT = 100


class SqlStore:
    """A Store in a database. Opening it creates the tables, or raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with self._write() as db:
            metadata.create_all(db)
            version = _setting(db, "schema_version", str(VERSION))
            if version != str(VERSION):
                raise StoreError(
                    f"the database has version {version} of the tables; this relay knows {VERSION}"
                )
            self._salt = bytes.fromhex(_setting(db, "salt", secrets.token_hex(16)))

    # Taking in -------------------------------------------------------------------------------

    def take_in(self, group_id: str, change: Change, now: datetime) -> None:
        with self._write() as db:
            old = db.execute(
                select(groups.c.state, groups.c.version, deliveries)
                .join(deliveries, groups.c.id == deliveries.c.group_id)
                .where(groups.c.id == group_id)
                .with_for_update()
            ).first()
            wanted = change(_known(db, group_id, old) if old else Known())
            group: dict[str, Any] = {
                "state": codec.dump_state(wanted.state),
                "version": (old.version if old else 0) + int(wanted.changed),
                "firing": wanted.state.group.status is Status.FIRING,
                "rank": wanted.rank,
                "updated_at": now.timestamp(),
            }
            work: dict[str, Any] = {"firing": group["firing"], "rank": wanted.rank}
            work |= rows.wanted(old, wanted, now)
            if old:
                db.execute(update(groups).where(groups.c.id == group_id).values(group))
                db.execute(update(deliveries).where(queries.d.group_id == group_id).values(work))
            else:
                db.execute(insert(groups).values(id=group_id, **group))
                db.execute(insert(deliveries).values(group_id=group_id, **rows.FRESH | work))
            sqlstorms.follow(db, group_id, wanted.followed, now)
            known = codec.load_state(old.state) if old else None
            sqlhistory.took_in(db, group_id, known, wanted, now)

    # Delivering ------------------------------------------------------------------------------

    def claim(self, now: datetime, held: Collection[str], seconds: float) -> Claim | None:
        at = now.timestamp()
        with self._read() as db:
            due = db.scalars(queries.due(at, held, limit=5)).all()
        for group_id in due:
            lease = secrets.token_hex(8)
            with self._write() as db:
                if db.execute(queries.lease(group_id, lease, at, at + seconds)).rowcount:
                    return _claim(db, group_id, lease)
        return None

    def intend(self, claim: Claim, intent: Intent) -> bool:
        return self._update_claim(claim, {"intent": codec.dump_intent(intent)})

    def finish(self, claim: Claim, verdict: Verdict, now: datetime) -> bool:
        values: dict[str, Any] = {
            "delivered": codec.dump_delivered(verdict.delivered),
            "intent": codec.dump_intent(verdict.intent) if verdict.intent else None,
            "lease": None,
            "attempts": verdict.attempts,
        }
        if verdict.channel:
            values |= {"channel": verdict.channel, "lane": verdict.lane}
        if verdict.reason:
            values |= {"last_error": verdict.reason, "last_error_at": now.timestamp()}
        if verdict.sent_at:
            values["sent_at"] = verdict.sent_at.timestamp()
        with self._write() as db:
            version = _version(db, claim.group_id)
            if version != claim.version and verdict.work is not Work.PENDING:
                verdict = replace(verdict, work=Work.PENDING, due_at=now)  # news came meanwhile
            ours = _updated(db, claim, values | rows.after(verdict, now))
            if ours:
                sqlhistory.finished(db, claim, verdict, now)
            return ours

    def crowds(self, now: datetime) -> Sequence[Crowd]:
        at = now.timestamp()
        with self._read() as db:
            storming = set(db.scalars(select(topics.c.name).where(topics.c.until > at)))
            found = db.execute(queries.crowds(at)).all()
            return [Crowd(channel, count, channel in storming) for channel, count in found]

    def gather(self, channel: str, decide: Gather, now: datetime) -> bool:
        with self._write() as db:
            return sqlstorms.gather(db, channel, decide, now)

    def digests(self, limit: int) -> Sequence[Digest]:
        with self._read() as db:
            latest = (
                select(topics.c.id, topics.c.state)
                .where(topics.c.kind == Topic.DIGEST)
                .order_by(topics.c.until.desc())
                .limit(limit)
            )
            return [sqlstorms.digest(db, row.id, row.state) for row in db.execute(latest).all()]

    def release_all(self) -> None:
        with self._write() as db:
            db.execute(update(deliveries).where(queries.d.lease.is_not(None)).values(lease=None))

    def hasten(self, now: datetime) -> None:
        with self._write() as db:
            db.execute(queries.hasten(now.timestamp()))

    def retry(self, group_id: str | None, now: datetime) -> int:
        with self._write() as db:
            return db.execute(queries.retry(group_id, now.timestamp())).rowcount

    def retry_on_change(self, digest: str, now: datetime) -> bool:
        with self._write() as db:
            if _setting(db, "config_digest", digest) == digest:
                return False
            db.execute(update(meta).where(meta.c.key == "config_digest").values(value=digest))
            db.execute(queries.retry(None, now.timestamp()))
            return True

    def stand(self, group_id: str, change: Stand, now: datetime) -> Standing | None:
        with self._write() as db:
            old = db.execute(
                queries.whole().where(groups.c.id == group_id).with_for_update(of=deliveries)
            ).first()
            if old is None:
                return None
            before = codec.load_standing(old.standing)
            after = change(before)
            if after != before:
                _put(
                    db,
                    standings,
                    {"group_id": group_id},
                    {"standing": codec.dump_standing(after)},
                )
                version = {"version": old.version + 1}
                db.execute(update(groups).where(groups.c.id == group_id).values(version))
                woken = rows.woken(old, now)
                db.execute(update(deliveries).where(queries.d.group_id == group_id).values(woken))
            return after

    def standings(self) -> Mapping[str, Standing]:
        with self._read() as db:
            found = db.execute(select(standings).order_by(standings.c.group_id)).all()
            known = {row.group_id: codec.load_standing(row.standing) for row in found}
            return {name: standing for name, standing in known.items() if standing != Standing()}

    def find(self, group_id: str) -> Overview | None:
        with self._read() as db:
            row = db.execute(queries.whole().where(groups.c.id == group_id)).first()
            return rows.overview(row) if row else None

    def journal(self) -> Journal:
        return SqlJournal(self._write, self._read)

    def salt(self) -> bytes:
        return self._salt

    def _update_claim(self, claim: Claim, values: dict[str, Any]) -> bool:
        with self._write() as db:
            return _updated(db, claim, values)

    # Beside the queue ------------------------------------------------------------------------

    def remember_channel(self, channel: str, channel_id: str) -> None:
        with self._write() as db:
            _put(db, channels, {"name": channel}, {"id": channel_id})

    def channel_id(self, channel: str) -> str:
        with self._read() as db:
            found = db.scalar(select(channels.c.id).where(channels.c.name == channel))
            return found or ""

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        with self._write() as db:
            seen_at = heartbeat.seen_at.timestamp()
            _put(db, heartbeats, {"name": heartbeat.name}, {"seen_at": seen_at})

    def heard(self, watch: Watch, heartbeat: Heartbeat, missing_at: datetime) -> None:
        with self._write() as db:
            seen_at = heartbeat.seen_at
            _put(db, heartbeats, {"name": heartbeat.name}, {"seen_at": seen_at.timestamp()})
            sqlwatch.heard(db, watch, missing_at, seen_at)

    def begin_watching(
        self, expected: Sequence[tuple[Watch, datetime]], operations: bool, now: datetime
    ) -> None:
        with self._write() as db:
            for watch, missing_at in expected:
                sqlwatch.expect(db, watch, missing_at, now)
            sqlwatch.review(db, now)
            if operations:
                sqlwatch.mind(db, now)

    def heartbeats(self) -> Sequence[Heartbeat]:
        with self._read() as db:
            found = db.execute(select(heartbeats).order_by(heartbeats.c.name)).all()
            return [Heartbeat(row.name, rows.utc(row.seen_at)) for row in found]

    def reject(self, rejection: Rejected) -> None:
        with self._write() as db:
            db.execute(
                insert(rejected).values(
                    received_at=rejection.received_at.timestamp(),
                    reason=rejection.reason,
                    body=rejection.body,
                )
            )
            newest = select(rejected.c.id).order_by(rejected.c.id.desc()).limit(REJECTED_KEPT)
            db.execute(delete(rejected).where(rejected.c.id.not_in(newest)))

    def rejected(self) -> Sequence[Rejected]:
        with self._read() as db:
            found = db.execute(select(rejected).order_by(rejected.c.id.desc())).all()
            return [Rejected(rows.utc(row.received_at), row.reason, row.body) for row in found]

    def overview(self, limit: int, look: Look = EVERYTHING) -> Sequence[Overview]:
        with self._read() as db:
            return [rows.overview(row) for row in db.execute(queries.overview(limit, look))]

    def history(self, group_id: str) -> Sequence[Event]:
        with self._read() as db:
            return sqlhistory.read(db, group_id)

    def queues(self) -> Sequence[Queue]:
        with self._read() as db:
            found = db.execute(queries.queues()).all()
            return [Queue(row[0], row[1], row[2], rows.utc(row[3])) for row in found]

    def counts(self) -> Mapping[str, int]:
        with self._read() as db:
            found = db.execute(select(groups.c.firing, func.count()).group_by(groups.c.firing))
            known = {Status.FIRING if firing else Status.RESOLVED: count for firing, count in found}
            return {status: known.get(status, 0) for status in Status}

    def prune(self, before: datetime) -> int:
        idle = select(queries.d.group_id).where(queries.d.work == Work.IDLE)
        with self._write() as db:
            old = select(groups.c.id).where(
                groups.c.firing.is_(False),
                groups.c.updated_at < before.timestamp(),
                groups.c.id.in_(idle),
            )
            names = db.scalars(old).all()
            for name in names:
                db.execute(delete(groups).where(groups.c.id == name))
                db.execute(delete(deliveries).where(queries.d.group_id == name))
                db.execute(delete(standings).where(standings.c.group_id == name))
            sqlstorms.prune(db, before)
            sqlhistory.prune(db)
            sqlwatch.prune(db, before)
            return len(names)

    def check(self) -> None:
        with self._write() as db:
            _put(db, meta, {"key": "checked"}, {"value": secrets.token_hex(4)})

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _errors(), self._engine.connect() as connection:
            yield connection.execution_options(tocsin_reads=True)


@contextmanager
def _errors() -> Iterator[None]:
    """A database's errors as ours; without the statement, whose parameters are people's data."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise StoreError(f"database: {cause}") from error


def _claim(db: Connection, group_id: str, lease: str) -> Claim:
    if row := db.execute(queries.whole().where(groups.c.id == group_id)).first():
        return rows.claim(row, lease)
    topic = db.execute(queries.topic(group_id)).one()
    match Topic(topic.kind):
        case Topic.DIGEST:
            return rows.topic_claim(topic, lease, sqlstorms.digest(db, group_id, topic.state))
        case Topic.HEARTBEAT:
            return rows.topic_claim(topic, lease, codec.load_watch(topic.state))
        case Topic.OPERATIONS:
            return rows.topic_claim(topic, lease, Trouble())


def _known(db: Connection, group_id: str, row: Any) -> Known:
    """A group that is not new."""
    state, delivered = codec.load_state(row.state), codec.load_delivered(row.delivered)
    return Known(state, delivered, sqlstorms.memberships(db, group_id))


def _version(db: Connection, group_id: str) -> int | None:
    """How often a group's state, or a topic's, changed so far."""
    version = db.scalar(select(groups.c.version).where(groups.c.id == group_id))
    if version is None:
        version = db.scalar(select(topics.c.version).where(topics.c.id == group_id))
    return version


def _updated(db: Connection, claim: Claim, values: dict[str, Any]) -> bool:
    mine = queries.held_by(claim.group_id, claim.lease)
    return bool(db.execute(update(deliveries).where(mine).values(values)).rowcount)


def _setting(db: Connection, key: str, default: str) -> str:
    """The value of a setting; the default is written if there is none."""
    value = db.scalar(select(meta.c.value).where(meta.c.key == key))
    if value is None:
        db.execute(insert(meta).values(key=key, value=default))
        return default
    return str(value)


def _put(db: Connection, table: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Updates a row, or inserts it."""
    ((column, name),) = key.items()
    if not db.execute(update(table).where(table.c[column] == name).values(values)).rowcount:
        db.execute(insert(table).values(key | values))
