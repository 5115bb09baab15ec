"""A refusal in Slack's words."""

from typing import Any


class RefusedError(Exception):
    """Slack's answer {"ok": false, "error": code}, with what else stands in it."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more
