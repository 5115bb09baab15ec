"""Ends what a supervisor leaves behind when it is killed itself: run as a program of its own.

It is told of process groups on its standard input, "+123" and "-123" a line. When the input ends,
the supervisor is gone, and whatever groups it had left are asked to stop, then killed. It imports
nothing of ours, so that it starts fast and stays small.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    give_up = time.monotonic() + GRACE_SECONDS
    _signal(groups, signal.SIGTERM)
    while groups and time.monotonic() < give_up:
        groups = {group for group in groups if _lives(group)}
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: int) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
