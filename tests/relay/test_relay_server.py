"""The real command in real processes: killed, reloaded, stopped; no secret in anything it says."""

import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from relay_kit import SlackServer, alert
from relay_process import HOOK, SIGNING, TOKEN, Relay, until


def methods(server: SlackServer) -> list[str]:
    return [method for method, _, _ in server.calls]


def test_killed_between_firing_and_resolved(
    start: Callable[..., Relay], slack_server: SlackServer
) -> None:
    """Whether it comes to note that Slack has the post, or has to look for it."""
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    assert relay.tell(alert("a", 0)) == 200
    until(lambda: slack_server.calls)
    relay.kill()
    relay.start()
    assert relay.tell(alert("a", 0, 5)) == 200
    until(lambda: "chat.update" in methods(slack_server))
    assert methods(slack_server).count("chat.postMessage") == 1
    assert relay.stop() == 0


def test_killed_while_slack_thinks(start: Callable[..., Relay], slack_server: SlackServer) -> None:
    """The post arrives, the answer does not: the restarted relay finds the post by its block."""

    def slow(method: str, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        answer = slack_server.one_channel(method, body)
        if method == "chat.postMessage":
            time.sleep(1.5)
        return answer

    slack_server.handler = slow
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    assert relay.tell(alert("a", 0)) == 200
    until(lambda: slack_server.calls)
    relay.kill_all()
    relay.start()
    assert relay.tell(alert("a", 0, 5)) == 200
    until(lambda: "chat.update" in methods(slack_server))
    assert methods(slack_server).count("chat.postMessage") == 1


def page(relay: Relay) -> str:
    """What it shows; "" while one worker takes over from the other."""
    try:
        return requests.get(relay.url, timeout=5).text
    except requests.RequestException:
        return ""


def test_reload_keeps_the_last_good_configuration(
    start: Callable[..., Relay], slack_server: SlackServer
) -> None:
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    assert relay.process
    config = relay.folder / "relay.yaml"
    config.write_text("version: 1\ndefault_chanel: x\n")
    relay.process.send_signal(signal.SIGHUP)
    until(lambda: "did you mean `default_channel`?" in page(relay))
    assert relay.tell(alert("a"), key="k1") == 200
    until(lambda: slack_server.calls)
    assert slack_server.calls[0][1]["channel"] == "#alerts"
    config.write_text('version: 1\ndefault_channel: "#new"\n')
    relay.process.send_signal(signal.SIGHUP)
    until(lambda: "refused" not in (page(relay) or "refused"))
    assert relay.tell(alert("b"), key="k2") == 200
    until(lambda: len(slack_server.calls) == 2)
    assert slack_server.calls[1][1]["channel"] == "#new"
    assert relay.stop() == 0


def test_no_secret_in_logs_pages_metrics_or_answers(
    start: Callable[..., Relay], slack_server: SlackServer
) -> None:
    echo = {"ok": False, "error": f"bad_{TOKEN}", "response_metadata": {"messages": [HOOK]}}
    slack_server.handler = lambda method, body: (200, {}, echo)
    relay = start(
        SLACK_BOT_TOKEN=TOKEN,
        RELAY_WEBHOOK_TOKEN=HOOK,
        SLACK_SIGNING_SECRET=SIGNING,
        SLACK_API_URL=slack_server.url,
    )
    assert relay.tell(alert("a", summary=f"{TOKEN}")) == 200
    until(lambda: slack_server.calls)
    until(lambda: "Retry" in requests.get(relay.url, timeout=5).text)
    said = [
        requests.get(f"{relay.url}{page}", timeout=5).text
        for page in ("/", "/metrics", "/readyz", "/healthz", "/nope")
    ]
    headers = {"X-Slack-Signature": "v0=x", "X-Slack-Request-Timestamp": "1"}
    said += [
        requests.post(f"{relay.url}{target}", headers=headers, timeout=5).text
        for target in ("/v1/alertmanager", "/v1/slack/interactions")
    ]
    assert relay.stop() == 0
    said.append(relay.log)
    for secret in (TOKEN, HOOK, SIGNING):
        assert not [text for text in said if secret in text]
    for line in relay.log.splitlines():
        assert json.loads(line)["level"] in {"info", "warning", "error"}


def test_recorded_webhooks_reach_the_sandbox(start: Callable[..., Relay], recorded: Path) -> None:
    relay = start()
    assert "sandbox at" in relay.log
    for path in sorted(recorded.glob("*.json")):
        answer = requests.post(f"{relay.url}/v1/alertmanager", data=path.read_bytes(), timeout=9)
        assert answer.status_code == 200
    until(lambda: 'queue_depth{channel="#alerts"} 0.0' in metrics(relay), 30)
    assert 'parked{channel="#alerts"} 0.0' in metrics(relay)
    assert 'outcome="refused"' not in metrics(relay)
    assert 'outcome="rate_limited"' not in metrics(relay)
    assert requests.get(f"{relay.url}/sandbox/", timeout=5).status_code == 200


def metrics(relay: Relay) -> str:
    return requests.get(f"{relay.url}/metrics", timeout=5).text


def test_it_ends_on_sigterm_with_what_it_had_begun(
    start: Callable[..., Relay], slack_server: SlackServer
) -> None:
    """A call to Slack and a webhook are under way: both end as they should, and so does it."""
    begun, answers = threading.Event(), []

    def slow(_method: str, _body: object) -> tuple[int, dict[str, str], object]:
        begun.set()
        time.sleep(2)
        return 200, {}, {"ok": True, "channel": "C1", "ts": "5.0"}

    slack_server.handler = slow
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    assert relay.tell(alert("a")) == 200
    assert begun.wait(20)
    database = sqlite3.connect(relay.folder / "tocsin-relay.sqlite", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")  # a webhook has to wait for a moment
    teller = threading.Thread(target=lambda: answers.append(relay.tell(alert("b"), key="k2")))
    teller.start()
    time.sleep(0.5)
    assert relay.process
    relay.process.terminate()
    time.sleep(0.5)
    database.execute("ROLLBACK")
    teller.join(20)
    assert relay.process.wait(30) == 0
    assert answers == [200]
    known = database.execute("SELECT work, lease FROM deliveries ORDER BY sent_at DESC").fetchall()
    database.close()
    assert sorted(known) in ([("idle", None), ("idle", None)], [("idle", None), ("pending", None)])
