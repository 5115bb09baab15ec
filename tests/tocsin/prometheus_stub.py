"""Answers of a stand-in for Prometheus: where nothing is wrong, and where something is."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from web_kit import send

VECTOR = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}
NOTHING = {"resultType": "matrix", "result": []}


def success(request: BaseHTTPRequestHandler, data: Any, **more: Any) -> None:
    body = json.dumps({"status": "success", "data": data, **more}).encode()
    send(request, 200, body, Content_Type="application/json")


def query(request: BaseHTTPRequestHandler) -> str:
    """The PromQL that is asked, "" for another question."""
    parts = urlsplit(request.path)
    size = int(request.headers.get("Content-Length") or 0)
    asked = parse_qs(request.rfile.read(size).decode() if size else parts.query)
    return asked.get("query", [""])[0]


def well(request: BaseHTTPRequestHandler) -> None:
    """The answers of a server where nothing is wrong."""
    asked = query(request)
    path = urlsplit(request.path).path
    if path.endswith("/query_range"):
        success(request, NOTHING)
    elif asked:
        success(request, VECTOR)
    elif path.endswith("/runtimeinfo"):
        success(request, {"storageRetention": "15d"})
    else:
        success(request, [])


def but(text: str, otherwise: Callable[[Any], None]) -> Callable[[Any], None]:
    """`well`, but for what is asked by a path with `text`."""
    return lambda request: otherwise(request) if text in request.path else well(request)


def fault(status: int, kind: str, text: str) -> Callable[[Any], None]:
    body = json.dumps({"status": "error", "errorType": kind, "error": text}).encode()
    return lambda request: send(request, status, body)
