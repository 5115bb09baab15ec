"""Takes the README's picture: python -m demo.screenshot FILE.png

It shows a message that is resolved, one that fires, and an alert that joined it, as they come out
of the real chain.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from daemonkit import KitError
from demo.chain import start, supervised
from demo.parts import Parts, program
from demo.trouble import Troubles, silent
from demo.watch import Watch

CHANNEL = "#ingestion"
SIZE = "1100,880"
PATIENCE_SECONDS = 60.0


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m demo.screenshot FILE.png", file=sys.stderr)
        return 2
    picture = Path(sys.argv[1]).resolve()
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tocsin-screenshot-") as folder:
        try:
            _take(picture, Path(folder))
        except KitError as error:
            print(f"screenshot: {error}", file=sys.stderr)
            return 1
    print(f"wrote {picture}")
    return 0


def _take(picture: Path, folder: Path) -> None:
    parts = Parts(folder)
    with supervised(parts) as supervisor:
        start(parts, supervisor)
        watch = Watch(parts.sandbox_api)
        troubles = Troubles(parts.troubles)

        troubles.begin(silent("syslog"))
        _until(watch, lambda: watch.said("FIRING", "flow=syslog"))
        troubles.mend()
        _until(watch, lambda: watch.said("RESOLVED", "flow=syslog"))
        troubles.begin(silent("cdr"))
        _until(watch, lambda: watch.said("FIRING", "flow cdr"))
        troubles.begin(silent("xdr"))
        _until(watch, lambda: watch.said("Also firing", "xdr") and watch.said("FIRING", "(2)"))
        _photograph(f"{parts.relay_url}/sandbox/archives/{watch.channel_id(CHANNEL)}", picture)


def _until(watch: Watch, condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > give_up:
            raise KitError(f"nothing new since: {[each.text for each in watch.messages]}")
        time.sleep(0.3)
        watch.look()


def _photograph(url: str, picture: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}",
            f"--window-size={SIZE}", f"--screenshot={picture}", url,
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=60)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = (error.stderr or b"").decode(errors="replace")
            raise KitError(f"chromium took no picture: {error}\n{said}") from None


if __name__ == "__main__":
    sys.exit(main())
