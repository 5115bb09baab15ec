"""Who may call which endpoint, and what every answer is fenced with."""

import base64

import pytest
from relay_kit import alert, payload
from site_kit import PATH, TOKEN, Make

from relay.config.model import Settings


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer("h\u00e9"),
        {"Authorization": "hook-token"},
        {"Authorization": "Basic hook-token"},
        basic("hook-token"),
    ],
)
def test_a_webhook_needs_the_token(make: Make, headers: dict[str, str]) -> None:
    site = make(Settings(webhook_tokens=(TOKEN,)))
    answer = site.client.post(PATH, json=payload(alert("a")), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert site.store.overview(1) == []
    good = site.client.post(PATH, json=payload(alert("a")), headers=bearer("hook-token"))
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_other_sites_cannot_make_a_browser_retry(
    make: Make, headers: dict[str, str], code: int
) -> None:
    headers |= {"Accept": "application/json"}
    assert make().client.post("/v1/retry", headers=headers).status_code == code


def test_beyond_this_machine_the_page_needs_the_token(make: Make) -> None:
    client = make(Settings(host="0.0.0.0", webhook_tokens=(TOKEN,))).client
    for method, path in [("get", "/"), ("post", "/v1/retry")]:
        call = getattr(client, method)
        assert call(path).status_code == 401
        assert call(path).headers["WWW-Authenticate"].startswith("Basic")
        assert call(path, headers=basic("wrong")).status_code == 401
        assert call(path, headers={"Authorization": "Basic ???"}).status_code == 401
        assert call(path, headers=basic("hook-token")).status_code in {200, 303}
        assert call(path, headers=bearer("hook-token")).status_code in {200, 303}
    assert client.get("/healthz").status_code == 200


def test_beyond_this_machine_without_a_token_there_is_no_page(make: Make) -> None:
    client = make(Settings(host="0.0.0.0")).client
    answer = client.get("/")
    assert (answer.status_code, "RELAY_WEBHOOK_TOKEN" in answer.json["reason"]) == (403, True)
    assert client.post(PATH, json=payload(alert("a"))).status_code == 200


def test_errors_are_json_and_everything_is_fenced(make: Make) -> None:
    client = make().client
    missing, wrong = client.get("/nope"), client.get(PATH)
    assert (missing.status_code, missing.json["reason"]) == (404, "Not Found")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    for answer in (missing, wrong, client.get("/")):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    style = client.get("/static/page.css")
    assert style.status_code == 200
    style.close()
