"""Where desired state and deliveries are kept: one contract, one module per engine."""

from relay.store.contract import (
    Claim,
    Crowd,
    Followed,
    Gather,
    Heartbeat,
    Known,
    Overview,
    Queue,
    Rejected,
    Store,
    StoreError,
    Topic,
    Verdict,
    Wanted,
    Work,
    group_id,
)
from relay.store.journal import Entry, Journal, Result, Taken

__all__ = [
    "Claim",
    "Crowd",
    "Entry",
    "Followed",
    "Gather",
    "Heartbeat",
    "Journal",
    "Known",
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
