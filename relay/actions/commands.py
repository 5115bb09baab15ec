"""`/tocsin`: what people can type, and the answers that need nothing but a look at the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.actions.times import duration
from relay.config.model import Config
from relay.message.escape import code, prose
from relay.message.limits import fit_lines
from relay.message.look import dot
from relay.message.times import moment
from relay.model.group import Group, Status
from relay.model.job import Verb
from relay.model.standing import Standing
from relay.store import Overview, Store

LOOKED_AT = 2_000  # groups
SHOWN = 20
ROOM = 2_800  # of the 3,000 characters that are sure to be shown
SHORT_ID = 6

HELP = """\
*/tocsin* — what is firing
*/tocsin silences* — what is silenced, until when and by whom
*/tocsin mute* NAME 2h [why] — silence a group: 90m, 2h, 1h30m, 3d
*/tocsin unmute* NAME — end its silence
*/tocsin ack* NAME — somebody looks after it
*/tocsin unack* NAME — nobody does
NAME is an alert's name, or the first characters of the `id` that `/tocsin` shows."""

VERBS = {
    "ack": Verb.ACKNOWLEDGE,
    "acknowledge": Verb.ACKNOWLEDGE,
    "unack": Verb.UNACKNOWLEDGE,
    "mute": Verb.SILENCE,
    "silence": Verb.SILENCE,
    "unmute": Verb.UNSILENCE,
    "unsilence": Verb.UNSILENCE,
}


@dataclass(frozen=True)
class Wish:
    """A command that changes something, for one group."""

    verb: Verb
    group_id: str
    lasts: timedelta | None
    comment: str


def read(text: str, store: Store, config: Config, now: datetime) -> Wish | str:
    """What is wished, or at once the answer: what was asked for, or what is wrong with it."""
    words = text.split()
    word = words[0].lower() if words else "firing"
    match word:
        case "firing" | "status" | "list":
            return firing(store, config, now)
        case "silences" | "silenced":
            return silences(store, config, now)
        case "help":
            return HELP
    if word not in VERBS:
        return f"There is no {code(words[0], 60)} here.\n{HELP}"
    return _wish(VERBS[word], words[1:], store, config, now)


def firing(store: Store, config: Config, now: datetime) -> str:
    """What fires, the worst first."""
    found = _firing(store)
    count = store.counts()[Status.FIRING]
    if not count:
        return "Nothing is firing."
    ordered = sorted(found, key=lambda one: -_rank(one.group, config))
    return f"*{count} firing*\n{_lines(ordered, config, now, count)}"


def silences(store: Store, config: Config, now: datetime) -> str:
    """What is silenced."""
    found = []
    for group_id, standing in store.standings().items():
        if standing.silenced and standing.silenced.until > now and (one := store.find(group_id)):
            found.append(one)
    if not found:
        return "Nothing is silenced."
    return f"*{len(found)} silenced*\n{_lines(found, config, now, len(found))}"


def _wish(
    verb: Verb, words: Sequence[str], store: Store, config: Config, now: datetime
) -> Wish | str:
    """The name is all before the duration, the comment all behind it."""
    lasts, comment, name = None, "", " ".join(words)
    if verb is Verb.SILENCE:
        place = next((n for n, word in enumerate(words) if n and duration(word)), 0)
        if not place:
            return "For how long? Such as `/tocsin mute HostCpuHigh 2h disk is being replaced`."
        name, lasts = " ".join(words[:place]), duration(words[place])
        comment = " ".join(words[place + 1 :])
    if not name:
        return "Which group? `/tocsin` shows what is firing."
    found = [one for one in _candidates(store) if _is_called(one, name)]
    if not found:
        return f"No group that fires or is silenced is called {code(name, 80)}."
    if len(found) > 1:
        return f"Which one? Use its id.\n{_lines(found, config, now, len(found))}"
    return Wish(verb, found[0].group_id, lasts, comment)


def _candidates(store: Store) -> list[Overview]:
    known = {one.group_id: one for one in _firing(store)}
    for group_id, standing in store.standings().items():
        if standing.silenced and group_id not in known and (one := store.find(group_id)):
            known[group_id] = one
    return list(known.values())


def _firing(store: Store) -> list[Overview]:
    found = store.overview(LOOKED_AT)
    return [one for one in found if one.group.status is Status.FIRING]


def _is_called(one: Overview, name: str) -> bool:
    by_id = len(name) >= 4 and one.group_id.startswith(name.lower())
    return by_id or one.group.name.casefold() == name.casefold()


def _lines(found: Sequence[Overview], config: Config, now: datetime, count: int) -> str:
    lines = [_line(one, config, now) for one in found[:SHOWN]]
    return fit_lines(lines, ROOM, lambda left: f"_+{left} more_", beyond=count - len(lines))


def _line(one: Overview, config: Config, now: datetime) -> str:
    group = one.group
    severity = group.severity(config.severities)
    labels = ", ".join(
        f"{name}={value}"
        for name, value in sorted(group.group_labels.items())
        if name not in {"alertname", "severity"}
    )
    parts = [
        f"{dot(severity, config.severities)} {prose(severity, 30)} *{prose(group.name, 80)}*",
        code(labels, 120) if labels else "",
        f"since {moment(group.started_at)}" if group.started_at else "",
        _stands(one.standing.now(group, now)),
        prose(one.channel, 60),
        f"id {code(one.group_id[:SHORT_ID], 20)}",
    ]
    return " · ".join(part for part in parts if part)


def _stands(standing: Standing) -> str:
    told = []
    if standing.acknowledged:
        told.append(f"👀 {prose(standing.acknowledged.by, 60)}")
    if standing.silenced:
        silenced = standing.silenced
        told.append(f"🔕 until {moment(silenced.until)} {prose(silenced.by, 60)}")
    return " ".join(told)


def _rank(group: Group, config: Config) -> int:
    return config.severities.rank(group.severity(config.severities))
