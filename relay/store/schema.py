"""The tables. Times are seconds since 1970, in UTC."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

VERSION = 2
"""Raised with every change to the tables: see `upgrade`. A store of a newer version is refused."""

metadata = MetaData()


class Words(TypeDecorator[str]):
    """Text from outside: what no UTF-8 text and no PostgreSQL column can hold is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        if not isinstance(value, str):
            return value
        whole = value.encode("utf-8", "replace").decode("utf-8")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the store: its version, its salt, the digest of the last configuration."""

groups = Table(
    "groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # relay.model.state.State as JSON
    Column("version", Integer, nullable=False),  # counts the states that people would tell apart
    Column("firing", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("updated_at", Double, nullable=False),
)
"""What Alertmanager says: the desired state."""

groups_old = Index("groups_old", groups.c.firing, groups.c.updated_at)

deliveries = Table(
    "deliveries",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("work", Text, nullable=False),  # relay.store.contract.Work
    Column("due_at", Double),  # NULL: not by itself
    Column("waiting_since", Double),  # NULL: nothing waits
    Column("firing", Boolean, nullable=False),  # as in groups: claims go by it
    Column("rank", Integer, nullable=False),  # as in groups
    Column("channel", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("delivered", Text, nullable=False),  # relay.model.delivered.Delivered as JSON
    Column("intent", Text),  # relay.model.delivered.Intent as JSON, while a post's fate is unknown
    Column("lease", Text),  # NULL: nobody works on it
    Column("lease_until", Double, nullable=False),
    Column("last_error", Words, nullable=False),
    Column("last_error_at", Double),
    Column("sent_at", Double),
)
"""What Slack was told, and what has to be done next."""

Index("deliveries_due", deliveries.c.work, deliveries.c.due_at)

standings = Table(
    "standings",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("standing", Text, nullable=False),  # relay.model.standing.Standing as JSON
)
"""Groups that somebody acknowledged or silenced."""

topics = Table(
    "topics",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # relay.store.contract.Topic
    Column("name", Words, nullable=False),  # a digest's channel, a heartbeat's name
    Column(
        "state", Text, nullable=False
    ),  # relay.model.storm.Storm, relay.planning.deadman.Watch as JSON
    Column("version", Integer, nullable=False),
    Column("until", Double),  # when a storm is over
    Column("updated_at", Double, nullable=False),
)
"""What the relay speaks of by itself. Each has a row in deliveries, as a group has."""

members = Table(
    "members",
    metadata,
    Column("topic_id", Text, primary_key=True),
    Column("group_id", Text, primary_key=True, index=True),
    Column("member", Text, nullable=False),  # relay.model.storm.Member as JSON
    Column("firing", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),  # this digest speaks for the group; one at most
    Column("following", Boolean, nullable=False),  # the digest changes as the group does
)
"""The groups that a digest tells of."""

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False),
)
"""The IDs that Slack gave for channel names."""

lanes = Table(
    "lanes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("ready_at", Double, nullable=False),  # when all that was taken is paid for
    Column("held_until", Double, nullable=False),  # Slack asked to be left alone
)
"""What is left of each lane's rate, for all that deliver."""

turns = Table(
    "turns",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("at", Double, nullable=False),
)
"""When something of a channel was last taken to be delivered."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Words, primary_key=True),
    Column("seen_at", Double, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("received_at", Double, nullable=False),
    Column("reason", Words, nullable=False),
    Column("body", Words, nullable=False),
)
"""Bodies that were no webhook; bounded."""

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("group_id", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("what", Text, nullable=False),  # relay.model.history.What
    Column("text", Words, nullable=False),
)
"""What happened to each group, for people; bounded."""

Index("history_of", history.c.group_id, history.c.number)

requests = Table(
    "requests",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Double, nullable=False),
)
"""What Slack sent lately, by signature: the same thing is not done twice."""

actions = Table(
    "actions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("asked_at", Double, nullable=False),
    Column("group_id", Text, nullable=False, index=True),
    Column("job", Text, nullable=False),  # relay.model.job.Job as JSON
    Column("result", Text, nullable=False),  # relay.store.journal.Result
    Column("due_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text),  # NULL: nobody works on it
    Column("lease_until", Double, nullable=False),
    Column("told", Words, nullable=False),
    Column("ended_at", Double),  # NULL while it waits
)
"""What people asked for from Slack: a queue, and the record of who did what."""

Index("actions_due", actions.c.result, actions.c.due_at)
