"""Before anything is claimed: what would wait for too long joins a digest."""

import secrets
from datetime import datetime
from functools import partial

from relay.config.model import Config
from relay.delivery.limits import EDIT_BURST
from relay.logs import logger
from relay.model.storm import DIGEST_ID
from relay.planning.gather import gather
from relay.store import Store

AT_ONCE = 200  # groups that join a storm in one transaction: webhooks wait for that long

log = logger("relay.delivery.crowds")


def gather_crowds(store: Store, config: Config, now: datetime) -> None:
    """Lets digests tell what would wait for too long."""
    limits = config.limits
    many = config.storm.crowd(limits.messages_per_second, limits.burst)
    crowds = store.crowds(now)
    edits = config.storm.wave(limits.edits_per_minute, EDIT_BURST)
    wave = sum(crowd.over for crowd in crowds) > edits  # edits share one rate
    for crowd in crowds:
        joins = crowd.waiting > many or (crowd.waiting and crowd.storming)
        if not joins and not (wave and crowd.over > 1):
            continue
        decide = partial(
            gather,
            channel=crowd.channel,
            config=config,
            now=now,
            new_id=f"{DIGEST_ID}{secrets.token_hex(5)}",
            wave=wave and crowd.over > 1,
        )
        most, left = max(AT_ONCE, 2 * many), crowd.waiting + crowd.over
        while left > 0 and store.gather(crowd.channel, decide, now, most):
            left -= most
            log.info("a storm", channel=crowd.channel, waiting=crowd.waiting)
