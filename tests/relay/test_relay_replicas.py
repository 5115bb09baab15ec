"""Two Alertmanagers that tell of the same groups, late and out of order."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from actions_kit import RealAlertmanager
from chaos_kit import UnsteadySlack
from relay_process import HOOK, TOKEN, Relay, until

Start = Callable[..., Relay]


def metrics(relay: Relay) -> str:
    return requests.get(f"{relay.url}/metrics", timeout=9).text


class Detour:
    """Between Alertmanager and the relay: webhooks are late by up to three seconds, each by another
    time, so that they overtake each other; a tenth comes twice."""

    def __init__(self, relay: Relay) -> None:
        chance = random.Random(5)
        self.under_way: list[threading.Thread] = []
        detour = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for _ in range(1 + (chance.random() < 0.1)):
                    late = threading.Timer(chance.uniform(0, 3), _forward, (relay, body))
                    late.start()
                    detour.under_way.append(late)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        for each in self.under_way:
            each.join()


def _forward(relay: Relay, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {HOOK}"}
    answer = requests.post(f"{relay.url}/v1/alertmanager", data=body, headers=headers, timeout=20)
    assert answer.status_code == 200


Replicas = Callable[[str], list[RealAlertmanager]]


@pytest.fixture
def replicas(tmp_path: Path, alertmanager: Path) -> Iterator[Replicas]:
    made: list[RealAlertmanager] = []

    def build(webhook: str) -> list[RealAlertmanager]:
        first = RealAlertmanager(alertmanager, tmp_path / "am1", webhook)
        second = RealAlertmanager(alertmanager, tmp_path / "am2", webhook)
        gossip = [str(each.port + 1) for each in (first, second)]
        for each, mine, other in ((first, *gossip), (second, *gossip[::-1])):
            # Neither waits for the other: both tell the same, whenever gossip is late.
            cluster = [f"--cluster.listen-address=127.0.0.1:{mine}", "--cluster.peer-timeout=0s"]
            each.cluster = [*cluster, f"--cluster.peer=127.0.0.1:{other}"]
            made.append(each.start())
        return made

    yield build
    for each in made:
        each.stop()


@pytest.mark.real
def test_two_alertmanagers_with_delays_make_one_message_each(
    start: Start, replicas: Replicas
) -> None:
    with UnsteadySlack(1, faults=0) as slack:
        relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack.url)
        detour = Detour(relay)
        both = replicas(detour.url)
        since = datetime.now(UTC)  # Prometheus says the same to both
        for round_ in range(3):
            for each in both:
                for group in range(4):
                    each.fire(since=since, alertname=f"G{group}", host=f"h{round_}")
            time.sleep(1)
        for each in both:
            for group in range(3):  # the last goes on
                for round_ in range(3):
                    each.fire(minutes=-0.01, since=since, alertname=f"G{group}", host=f"h{round_}")

        def settled() -> bool:
            shown = slack.shown()
            return all(
                shown.get(f"G{group}") and shown[f"G{group}"][-1].says(group < 3, 3, f"G{group}")
                for group in range(4)
            )

        until(settled, 90)
        for each in both:
            each.stop()
        detour.close()  # what is still under way arrives, and changes nothing
        until(lambda: 'depth{channel="#alerts"} 0.0' in metrics(relay))
        assert settled()
        assert {group: len(each) for group, each in slack.shown().items()} == {
            f"G{group}": 1 for group in range(4)
        }
