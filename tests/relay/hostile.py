"""Requests that no honest sender makes: generated, and repeatable."""

import hashlib
import hmac
import json
import random
import time
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from relay_kit import alert, payload

NASTY = [
    "",
    "\0",
    "\ud800",
    "\u202e\u2066gnp.exe",
    "<!channel> <@U1> <https://evil|ok>",
    "<script>alert(1)</script>\"'",
    "a\r\nSet-Cookie: x=1\r\n\r\n{}",
    '\n{"level": "error", "message": "forged"}',
    "%s%n{0}{{ 7*7 }}",
    "javascript:alert(1)",
    "http://[::1",
    "../../etc/passwd",
    "x" * 5000,
    "\N{ELEPHANT}" * 200,
    "\U0001d54f\u0301" * 50,
]
ODD: list[Any] = [None, True, -1, 0, 1e308, 10**40, [], {}, [[]], {"a": {"b": []}}, 1.5, *NASTY]


@dataclass(frozen=True)
class Request:
    path: str
    method: str
    headers: dict[str, str]
    body: bytes


class Hostile:
    """`signing` is Slack's secret: some requests are signed well, and hold nonsense."""

    def __init__(self, seed: int, token: str, signing: str) -> None:
        self._r = random.Random(seed)
        self._token, self._signing = token, signing

    def request(self) -> Request:
        make = self._r.choice([self._webhook, self._webhook, self._slack, self._page])
        return make()

    def _webhook(self) -> Request:
        data = payload(*[alert(f"h{n}", n) for n in range(self._r.randrange(4))])
        body = json.dumps(self._mutated(data)).encode()
        return Request("/v1/alertmanager", "POST", self._auth(), self._broken(body))

    def _slack(self) -> Request:
        inner = {
            "type": "block_actions",
            "user": {"id": "U1", "name": "n"},
            "actions": [{"action_id": "acknowledge", "value": "0" * 16}],
            "trigger_id": "1.2",
            "response_url": "https://hooks.slack.com/x",
            "view": {"state": {"values": {}}, "private_metadata": "", "callback_id": "silence"},
        }
        fields = {"payload": json.dumps(self._mutated(inner)), "command": "/tocsin"}
        fields |= {"text": self._r.choice(NASTY), "user_id": "U1", "token": "x"}
        body = self._broken(urlencode(self._mutated(fields), errors="replace").encode())
        stamp = self._r.choice([str(int(time.time()))] * 4 + ["", "x", "-1", "9" * 30, "1e9", "٤"])
        signed = hmac.new(self._signing.encode(), b"v0:%s:" % stamp.encode() + body, hashlib.sha256)
        good = f"v0={signed.hexdigest()}"
        bad = ["", "v0=", good.upper(), good[:-1], "v0=é", "v9=" + "0" * 64]
        sign = self._r.choice([good] * 3 + bad)
        path = self._r.choice(["/v1/slack/interactions", "/v1/slack/commands"])
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return Request(path, "POST", headers, body)

    def _page(self) -> Request:
        query = urlencode({"q": self._r.choice(NASTY), "show": "x", "group": "é"}, errors="replace")
        path = self._r.choice(
            ["/", "/groups/x", f"/groups/{'0' * 16}", "/v1/retry", "/metrics", "/nope", "/%00/%ff"]
        )
        method = self._r.choice(["GET", "GET", "POST", "HEAD", "PUT", "OPTIONS", "BREW"])
        return Request(f"{path}?{query}", method, self._auth(), self._r.choice([b"", b"a=b&a=%ff"]))

    def _auth(self) -> dict[str, str]:
        given = self._r.choice(
            [f"Bearer {self._token}"] * 6
            + ["", "Bearer", "Bearer é", "Basic ====", "Basic 8J+Qmjo=", "Bearer " + "x" * 4000]
        )
        odd = self._r.choice(["application/json", "", "text/html; charset=nonsense", "a/b" * 99])
        return {"Authorization": given, "Content-Type": odd, "Accept": odd}

    def _mutated(self, data: Any) -> Any:
        """With up to three values, somewhere, that are something else or are not there."""
        for _ in range(self._r.randrange(4)):
            place = data
            while isinstance(place, dict | list) and place:
                key = self._r.choice(list(place) if isinstance(place, dict) else range(len(place)))
                if not isinstance(place[key], dict | list) or self._r.random() < 0.4:
                    self._spoil(place, key)
                    break
                place = place[key]
        return data

    def _spoil(self, place: Any, key: Any) -> None:
        how = self._r.random()
        if how < 0.2:
            del place[key]
        elif how < 0.3 and isinstance(place, dict):
            place[self._r.choice(NASTY)] = place.pop(key)
        else:
            place[key] = deepcopy(self._r.choice(ODD))

    def _broken(self, body: bytes) -> bytes:
        match self._r.randrange(12):
            case 0:
                return body[: self._r.randrange(len(body) + 1)]
            case 1:
                where = self._r.randrange(len(body) + 1)
                return body[:where] + self._r.randbytes(3) + body[where:]
            case 2:
                return b"[" * self._r.choice([100, 5000]) + body
            case 3:
                return b'{"a":' * 3000 + b"1" + b"}" * 3000
            case 4:
                odd = [b"", b"null", b"\xff\xfe", b"\xef\xbb\xbf" + body, b"1" * 9999]
                return self._r.choice(odd)
        return body
