"""The tables. Times are seconds since 1970, in UTC."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""Raised with every change to the tables; a store of a newer version is not opened."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the store: its version, its salt, the digest of the last configuration."""

groups = Table(
    "groups",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state", Text, nullable=False),  # relay.model.state.State as JSON
    Column("version", Integer, nullable=False),  # counts the states that people would tell apart
    Column("firing", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("updated_at", Double, nullable=False),
)
"""What Alertmanager says: the desired state."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("group_id", String(16), primary_key=True),
    Column("work", String(8), nullable=False),  # relay.store.contract.Work
    Column("due_at", Double),  # NULL: not by itself
    Column("waiting_since", Double),  # NULL: nothing waits
    Column("firing", Boolean, nullable=False),  # as in groups: claims go by it
    Column("rank", Integer, nullable=False),  # as in groups
    Column("channel", String(100), nullable=False),
    Column("lane", String(110), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("delivered", Text, nullable=False),  # relay.model.delivered.Delivered as JSON
    Column("intent", Text),  # relay.model.delivered.Intent as JSON, while a post's fate is unknown
    Column("lease", String(40)),  # NULL: nobody works on it
    Column("lease_until", Double, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("last_error_at", Double),
    Column("sent_at", Double),
)
"""What Slack was told, and what has to be done next."""

Index("deliveries_due", deliveries.c.work, deliveries.c.due_at)

standings = Table(
    "standings",
    metadata,
    Column("group_id", String(16), primary_key=True),
    Column("standing", Text, nullable=False),  # relay.model.standing.Standing as JSON
)
"""Groups that somebody acknowledged or silenced."""

topics = Table(
    "topics",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(10), nullable=False),  # relay.store.contract.Topic
    Column("name", Text, nullable=False),  # a digest's channel, a heartbeat's name
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
    Column("topic_id", String(16), primary_key=True),
    Column("group_id", String(16), primary_key=True, index=True),
    Column("member", Text, nullable=False),  # relay.model.storm.Member as JSON
    Column("firing", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),  # this digest speaks for the group; one at most
    Column("following", Boolean, nullable=False),  # the digest changes as the group does
)
"""The groups that a digest tells of."""

channels = Table(
    "channels",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("id", String(40), nullable=False),
)
"""The IDs that Slack gave for channel names."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seen_at", Double, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("received_at", Double, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Bodies that were no webhook; bounded."""

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("group_id", String(16), nullable=False),
    Column("at", Double, nullable=False),
    Column("what", String(8), nullable=False),  # relay.model.history.What
    Column("text", Text, nullable=False),
)
"""What happened to each group, for people; bounded."""

Index("history_of", history.c.group_id, history.c.number)

requests = Table(
    "requests",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)
"""What Slack sent lately, by signature: the same thing is not done twice."""

actions = Table(
    "actions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("asked_at", Double, nullable=False),
    Column("group_id", String(16), nullable=False, index=True),
    Column("job", Text, nullable=False),  # relay.model.job.Job as JSON
    Column("result", String(8), nullable=False),  # relay.store.journal.Result
    Column("due_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", String(40)),  # NULL: nobody works on it
    Column("lease_until", Double, nullable=False),
    Column("told", Text, nullable=False),
    Column("ended_at", Double),  # NULL while it waits
)
"""What people asked for from Slack: a queue, and the record of who did what."""

Index("actions_due", actions.c.result, actions.c.due_at)
