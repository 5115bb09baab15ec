"""What the relay stands on fails: the database, Slack, the clock. It says so, and recovers."""

import random
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import postgres_kit
import pytest
import requests
from actions_kit import RealAlertmanager
from chaos_kit import UnsteadySlack
from relay_kit import FakeClock, FakeSlack, Rig, SlackServer, alert, at
from relay_process import HOOK, TOKEN, Relay, until
from sqlalchemy import event

from relay.delivery.loop import Loop
from relay.model.outcome import Retry
from relay.store import StoreError, Work
from relay.store.sqlite import open_sqlite

Start = Callable[..., Relay]


def worker_of(relay: Relay) -> int:
    assert relay.process
    main = relay.process.pid
    return int(Path(f"/proc/{main}/task/{main}/children").read_text().split()[0])


def memory(pid: int) -> int:
    """Kilobytes that are resident."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def metrics(relay: Relay) -> str:
    return requests.get(f"{relay.url}/metrics", timeout=9).text


def posts(server: SlackServer) -> int:
    return len([1 for method, *_ in list(server.calls) if method == "chat.postMessage"])


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_full_disk(start: Start, slack_server: SlackServer) -> None:
    """No file of the process may grow: SQLite is told what a full disk tells it."""
    relay = start(SLACK_BOT_TOKEN=TOKEN, RELAY_WEBHOOK_TOKEN=HOOK, SLACK_API_URL=slack_server.url)
    assert relay.tell(alert("before"), key="before") == 200
    until(lambda: posts(slack_server) == 1)
    pid, sent = worker_of(relay), len(slack_server.calls)
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000, hard))
    before = memory(pid)
    for index in range(60):
        large = alert("meanwhile", summary="x" * 3000)
        assert relay.tell(large, key=f"meanwhile{index}") == 503
    assert requests.get(f"{relay.url}/readyz", timeout=9).status_code == 503
    assert requests.get(f"{relay.url}/healthz", timeout=9).status_code == 200
    assert len(slack_server.calls) == sent, "what cannot be recorded is not told"
    assert memory(pid) - before < 30_000
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    assert relay.tell(alert("after"), key="after") == 200
    until(lambda: posts(slack_server) == 2)
    assert relay.stop() == 0


@pytest.mark.parametrize("pragma", ["query_only = ON", "max_page_count = 1"])
def test_a_store_that_can_only_be_read(tmp_path: Path, pragma: str) -> None:
    store = open_sqlite(f"sqlite:///{tmp_path}/relay.sqlite")
    rig = Rig(store, FakeSlack(), FakeClock())
    rig.tell(alert("a"), key="a")
    engine = store.database.engine

    def restrict(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "checkout", restrict)
    with pytest.raises(StoreError, match="database: "):
        for index in range(300):
            rig.tell(alert("b", summary="x" * 4000), key=f"b{index}")
    told = len(rig.slack.posts)
    try:
        while rig.reconciler.step():
            pass
    except StoreError:
        assert len(rig.slack.posts) <= told + 1, "nothing is told that was not noted before"
    event.remove(engine, "checkout", restrict)
    engine.dispose()
    rig.tell(alert("c"), key="c")
    rig.run(60)
    assert {each.work for each in store.overview(999)} == {Work.IDLE}
    store.close()


def test_postgresql_stops_and_comes_back(tmp_path: Path, slack_server: SlackServer) -> None:
    servers = postgres_kit.running()
    server = next(servers)
    environ = {"RELAY_DATABASE_URL": server.fresh(), "SLACK_API_URL": slack_server.url}
    environ |= {"SLACK_BOT_TOKEN": TOKEN, "RELAY_WEBHOOK_TOKEN": HOOK}
    web, worker = Relay(tmp_path, "web", **environ), Relay(tmp_path, "worker", **environ)
    try:
        for each in (web, worker):
            each.start()
        assert web.tell(alert("before"), key="before") == 200
        until(lambda: posts(slack_server) == 1)
        for mode in ("fast", "immediate"):
            server.stop(mode)
            before, asked = memory(worker_of(web)), time.monotonic()
            for index in range(40):
                assert web.tell(alert("meanwhile"), key=f"meanwhile{index}") == 503
            assert time.monotonic() - asked < 40, "nobody waits for a server that is gone"
            assert requests.get(f"{worker.url}/readyz", timeout=9).status_code == 503
            assert memory(worker_of(web)) - before < 30_000
            assert worker.process
            worker.process.send_signal(signal.SIGHUP)  # what begins now waits for the server
            time.sleep(1)
            server.start()
            assert web.tell(alert("after"), key=f"after {mode}") == 200
            until(worker.ready, 60)
        until(lambda: posts(slack_server) == 3)
        assert [each.stop() for each in (web, worker)] == [0, 0]
    finally:
        for each in (web, worker):
            if each.process and each.process.poll() is None:
                each.kill()
        for _ in servers:
            pass


def test_a_token_that_is_revoked_and_renewed(
    start: Start, slack_server: SlackServer, tmp_path: Path
) -> None:
    """The new one is read from its file; what was refused meanwhile is told then."""
    good = "xoxb-good-1"
    revoked = {"ok": False, "error": "token_revoked"}
    slack_server.handler = lambda _method, _body: (
        200,
        {},
        {"ok": True, "channel": "C1", "ts": f"{len(slack_server.calls)}.1"}
        if slack_server.calls[-1][2] == f"Bearer {good}"
        else revoked,
    )
    (tmp_path / "token").write_text(good)
    relay = start(
        SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"),
        RELAY_WEBHOOK_TOKEN=HOOK,
        SLACK_API_URL=slack_server.url,
    )
    assert relay.tell(alert("before"), key="before") == 200
    until(lambda: posts(slack_server) == 1)
    good = "xoxb-good-2"
    assert relay.tell(alert("meanwhile"), key="meanwhile") == 200
    until(lambda: "token_revoked" in requests.get(relay.url, timeout=5).text)
    (tmp_path / "token").write_text(good)
    assert relay.process
    relay.process.send_signal(signal.SIGHUP)
    until(lambda: [1 for _, _, sent in list(slack_server.calls) if sent == f"Bearer {good}"])
    parked = 'parked{channel="#alerts"} 0.0'
    until(lambda: parked in requests.get(f"{relay.url}/metrics", timeout=5).text)
    assert relay.tell(alert("after"), key="after") == 200
    until(lambda: posts(slack_server) >= 4)
    assert "xoxb-good" not in relay.log
    assert relay.stop() == 0


# Simulated ------------------------------------------------------------------------------------


def accounted(rig: Rig) -> None:
    """Everything is told."""
    assert {each.work for each in rig.store.overview(9999)} == {Work.IDLE}
    for each in rig.store.overview(9999):
        untold = rig.store.find(each.group_id)
        assert untold
        assert untold.sent_at or untold.membership, each.state.group_key


def test_slack_is_away_for_an_hour(rig: Rig) -> None:
    calls = 0

    def count() -> Retry:
        nonlocal calls
        calls += 1
        return Retry("cannot reach Slack", unreachable=True)

    rig.slack._next = count  # an outage
    for minute in range(0, 60, 2):
        rig.tell(alert(f"h{minute}", minute), key=f"k{minute % 30}")
        if minute % 6 == 0:
            rig.tell(alert(f"h{minute}", minute, minute + 0.5), key=f"k{minute % 30}")
        rig.run(120, tick=8)
    assert 100 < calls < 400, "it is left alone: one attempt in some ten seconds"
    del rig.slack._next
    rig.run(120, tick=2)
    accounted(rig)
    assert len(rig.slack.posts) < 60


@pytest.mark.parametrize("jump", [timedelta(days=1), -timedelta(hours=6), -timedelta(minutes=40)])
def test_the_clock_jumps(rig: Rig, jump: timedelta) -> None:
    rig.tell(alert("told", 0), key="told")
    rig.run(5)
    rig.slack.always = Retry("cannot reach Slack", unreachable=True)
    rig.tell(alert("waits", 0.1), key="waits")
    rig.run(30, tick=1)
    rig.slack.always = None
    rig.clock.time += jump
    rig.tell(alert("new", 0.2), key="new")
    rig.run(30, tick=1)
    assert len(rig.slack.posts) == 3
    accounted(rig)


def test_the_clock_was_set_back_while_nobody_ran(rig: Rig) -> None:
    rig.slack.always = Retry("some trouble")
    rig.tell(alert("waits", 0), key="waits")
    rig.run(30, tick=1)
    claimed = rig.store.claim(rig.clock.now() + timedelta(hours=1), (), 120)
    assert claimed, "somebody took it, by a clock that was wrong"
    rig.slack.always = None
    rig.clock.time -= timedelta(hours=3)
    rig.reconciler._stepped_at = None
    rig.run(20, tick=1)
    assert len(rig.slack.posts) == 1


def flat(rig: Rig, hours: float) -> None:
    """Traffic of so many hours; memory and file descriptors of its last half do not grow."""
    chance = random.Random(3)
    loop = Loop(rig.reconciler, rig.store, rig.clock, rig.metrics, keep=timedelta(hours=2))
    seen: list[tuple[int, int]] = []
    rounds = 8
    started: dict[int, float] = {}
    for _ in range(rounds):
        end = rig.clock.seconds + hours * 3600 / rounds
        while rig.clock.seconds < end:
            group = chance.randrange(60)
            now = (rig.clock.now() - at(0)) / timedelta(minutes=1)
            if group in started:
                rig.tell(alert(f"g{group}", started.pop(group), now), key=f"k{group} {now // 90}")
            else:
                started[group] = now
                rig.tell(alert(f"g{group}", now), key=f"k{group} {now // 90}")
            loop._prune_at = 0.0
            for _ in range(200):
                if not loop._turn():
                    break
            rig.slack.posts.clear()
            rig.slack.edits.clear()
            rig.clock.advance(chance.uniform(0, 40))
        seen.append((memory(int(Path("/proc/self").readlink().name)), descriptors()))
    (half, files), (last, files_then) = seen[rounds // 2 - 1], seen[-1]
    assert last - half < 8_000, seen
    assert files_then <= files + 1, seen
    assert len(rig.store.overview(99999)) < 600, "what is over is forgotten"


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_half_an_hour_leaves_nothing_behind(rig: Rig) -> None:
    flat(rig, 0.6)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_day_leaves_nothing_behind(rig: Rig) -> None:
    flat(rig, 24)


# Two Alertmanagers ------------------------------------------------------------------------------


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


def test_it_ends_on_sigterm_with_what_it_had_begun(start: Start, slack_server: SlackServer) -> None:
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
