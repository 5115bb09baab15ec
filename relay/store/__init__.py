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

__all__ = [
    "Claim",
    "Heartbeat",
    "Overview",
    "Queue",
    "Rejected",
    "Store",
    "StoreError",
    "Verdict",
    "Wanted",
    "Work",
    "group_id",
]
