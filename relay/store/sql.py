"""The contract on SQLAlchemy Core: each method is one transaction, made of parts that stand in the
modules beside it. What differs between engines is in their own modules."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from relay.model import codec
from relay.model.delivered import Intent
from relay.model.group import Status
from relay.model.history import Event
from relay.model.standing import Standing
from relay.model.storm import Digest
from relay.model.watch import Watch
from relay.store import (
    queries,
    rows,
    sqlaside,
    sqlgroups,
    sqlhistory,
    sqlqueue,
    sqlstorms,
    sqltakein,
    sqlwatch,
    upgrade,
)
from relay.store.database import Database
from relay.store.journal import Journal
from relay.store.put import put
from relay.store.records import (
    EVERYTHING,
    Change,
    Claim,
    Crowd,
    Gather,
    Heartbeat,
    Lane,
    Look,
    Overview,
    Queue,
    Rejected,
    Stand,
    Verdict,
)
from relay.store.schema import deliveries, groups, meta, standings, topics
from relay.store.sqljournal import SqlJournal
from relay.store.sqltakein import Incoming
from relay.store.together import Together

T = TypeVar("T")


class SqlStore:
    """A Store in a database. Opening it creates or upgrades the tables, or raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.database = self._db = Database(engine)
        self._salt = self._db.write(upgrade.prepare)
        self._claimed = False  # when it last looked there was work, and there may be more
        self._intake = Together(self._take_in, key=lambda each: each.group_id)

    def take_in(self, group_id: str, change: Change, now: datetime) -> None:
        self._intake.write(Incoming(group_id, change, now))

    def _take_in(self, incoming: Sequence[Incoming]) -> None:
        self._db.write(lambda db: sqltakein.take_in(db, incoming))

    # Delivering ------------------------------------------------------------------------------

    def claim(self, now: datetime, held: Collection[str], seconds: float) -> Claim | None:
        wanted = {"now": now.timestamp(), "held": list(held)}
        if not self._claimed and not self._db.read(
            lambda db: db.execute(queries.due(), wanted).first()
        ):
            return None  # looked for many times a second: not worth a transaction that writes
        claimed = self._db.write(
            lambda db: sqlqueue.claim(db, now, list(held), seconds), lasting=False
        )
        self._claimed = claimed is not None
        return claimed

    def intend(self, claim: Claim, intent: Intent) -> bool:
        noted = {"intent": codec.dump_intent(intent)}
        return self._db.write(lambda db: sqlqueue.updated(db, claim, noted))

    def renew(self, claims: Sequence[Claim], now: datetime, seconds: float) -> None:
        until = {"lease_until": now.timestamp() + seconds}

        def work(db: Connection) -> None:
            for claim in sorted(claims, key=lambda each: each.group_id):
                sqlqueue.updated(db, claim, until)

        self._db.write(work, lasting=False)

    def finish(self, claim: Claim, verdict: Verdict, now: datetime) -> bool:
        return self._db.write(lambda db: sqlqueue.finish(db, claim, verdict, now), lasting=False)

    def crowds(self, now: datetime) -> Sequence[Crowd]:
        at = now.timestamp()

        def work(db: Connection) -> Sequence[Crowd]:
            storming = set(db.scalars(select(topics.c.name).where(topics.c.until > at)))
            found = db.execute(queries.crowds(), {"now": at}).all()
            return [
                Crowd(channel, count - over, channel in storming, over)
                for channel, count, over in found
            ]

        return self._db.read(work)

    def gather(
        self, channel: str, decide: Gather, now: datetime, most: int = sqlstorms.MANY
    ) -> bool:
        return self._db.write(lambda db: sqlstorms.gather(db, channel, decide, now, most))

    def acknowledge_storm(self, storm_id: str, by: str, at: datetime, now: datetime) -> bool:
        return self._db.write(lambda db: sqlstorms.acknowledge(db, storm_id, by, at, now))

    def digests(self, limit: int) -> Sequence[Digest]:
        return self._db.read(lambda db: sqlstorms.digests(db, limit))

    def release_all(self) -> None:
        held = update(deliveries).where(queries.d.lease.is_not(None)).values(lease=None)
        self._db.write(lambda db: db.execute(held))

    def lanes(self) -> Mapping[str, Lane]:
        return self._db.read(sqlaside.lanes)

    def take_lane(self, name: str, change: Callable[[Lane], Lane]) -> Lane:
        return self._db.write(lambda db: sqlaside.take_lane(db, name, change))

    def hasten(self, now: datetime) -> None:
        self._db.write(lambda db: db.execute(queries.hasten(now.timestamp())))

    def set_back(self, now: datetime) -> None:
        self._db.write(lambda db: sqlqueue.set_back(db, now.timestamp()))

    def retry(self, group_id: str | None, now: datetime) -> int:
        parked = queries.retry(group_id, now.timestamp())
        return self._db.write(lambda db: db.execute(parked).rowcount)

    def retry_on_change(self, digest: str, now: datetime) -> bool:
        return self._db.write(lambda db: sqlaside.retry_on_change(db, digest, now))

    # People ----------------------------------------------------------------------------------

    def stand(self, group_id: str, change: Stand, now: datetime) -> Standing | None:
        return self._db.write(lambda db: sqlgroups.stand(db, group_id, change, now))

    def standings(self) -> Mapping[str, Standing]:
        every = select(standings).order_by(standings.c.group_id)
        found = self._db.read(lambda db: db.execute(every).all())
        known = {row.group_id: codec.load_standing(row.standing) for row in found}
        return {name: standing for name, standing in known.items() if standing != Standing()}

    def find(self, group_id: str) -> Overview | None:
        return self._db.read(lambda db: sqlgroups.find(db, group_id))

    def journal(self) -> Journal:
        return SqlJournal(self._db)

    def salt(self) -> bytes:
        return self._salt

    # Beside the queue ------------------------------------------------------------------------

    def remember_channel(self, channel: str, channel_id: str) -> None:
        self._db.write(lambda db: sqlaside.remember_channel(db, channel, channel_id))

    def channel_id(self, channel: str) -> str:
        return self._db.read(lambda db: sqlaside.channel_id(db, channel))

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        self._db.write(lambda db: sqlaside.heard(db, heartbeat))

    def heard(self, watch: Watch, heartbeat: Heartbeat, missing_at: datetime) -> None:
        def work(db: Connection) -> None:
            sqlaside.heard(db, heartbeat)
            sqlwatch.heard(db, watch, missing_at, heartbeat.seen_at)

        self._db.write(work)

    def begin_watching(
        self, expected: Sequence[tuple[Watch, datetime]], operations: bool, now: datetime
    ) -> None:
        def work(db: Connection) -> None:
            for watch, missing_at in expected:
                sqlwatch.expect(db, watch, missing_at, now)
            sqlwatch.review(db, now)
            if operations:
                sqlwatch.mind(db, now)

        self._db.write(work)

    def heartbeats(self) -> Sequence[Heartbeat]:
        return self._db.read(sqlaside.beats)

    def reject(self, rejection: Rejected) -> None:
        self._db.write(lambda db: sqlaside.reject(db, rejection))

    def rejected(self) -> Sequence[Rejected]:
        return self._db.read(sqlaside.rejections)

    def overview(self, limit: int, look: Look = EVERYTHING) -> Sequence[Overview]:
        return self.survey(limit, look, lambda each: each)

    def survey(self, limit: int, look: Look, told: Callable[[Overview], T]) -> Sequence[T]:
        wanted = queries.overview(limit, look)
        return self._db.read(lambda db: [told(rows.overview(row)) for row in db.execute(wanted)])

    def history(self, group_id: str) -> Sequence[Event]:
        return self._db.read(lambda db: sqlhistory.read(db, group_id))

    def queues(self) -> Sequence[Queue]:
        found = self._db.read(lambda db: db.execute(queries.queues()).all())
        return [Queue(row[0], row[1], row[2], rows.utc(row[3])) for row in found]

    def counts(self) -> Mapping[str, int]:
        by_status = select(groups.c.firing, func.count()).group_by(groups.c.firing)
        found = self._db.read(lambda db: db.execute(by_status).all())
        known = {Status.FIRING if firing else Status.RESOLVED: count for firing, count in found}
        return {status: known.get(status, 0) for status in Status}

    def prune(self, before: datetime, limit: int = 200) -> int:
        def work(db: Connection) -> int:
            sqlstorms.prune(db, before, limit)
            sqlwatch.prune(db, before, limit)
            return sqlgroups.prune(db, before, limit)

        return self._db.write(work)

    def time(self) -> datetime | None:
        if self._db.engine.dialect.name != "postgresql":
            return None
        found = self._db.read(lambda db: db.scalar(select(func.clock_timestamp())))
        return found.astimezone(UTC) if found else None

    def check(self) -> None:
        checked = {"value": secrets.token_hex(4)}
        self._db.write(lambda db: put(db, meta, {"key": "checked"}, checked))

    def close(self) -> None:
        try:
            self._db.close()
        except SQLAlchemyError:  # the server has gone: nothing is left to let go of
            pass
