"""The store's two ends in tests: webhooks taken in, and work claimed."""

from relay_kit import CONFIG, at, webhook

from relay.intake.ingest import take_in
from relay.model.group import Alert
from relay.store import Claim, Store, group_id

NOW = at(0)


def tell(store: Store, *alerts: Alert, key: str = "k", minute: float = 0) -> str:
    take_in(webhook(*alerts, key=key), store, CONFIG, at(minute))
    return group_id("relay", key)


def claim(store: Store, minute: float = 0, held: tuple[str, ...] = ()) -> Claim:
    claimed = store.claim(at(minute), held, 60)
    assert claimed
    return claimed
