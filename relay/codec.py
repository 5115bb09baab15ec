"""What is stored, to and from JSON text."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from relay.delivered import Delivered, Intent, Kind, MessageRef, Told
from relay.group import Alert, Status
from relay.standing import Acknowledged, Silenced, Standing
from relay.state import Record, State


def dump_state(state: State) -> str:
    return _dumps(
        {
            "receiver": state.receiver,
            "group_key": state.group_key,
            "group_labels": dict(state.group_labels),
            "external_url": state.external_url,
            "hidden": state.hidden,
            "records": [_record(record) for record in state.records],
        }
    )


def load_state(text: str) -> State:
    data = json.loads(text)
    data["records"] = tuple(_load_record(record) for record in data["records"])
    return State(**data)


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
        }
    )


def load_intent(text: str) -> Intent:
    data = json.loads(text)
    data["kind"] = Kind(data["kind"])
    data["at"] = datetime.fromisoformat(data["at"])
    data["after"] = _load_delivered(data["after"])
    return Intent(**data)


def dump_standing(standing: Standing) -> str:
    acknowledged, silenced = standing.acknowledged, standing.silenced
    return _dumps(
        {
            "acknowledged": acknowledged
            and vars(acknowledged) | {"at": acknowledged.at.isoformat()},
            "silenced": silenced
            and vars(silenced)
            | {"at": silenced.at.isoformat(), "until": silenced.until.isoformat()},
        }
    )


def load_standing(text: str | None) -> Standing:
    """None, where nothing was ever stored, is nothing."""
    data = json.loads(text) if text else {}
    acknowledged, silenced = data.get("acknowledged"), data.get("silenced")
    return Standing(
        acknowledged and Acknowledged(**acknowledged | _times(acknowledged, "at")),
        silenced and Silenced(**silenced | _times(silenced, "at", "until")),
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
    )


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _times(data: Mapping[str, str], *names: str) -> dict[str, Any]:
    return {name: datetime.fromisoformat(data[name]) for name in names}


def _dumps(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
