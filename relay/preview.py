"""What a webhook would become in Slack, without Slack: as data, as a page, as a picture."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from relay.config.model import Config, routing_labels
from relay.message import Message, View, render
from relay.model.group import Group, Status
from relay.sandbox.still import Shown, still

WIDTH = 760
TALLEST = 4_000
PATIENCE_SECONDS = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
_HEIGHT = re.compile(r'data-height="(\d+)"')


class NoPictureError(Exception):
    """There is no picture; the text says why, for a person."""


@dataclass(frozen=True)
class Preview:
    """A message, and where it would go."""

    message: Message
    channel: str  # "" for a heartbeat, which is not posted
    group: Group

    def data(self) -> dict[str, object]:
        """As JSON."""
        shown: dict[str, object] = {
            "channel": self.channel,
            "routed_by": routing_labels(self.group),
            "heartbeat": not self.channel,
            "text": self.message.text,
            "blocks": self.message.blocks,
            "attachments": self.message.attachments,
        }
        return shown | ({"template_problem": self.message.problem} if self.message.problem else {})

    def html(self, now: datetime) -> str:
        """As a page that stands alone."""
        content = {
            "text": self.message.text,
            "blocks": self.message.blocks,
            "attachments": self.message.attachments,
        }
        return still([Shown(content)], self.channel or "#heartbeats", now.timestamp(), UTC)


def preview(group: Group, config: Config, now: datetime) -> Preview:
    """The message of a group that fires for the first time."""
    route = config.route(group)
    worst = config.severities.worst(alert.severity for alert in group.firing)
    view = View(
        now,
        config.severities,
        route.mentioned(worst, now),
        template=config.template(group),
        image_hosts=config.image_hosts,
    )
    channel = "" if config.is_heartbeat(group) else route.channel
    return Preview(render(group, view), channel, group)


def resolved(group: Group, now: datetime) -> Group:
    """The same group once all of it is over, which it is now."""
    over = [
        replace(alert, status=Status.RESOLVED, ends_at=alert.ends_at or max(now, alert.starts_at))
        for alert in group.alerts
    ]
    return replace(group, alerts=tuple(over), hidden=0)


def photograph(html: str, picture: Path, width: int = WIDTH, scale: int = 1) -> None:
    """Writes a page as PNG, as high as it is; NoPictureError when no browser can. `scale`: dots of
    the picture for one of the page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoPictureError(f"a PNG needs a browser on PATH: {', '.join(BROWSERS)}; or use --html")
    with tempfile.TemporaryDirectory(prefix="tocsin-preview-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [browser, *_FLAGS, f"--user-data-dir={folder}/profile"]
        measured = _run([*command, f"--window-size={width},600", "--dump-dom", page.as_uri()])
        found = _HEIGHT.search(measured)
        height = min(int(found[1]) if found else 600, TALLEST)
        shot = Path(folder) / "shot.png"
        size = f"--window-size={width},{height}"
        sharp = f"--force-device-scale-factor={scale}"
        _run([*command, size, sharp, f"--screenshot={shot}", page.as_uri()])
        if not shot.is_file():
            raise NoPictureError(f"{browser} took no picture")
        picture.write_bytes(shot.read_bytes())


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a browser, on a page of our own
            command, capture_output=True, check=True, timeout=PATIENCE_SECONDS
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NoPictureError(f"{command[0]}: {error.__class__.__name__}") from None
    return done.stdout.decode(errors="replace")
