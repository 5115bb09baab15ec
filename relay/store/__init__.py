"""Where desired state and deliveries are kept: one contract, one module per engine."""

from relay.store.contract import Store, StoreError, group_id
from relay.store.journal import Entry, Journal, Result, Taken
from relay.store.records import (
    Claim,
    Crowd,
    Followed,
    Gather,
    Heartbeat,
    Known,
    Lane,
    Look,
    Overview,
    Queue,
    Rejected,
    Topic,
    Verdict,
    Wanted,
    Work,
)

__all__ = [
    "Claim",
    "Crowd",
    "Entry",
    "Followed",
    "Gather",
    "Heartbeat",
    "Journal",
    "Known",
    "Lane",
    "Look",
    "Overview",
    "Queue",
    "Rejected",
    "Result",
    "Store",
    "StoreError",
    "Taken",
    "Topic",
    "Verdict",
    "Wanted",
    "Work",
    "group_id",
]
