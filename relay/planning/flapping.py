"""Groups that fire and resolve again and again. Pure."""

from collections.abc import Sequence
from datetime import datetime

from relay.config.policy import Flapping

KEPT = 50


def recent(fired: Sequence[datetime], limits: Flapping, now: datetime) -> tuple[datetime, ...]:
    """The times that still count, with `now` as one more."""
    return (*(at for at in fired if now - at <= limits.within), now)[-KEPT:]


def flaps(fired: Sequence[datetime], limits: Flapping) -> bool:
    """Whether it fired so often that people are not called each time. `fired` is `recent`."""
    return len(fired) >= limits.times
