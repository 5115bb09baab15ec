"""What is wrong with the demo platform now: one empty file for each trouble.

Files, so that anybody can make trouble from another terminal with `touch`, and mend it with `rm`.
"""

from pathlib import Path

BUSY = "busy-host"
SLOW_STORE = "slow-store"


def silent(flow: str) -> str:
    """The trouble of a flow without events."""
    return f"silent-{flow}"


class Troubles:
    """The folder of troubles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __contains__(self, name: str) -> bool:
        return (self.folder / name).exists()

    def begin(self, name: str) -> None:
        (self.folder / name).touch()

    def mend(self) -> None:
        """Ends all troubles."""
        for trouble in self.folder.iterdir():
            trouble.unlink(missing_ok=True)
