"""Parts fail for real: the disk, the database, the token."""

import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import postgres_kit
import pytest
import requests
from relay_kit import FakeClock, FakeSlack, Rig, SlackServer, alert
from relay_process import HOOK, TOKEN, Relay, until
from sqlalchemy import event

from relay.store import StoreError, Work
from relay.store.sqlite import open_sqlite

Start = Callable[..., Relay]


def worker_of(relay: Relay) -> int:
    return relay.children()[0]


def memory(pid: int) -> int:
    """Kilobytes that are resident."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


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
