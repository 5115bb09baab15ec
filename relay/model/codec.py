"""What is stored, to and from JSON text."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from relay.model.delivered import Accounted, Delivered, Intent, Kind, MessageRef, Thread, Told
from relay.model.group import Alert, Status
from relay.model.standing import Acknowledged, Silenced, Standing
from relay.model.state import Record, State
from relay.model.storm import Member, Storm
from relay.model.watch import Watch

T = TypeVar("T")
_ACCOUNTED_TIMES = ("woke_at", "edited_at", "listed_at", "escalated_from")


def dump_state(state: State) -> str:
    return _dumps(
        {
            "receiver": state.receiver,
            "group_key": state.group_key,
            "group_labels": dict(state.group_labels),
            "external_url": state.external_url,
            "hidden": state.hidden,
            "records": [_record(record) for record in state.records],
            "horizon": _iso(state.horizon),
            "horizon_at": _iso(state.horizon_at),
        }
    )


def load_state(text: str) -> State:
    data = json.loads(text)
    data["records"] = tuple(_load_record(record) for record in data["records"])
    return _load(State, data, "horizon", "horizon_at")


def dump_delivered(delivered: Delivered) -> str:
    return _dumps(_delivered(delivered))


def load_delivered(text: str) -> Delivered:
    return _load_delivered(json.loads(text))


def dump_intent(intent: Intent) -> str:
    return _dumps(
        {
            "token": intent.token,
            "kind": intent.kind,
            "channel": intent.channel,
            "thread_ts": intent.thread_ts,
            "at": intent.at.isoformat(),
            "after": _delivered(intent.after),
            "looked": intent.looked,
            "pages": intent.pages,
            "cursor": intent.cursor,
        }
    )


def load_intent(text: str) -> Intent:
    data = json.loads(text)
    data["kind"] = Kind(data["kind"])
    data["at"] = datetime.fromisoformat(data["at"])
    data["after"] = _load_delivered(data["after"])
    return Intent(**data)


def dump_storm(storm: Storm) -> str:
    return _dumps(_plain(storm))


def load_storm(text: str) -> Storm:
    times = ("opened_at", "ends_at", "joined_at", "acknowledged_at")
    return _load(Storm, json.loads(text), *times)


def dump_member(member: Member) -> str:
    return _dumps(_plain(member))


def load_member(text: str) -> Member:
    return _load(Member, json.loads(text), "started_at", "ended_at")


def dump_watch(watch: Watch) -> str:
    return _dumps(_plain(watch))


def load_watch(text: str) -> Watch:
    data = json.loads(text)
    return _load(Watch, {**data, "gaps": tuple(data.get("gaps", ()))}, "seen_at")


def dump_standing(standing: Standing) -> str:
    acknowledged, silenced = standing.acknowledged, standing.silenced
    return _dumps(
        {
            "acknowledged": acknowledged and _plain(acknowledged),
            "silenced": silenced and _plain(silenced),
        }
    )


def load_standing(text: str | None) -> Standing:
    """None, where nothing was ever stored, is nothing."""
    data = json.loads(text) if text else {}
    acknowledged, silenced = data.get("acknowledged"), data.get("silenced")
    return Standing(
        acknowledged and _load(Acknowledged, acknowledged, "at"),
        silenced and _load(Silenced, silenced, "at", "until"),
    )


def _record(record: Record) -> dict[str, Any]:
    alert = record.alert
    return {
        "fingerprint": alert.fingerprint,
        "status": alert.status,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": alert.starts_at.isoformat(),
        "ends_at": _iso(alert.ends_at),
        "generator_url": alert.generator_url,
        "reported_at": record.reported_at.isoformat(),
        "learnt_at": _iso(record.learnt_at),
        "presumed": record.presumed,
        "doubted_until": _iso(record.doubted_until),
    }


def _load_record(data: Mapping[str, Any]) -> Record:
    return Record(
        alert=Alert(
            fingerprint=data["fingerprint"],
            status=Status(data["status"]),
            labels=data["labels"],
            annotations=data["annotations"],
            starts_at=datetime.fromisoformat(data["starts_at"]),
            ends_at=_time(data["ends_at"]),
            generator_url=data["generator_url"],
        ),
        reported_at=datetime.fromisoformat(data["reported_at"]),
        learnt_at=_time(data["learnt_at"]),
        presumed=data["presumed"],
        doubted_until=_time(data.get("doubted_until")),
    )


def _delivered(delivered: Delivered) -> dict[str, Any]:
    message = delivered.message
    return {
        "message": [message.channel_id, message.ts, message.channel] if message else None,
        "fingerprint": delivered.fingerprint,
        "shown": delivered.shown,
        "shown_until": _iso(delivered.shown_until),
        "told": {
            fingerprint: [told.starts_at.isoformat(), told.status]
            for fingerprint, told in delivered.told.items()
        },
        **_unless_default("accounted", delivered.accounted, Accounted()),
        **_unless_default("thread", delivered.thread, Thread()),
    }


def _load_delivered(data: Mapping[str, Any]) -> Delivered:
    return Delivered(
        message=MessageRef(*data["message"]) if data["message"] else None,
        fingerprint=data["fingerprint"],
        shown=Status(data["shown"]),
        shown_until=_time(data["shown_until"]),
        told={
            fingerprint: Told(datetime.fromisoformat(starts_at), Status(status))
            for fingerprint, (starts_at, status) in data["told"].items()
        },
        accounted=_load(Accounted, data.get("accounted", {}), *_ACCOUNTED_TIMES),
        thread=_load_thread(data.get("thread", {})),
    )


def _load_thread(data: Mapping[str, Any]) -> Thread:
    fired = tuple(datetime.fromisoformat(at) for at in data.get("fired", ()))
    lists = {"fired": fired, "resolved": tuple(data.get("resolved", ()))}
    return _load(Thread, {**data, **lists}, "since", "called_at", "replied_at", "resolved_at")


def _plain(value: Any) -> dict[str, Any]:
    """A flat dataclass as JSON has it."""
    return {
        name: [_json(each) for each in part] if isinstance(part, tuple) else _json(part)
        for name, part in vars(value).items()
    }


def _json(part: Any) -> Any:
    return part.isoformat() if isinstance(part, datetime) else part


def _unless_default(name: str, value: Any, default: Any) -> dict[str, Any]:
    return {} if value == default else {name: _plain(value)}


def _load(kind: type[T], data: Mapping[str, Any], *times: str) -> T:
    """The dataclass again; `times` are its datetimes, each maybe None or not there."""
    return kind(**{**data, **{name: _time(data[name]) for name in times if name in data}})


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _dumps(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
