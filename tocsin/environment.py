"""Secrets in settings: `${NAME}` stands for what the environment has, so that none is in a file
that people commit. `NAME_FILE` may name a file that holds it, as elsewhere."""

import os
import re
from pathlib import Path

_FIELD = re.compile(r"\$\{(\w+)\}")


class Missing(Exception):
    """The environment lacks something; the text says what."""


def value(name: str) -> str | None:
    """What the environment, or the file that it names, says of `name`; None for nothing.

    Raises Missing for a file that cannot be read.
    """
    if found := os.environ.get(name):
        return found
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise Missing(f"{path} ({name}_FILE) cannot be read: {reason}") from None


def filled(text: str) -> str:
    """`text` with its fields filled. Raises Missing."""
    return _FIELD.sub(_filled, text)


def _filled(match: re.Match[str]) -> str:
    found = value(match[1])
    if found is None:
        raise Missing(f"`{match[1]}` is not set in the environment")
    return found
