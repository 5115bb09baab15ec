"""Entries of the configuration file that stand in several of its places, as objects."""

from typing import Any

from relay.config import policyfile
from relay.config.model import Matcher, Pulse, Server


def server(data: str | dict[str, str]) -> Server:
    """A server, by its address or with how to log in."""
    given = {"url": data} if isinstance(data, str) else data
    return Server(**{**given, "url": given["url"].rstrip("/")})


def pulse(data: dict[str, Any]) -> Pulse:
    """A heartbeat to be listened for."""
    every = policyfile.duration(data.get("every", "1m"))
    timeout = policyfile.duration(data["timeout"]) if "timeout" in data else 5 * every
    told = {name: data[name] for name in ("name", "channel", "mention") if name in data}
    return Pulse(matcher(data), timeout=timeout, **told)


def matcher(data: dict[str, Any]) -> Matcher:
    """What `match` and `match_re` ask for."""
    equal = {
        name: (values,) if isinstance(values, str) else tuple(values)
        for name, values in data.get("match", {}).items()
    }
    return Matcher(equal, data.get("match_re", {}))
