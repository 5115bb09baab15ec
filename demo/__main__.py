"""`make demo`: rules/ compiled, then watched at work, from a real Prometheus to Slack's stand-in.

DEMO_SECONDS=90 makes it end by itself: with status 0 when an alert was seen firing and then
resolved, else 1. Without it, trouble and calm alternate until Ctrl-C.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from daemonkit import KitError
from daemonkit.supervisor.probe import answers
from demo.chain import TIME_LAPSE, start, supervised
from demo.parts import TOOLS, Parts
from demo.story import Story
from demo.terminal import Terminal
from demo.trouble import Troubles
from demo.watch import Watch

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    terminal = Terminal()
    try:
        seconds = _seconds(os.environ.get("DEMO_SECONDS", ""))
    except ValueError as error:
        terminal.error(str(error))
        return 2
    deadline = time.monotonic() + seconds if seconds else None
    # SIGINT, too, since a shell has its background jobs ignore it.
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    state = Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    try:
        watch = _run(terminal, state, deadline)
    except KitError as error:
        terminal.error(f"{error}\nAll logs are in {state}.")
        return 1
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        shutil.rmtree(state, ignore_errors=True)
        return 1 if seconds else 0
    status = _summary(terminal, watch)
    if status:
        terminal.error(f"All logs are in {state}.")
    else:
        shutil.rmtree(state, ignore_errors=True)
    return status


def _seconds(text: str) -> float | None:
    """How long to run; None for until Ctrl-C."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"DEMO_SECONDS must be a number of seconds, such as 90, and is {text!r}")
    return seconds


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # stopping takes seconds: let it finish
    raise KeyboardInterrupt


def _run(terminal: Terminal, state: Path, deadline: float | None) -> Watch:
    parts = Parts(state)
    with supervised(parts, terminal.part) as supervisor:
        terminal.say(f"Compiling rules/, with {TIME_LAPSE} minutes in one, and starting all parts")
        start(parts, supervisor)
        watch = Watch(parts.sandbox_api)
        terminal.say("Everything runs. Look at:")
        terminal.places(_places(parts))
        Story(terminal, Troubles(parts.troubles), watch, deadline).tell()
    return watch


def _places(parts: Parts) -> dict[str, str]:
    # Debian's Prometheus has only the older of its two sets of pages.
    pages = next(
        (f"{parts.prometheus_url}{path}" for path in ("/alerts", "/classic/alerts")
         if answers(f"{parts.prometheus_url}{path}")),
        parts.prometheus_url,
    )  # fmt: skip
    return {
        "Slack's stand-in": f"{parts.relay_url}/sandbox/",
        "The relay": f"{parts.relay_url}/",
        "Prometheus's alerts": pages,
        "Alertmanager": f"{TOOLS}/amtool --alertmanager.url={parts.alertmanager_url} alert",
        "Make trouble yourself": f"touch {parts.troubles}/silent-syslog (rm mends it)",
    }


def _summary(terminal: Terminal, watch: Watch) -> int:
    terminal.say("Delivered, as it looks now:" if watch.messages else "Nothing was delivered.")
    for message in watch.messages:
        print(f"          {message.channel}: {message.text}")
    if any(message.resolved for message in watch.messages):
        return 0
    fired = any(message.fired for message in watch.messages)
    missing = "no alert was seen resolved" if fired else "no alert was seen firing"
    terminal.error(f"{missing} in the time given")
    return 1


if __name__ == "__main__":
    sys.exit(main())
