"""A team's own template of a message, as it was read. Imports nothing of the relay."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """`problem` says why it could not be read; whether it is any good is told by its use."""

    name: str
    source: str
    problem: str = ""
