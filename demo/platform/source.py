"""The world outside: drops a file of events into each flow's folder, twice a second.

It is none of the platform's services, and exposes nothing.
"""

import random
import time
from pathlib import Path

from demo.platform.flows import FILE_SECONDS, FLOWS, Event
from demo.trouble import Troubles, silent

BROKEN_RATIO = 0.0005  # lines that are no event


class Source:
    """Writes files beside the folder that is read, and renames them into it."""

    def __init__(self, inbox: Path, troubles: Troubles) -> None:
        self._inbox = inbox
        self._troubles = troubles
        self._number = 0
        for flow in FLOWS:
            (inbox / flow).mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Drops files for ever."""
        while True:
            for flow, rate in FLOWS.items():
                if silent(flow) not in self._troubles:
                    self._drop(flow, round(random.uniform(0.5, 1.5) * rate * FILE_SECONDS))
            time.sleep(FILE_SECONDS)

    def _drop(self, flow: str, events: int) -> None:
        lines = []
        for _ in range(events):
            self._number += 1
            event = Event(flow, time.time(), random.randint(1, 1000))
            broken = random.random() < BROKEN_RATIO
            lines.append("half an ev\n" if broken else event.line(self._number))
        draft = self._inbox / f"{flow}.part"
        draft.write_text("".join(lines))
        draft.rename(self._inbox / flow / f"{time.time_ns()}.csv")
