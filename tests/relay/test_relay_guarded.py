"""The sandbox inside a relay that others can reach."""

import base64

import pytest
from werkzeug.test import Client

from relay.config.model import Settings
from relay.sandbox import create_sandbox
from relay.secret import Secret
from relay.web.guarded import Guarded

OPEN = Settings(host="0.0.0.0", webhook_tokens=(Secret("t"),))
BASIC = {"Authorization": "Basic " + base64.b64encode(b"me:t").decode()}
PRIVATE = ["/", "/archives/C1", "/control/log", "/api-page/state"]
POST = {"json": {"channel": "#a", "text": "hello"}}


def client(settings: Settings = OPEN) -> Client:
    return Client(Guarded(create_sandbox(), settings))


@pytest.mark.parametrize("path", PRIVATE)
def test_the_page_and_the_controls_need_the_token(path: str) -> None:
    answer = client().get(path)
    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]
    assert client().get(path, headers=BASIC).status_code in {200, 404}
    assert client().get(path, headers={"Authorization": "Bearer t"}).status_code in {200, 404}
    assert client(Settings(host="0.0.0.0")).get(path).status_code == 403


def test_on_this_machine_all_is_open() -> None:
    for path in PRIVATE:
        assert client(Settings()).get(path).status_code in {200, 404}


@pytest.mark.parametrize(
    ("caller", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.5", {}, 200),
        ("10.0.0.9", {}, 401),
        ("", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.9"}, 401),
    ],
)
def test_the_api_is_for_the_relay_itself(caller: str, headers: dict[str, str], status: int) -> None:
    settings = Settings(host="10.0.0.5", webhook_tokens=(Secret("t"),))
    answer = client(settings).post(
        "/api/chat.postMessage",
        **POST,
        headers={"Authorization": "Bearer xoxb-sandbox", **headers},
        environ_base={"REMOTE_ADDR": caller},
    )
    assert answer.status_code == status


def test_what_holds_a_secret_of_its_own_needs_no_other() -> None:
    assert client().post("/response/unknown", json={}).status_code == 404
