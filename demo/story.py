"""What happens on the demo platform: trouble, one after the other, then calm."""

import time
from collections.abc import Callable

from demo.terminal import Terminal
from demo.trouble import BUSY, Troubles, silent
from demo.watch import Watch

# The rules wait for minutes; in a time-lapse of 60 these are seconds. Then Alertmanager, the relay
# and a slow machine take their share.
START_SECONDS = 5.0  # Prometheus finds its targets
FIRES_SECONDS = 40.0
ESCALATES_SECONDS = 75.0
RESOLVES_SECONDS = 20.0
CALM_SECONDS = 30.0
LOOK_SECONDS = 0.4


class Story:
    """Makes trouble and mends it, and tells what is seen in Slack's stand-in meanwhile."""

    def __init__(
        self,
        terminal: Terminal,
        troubles: Troubles,
        watch: Watch,
        deadline: float | None,
    ) -> None:
        """With a deadline, in monotonic time, there is one round; without, one after the other."""
        self._terminal = terminal
        self._troubles = troubles
        self._watch = watch
        self._deadline = deadline

    def tell(self) -> None:
        """One round before the deadline; without a deadline, rounds for ever."""
        self._wait(lambda: False, START_SECONDS)
        self._round()
        while self._deadline is None:
            self._terminal.story(
                f"All is well again. The next trouble comes in {CALM_SECONDS:.0f} s."
            )
            self._wait(lambda: False, CALM_SECONDS)
            self._round()

    def _round(self) -> None:
        say = self._terminal.story
        say("Trouble: the events of flow cdr stop. FlowSilent waits for 15 minutes, here 15 s.")
        self._troubles.begin(silent("cdr"))
        self._wait(lambda: self._watch.said("FIRING", "FlowSilent"), FIRES_SECONDS)

        say("Trouble: flow xdr stops, too. It joins the message that is there, as a reply.")
        self._troubles.begin(silent("xdr"))
        say("Trouble: a scenario runs wild and takes all CPUs of this host.")
        self._troubles.begin(BUSY)
        self._wait(lambda: self._watch.said("FIRING", "CpuHigh"), FIRES_SECONDS)
        self._wait(lambda: self._watch.said("Also firing", "xdr"), FIRES_SECONDS)
        if self._deadline is None:
            say("Nobody mends it: after an hour, here a minute, FlowSilent turns critical.")
            self._wait(lambda: self._watch.said("FIRING critical · FlowSilent"), ESCALATES_SECONDS)

        say("All is mended. The same messages turn to resolved, in place.")
        self._troubles.mend()
        self._wait(self._watch.all_resolved, RESOLVES_SECONDS, keep=0.0)

    def _wait(
        self, condition: Callable[[], bool], seconds: float, keep: float = RESOLVES_SECONDS
    ) -> None:
        """Looks on until the condition holds, for `seconds` at most; `keep` are left at the end."""
        until = time.monotonic() + seconds
        if self._deadline is not None:
            until = min(until, self._deadline - keep)
        while True:
            self._look()
            if condition() or time.monotonic() >= until:
                return
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        try:
            changed = self._watch.look()
        except OSError:
            return  # the relay does not answer: if it died, the supervisor says so
        for message in changed:
            self._terminal.slack(message.channel, message.text, edited=len(message.texts) > 1)
