"""The parts of the YAML file that say when the relay speaks up, as `relay.policy` has them."""

import re
from datetime import timedelta
from typing import Any

from relay.policy import Operations, Storms

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """ "1h30m" and the like, as the schema's pattern allows."""
    parts = {_UNITS[unit]: int(number) for number, unit in re.findall(r"([0-9]+)([smhd])", text)}
    return timedelta(**parts)


def storms(data: dict[str, Any]) -> Storms:
    defaults = Storms()
    return Storms(
        threshold=data.get("threshold", defaults.threshold),
        individually=data.get("individually", defaults.individually),
        calm=duration(data["calm"]) if "calm" in data else defaults.calm,
    )


def operations(data: dict[str, Any]) -> Operations:
    backlog = {"backlog": duration(data["backlog"])} if "backlog" in data else {}
    return Operations(data["channel"], data.get("mention", ""), **backlog)
