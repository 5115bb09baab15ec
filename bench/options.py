"""What a run may choose: how often, how large, where to."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """rounds: how often each command is measured. scale: 1 is the size that the docs show."""

    rounds: int
    scale: float
    scratch: Path  # an empty folder to work in
