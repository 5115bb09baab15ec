"""Where desired state and deliveries are kept: one contract, one module per engine."""

from relay.store.contract import (
    Claim,
    Heartbeat,
    Overview,
    Queue,
    Rejected,
    Store,
    StoreError,
    Verdict,
    Wanted,
    Work,
    group_id,
)
from relay.store.journal import Entry, Journal, Result, Taken

__all__ = [
    "Claim",
    "Entry",
    "Heartbeat",
    "Journal",
    "Overview",
    "Queue",
    "Rejected",
    "Result",
    "Store",
    "StoreError",
    "Taken",
    "Verdict",
    "Wanted",
    "Work",
    "group_id",
]
