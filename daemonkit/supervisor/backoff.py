"""How long to wait before a service is started again."""

FIRST_SECONDS = 1.0
MOST_SECONDS = 60.0
GOOD_SECONDS = 60.0


class Backoff:
    """1 s, 2 s, 4 s, up to a minute; from the start again after it has lived for a minute."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def after(self, lived: float) -> float:
        """The seconds to wait now that it has ended after so many."""
        if lived >= GOOD_SECONDS:
            self._next = FIRST_SECONDS
        wait = self._next
        self._next = min(MOST_SECONDS, 2 * wait)
        return wait
