"""What the demo says: a line per event, with the time since its start; colours on a terminal."""

import sys
import textwrap
import time

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_PLACES = 24


class Terminal:
    def __init__(self) -> None:
        self._started = time.monotonic()
        self._colours = sys.stdout.isatty()

    def say(self, text: str) -> None:
        """What goes on, in the demo's own voice."""
        self._line(text)

    def story(self, text: str) -> None:
        """What happens on the platform."""
        self._line(self._colour(_BOLD, text))

    def part(self, text: str) -> None:
        """What happens to a part of the chain; its log has the rest."""
        self._line(self._colour(_RED, f"  {text.splitlines()[0]}"))

    def slack(self, channel: str, text: str, *, edited: bool) -> None:
        """A message as it appears, or as it is after an edit."""
        colour = _GREEN if "RESOLVED" in text else _RED if "FIRING" in text else _YELLOW
        shown = textwrap.shorten(text, 150, placeholder=" ...")
        how = "edited" if edited else "posted"
        self._line(f"  Slack {channel} ({how}): {self._colour(colour, shown)}")

    def places(self, places: dict[str, str]) -> None:
        """Where to look, one address a line."""
        for name, where in places.items():
            print(f"          {name:<{_PLACES}} {self._colour(_BOLD, where)}", flush=True)

    def error(self, text: str) -> None:
        print(f"demo: {text}", file=sys.stderr, flush=True)

    def _line(self, text: str) -> None:
        at = f"{time.monotonic() - self._started:5.1f} s"
        print(f"{self._colour(_DIM, at)}  {text}", flush=True)

    def _colour(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours else text
