"""The flows of the platform, and their files: one event a line, `time,number,value`."""

from dataclasses import dataclass

FLOWS = {"cdr": 120, "xdr": 40, "syslog": 15}  # events a second
FILE_SECONDS = 0.5  # how often a source has a file ready


@dataclass(frozen=True)
class Event:
    """An event of a flow; `at` in seconds since 1970."""

    flow: str
    at: float
    value: int

    def line(self, number: int) -> str:
        return f"{self.at:.3f},{number},{self.value}\n"


def parse(flow: str, line: str) -> Event:
    """The event of a line of a file; ValueError when it is none."""
    at, _, value = line.split(",")
    return Event(flow, float(at), int(value))
