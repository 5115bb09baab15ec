"""Follows silences in Alertmanager, so that a message never says what is no longer so.

Each round:
1. Ask every configured Alertmanager for its silences.
2. A silence that we show: was it ended or changed? Then so is what we show.
3. A silence that nobody showed us, made elsewhere: which groups does it cover?
4. Alertmanager tells nothing of alerts that are silenced, not even that they resolved: so ask it
   what still fires, and take in what does not any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from relay.alertmanager import Alertmanagers, ServerError, Silence
from relay.clock import Clock
from relay.config.model import Config
from relay.intake.ingest import take_in
from relay.intake.webhook import Webhook
from relay.logs import logger
from relay.model.group import Alert, Group, Status
from relay.model.standing import Silenced, Standing, silence, unsilence
from relay.store import Overview, Store

LOOKED_AT = 2_000  # groups that a new silence is held against
GONE_AFTER = timedelta(minutes=2)
"""How long an alert must be missing: an Alertmanager that was just started knows none until
Prometheus sends them again, within a minute or so."""

log = logger("relay.actions.follow")

Known = Mapping[str, list[Silence] | ServerError]


class Follower:
    """`round()` is one round; it remembers which silences it has seen."""

    def __init__(
        self, store: Store, alertmanagers: Alertmanagers, config: Config, clock: Clock
    ) -> None:
        self._store, self._alertmanagers = store, alertmanagers
        self._config, self._clock = config, clock
        self._seen: dict[str, datetime | None] = {}
        self._missing: dict[tuple[str, str], datetime] = {}
        self._away: set[str] = set()

    def round(self) -> bool:
        """Whether anything changed."""
        if not self._alertmanagers.servers:
            return self._expired()
        known = self._alertmanagers.silences()
        self._note(known)
        changed = self._shown(known)
        return self._made_elsewhere(known) or changed

    def _note(self, known: Known) -> None:
        """Says once that an Alertmanager is away, and once that it is back."""
        away = {url: error for url, error in known.items() if isinstance(error, ServerError)}
        for url in away.keys() - self._away:
            log.warning("cannot follow silences", reason=away[url])
        for url in self._away - away.keys():
            log.info("follows silences again", alertmanager=url)
        self._away = set(away)

    def _expired(self) -> bool:
        """Without an Alertmanager to ask, a silence ends when it said it would."""
        changed = False
        for group_id, silenced in self._silenced():
            if silenced.until <= self._clock.now():
                changed |= self._stand(group_id, silenced, None)
        return changed

    def _shown(self, known: Known) -> bool:
        changed = False
        for group_id, silenced in self._silenced():
            now = self._holds(silenced, known)
            if now != silenced:
                changed |= self._stand(group_id, silenced, now)
            elif isinstance(known.get(silenced.alertmanager), list):
                changed |= self._resolved_meanwhile(group_id, silenced)
        return changed

    def _silenced(self) -> Iterator[tuple[str, Silenced]]:
        for group_id, standing in self._store.standings().items():
            if standing.silenced:
                yield group_id, standing.silenced

    def _holds(self, silenced: Silenced, known: Known) -> Silenced | None:
        """What is left of it. One that its own Alertmanager cannot tell about holds to its end."""
        versions = [
            each
            for silences in known.values()
            if isinstance(silences, list)
            for each in silences
            if each.id == silenced.id
        ]
        now = self._clock.now()
        if active := [each for each in versions if each.state != "expired" and each.ends_at > now]:
            ends_at = max(each.ends_at for each in active)
            moved = abs(ends_at - silenced.until) >= timedelta(seconds=1)
            return replace(silenced, until=ends_at) if moved else silenced
        told = isinstance(known.get(silenced.alertmanager), list)
        return None if versions or told or silenced.until <= now else silenced

    def _stand(self, group_id: str, was: Silenced, now: Silenced | None) -> bool:
        def change(standing: Standing) -> Standing:
            if standing.silenced != was:  # somebody acted meanwhile
                return standing
            return silence(standing, now) if now else unsilence(standing)

        self._store.stand(group_id, change, self._clock.now())
        log.info("a silence ended or moved", group=group_id, until=now.until if now else "over")
        return True

    def _made_elsewhere(self, known: Known) -> bool:
        """Silences that are new or changed since the last round, held against what fires."""
        fresh: list[tuple[str, Silence]] = []
        seen: dict[str, datetime | None] = {}
        for url, silences in known.items():
            for each in silences if isinstance(silences, list) else ():
                if each.state != "active":
                    continue
                if each.id not in seen and self._seen.get(each.id) != each.updated_at:
                    fresh.append((url, each))
                seen[each.id] = each.updated_at
        changed = bool(fresh) and self._cover(fresh)
        self._seen = seen  # only now: a store that fails has us look again
        return changed

    def _cover(self, fresh: list[tuple[str, Silence]]) -> bool:
        changed, now = False, self._clock.now()
        for entry in self._store.overview(LOOKED_AT):
            group = entry.group
            if not group.firing or group.hidden or entry.standing.now(group, now).silenced:
                continue
            for url, each in fresh:
                if all(each.covers(alert.labels) for alert in group.firing):
                    changed |= self._show(entry, url, each)
                    break
        return changed

    def _show(self, entry: Overview, url: str, found: Silence) -> bool:
        now = self._clock.now()
        silenced = Silenced(
            found.ends_at, found.author, found.starts_at, found.id, url, found.comment
        )

        def change(standing: Standing) -> Standing:
            held = standing.silenced and standing.silenced.until > now
            return standing if held else silence(standing, silenced)

        self._store.stand(entry.group_id, change, now)
        log.info("a silence was made elsewhere", group=entry.group_id, author=found.author)
        return True

    def _resolved_meanwhile(self, group_id: str, silenced: Silenced) -> bool:
        entry = self._store.find(group_id)
        if entry is None or not entry.group.firing:
            return False
        group, now = entry.group, self._clock.now()
        labels = group.group_labels or group.common_labels
        try:
            firing = self._alertmanagers.firing(silenced.alertmanager, labels)
        except ServerError as error:
            log.warning("cannot follow silenced alerts", reason=error)
            return False
        gone: dict[str, datetime] = {}
        for alert in group.firing:
            key = (group_id, alert.fingerprint)
            if alert.fingerprint in firing:
                self._missing.pop(key, None)
            elif now - (since := self._missing.setdefault(key, now)) >= GONE_AFTER:
                gone[alert.fingerprint] = since
                del self._missing[key]
        if gone:
            take_in(_webhook(group, gone), self._store, self._config, now)
            log.info("alerts resolved while silenced", group=group_id, count=len(gone))
        return bool(gone)


def _webhook(group: Group, gone: Mapping[str, datetime]) -> Webhook:
    """What Alertmanager would have sent, had the alerts not been silenced. It names every alert,
    and leaves out as many as before."""

    def now(alert: Alert) -> Alert:
        ended = gone.get(alert.fingerprint)
        if ended is None:
            return alert
        return replace(alert, status=Status.RESOLVED, ends_at=max(ended, alert.starts_at))

    return Webhook(
        group.receiver,
        group.group_key,
        group.group_labels,
        tuple(now(alert) for alert in group.alerts),
        group.external_url,
        group.hidden,
    )
