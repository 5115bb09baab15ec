"""Logs: one JSON object a line on standard error, with no secret in it.

Only fields that we name are logged, and JSON escapes line breaks, so nothing that comes in a
webhook can forge a line.
"""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

from relay.secret import Secret


class Log:
    """A logger that takes fields: `log.info("delivery", channel="#alerts")`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, message: str, **fields: object) -> None:
        self._logger.info(message, extra={"fields": fields})

    def warning(self, message: str, **fields: object) -> None:
        self._logger.warning(message, extra={"fields": fields})

    def error(self, message: str, **fields: object) -> None:
        self._logger.error(message, extra={"fields": fields})

    def exception(self, message: str, **fields: object) -> None:
        self._logger.exception(message, extra={"fields": fields})


def logger(name: str) -> Log:
    return Log(name)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; known secrets are replaced wherever they turn up."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        super().__init__()
        self._secrets = [secret.reveal() for secret in secrets]

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps({key: self._clean(value) for key, value in told.items()})

    def _clean(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        text = str(value)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:4000]


def set_up(secrets: Iterable[Secret], stream: TextIO | None = None) -> None:
    """Sends every log of this process to standard error in this form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
