"""A real Prometheus whose past is made up: blocks that promtool writes, and nothing scraped."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tocsin import fetch

DAY = 86_400
_STEP = 120  # seconds between samples
_PAST = 3 * DAY

# Each series, and its value by the seconds that are left until now; None for no sample.
Made = Callable[[int], float | None]


def _always(value: float) -> Made:
    return lambda ago: value


def _until(ago_of_last: int) -> Made:
    return lambda ago: 1 if ago >= ago_of_last else None


def _outages(*starts: int) -> Made:
    """0 for twenty minutes from each start on."""
    return lambda ago: 0 if any(start - 1200 < ago <= start for start in starts) else 1


SERIES: dict[str, Made] = {
    'up{job="node",instance="a"}': _always(1),
    'up{job="node",instance="b"}': _outages(2 * DAY, DAY, 7200),
    'node_load1{job="node",instance="a"}': _always(0.5),
    'node_load1{job="node",instance="b"}': _always(0.7),
    'http_requests_total{job="web",code="200"}': lambda ago: float(_PAST - ago),
    'http_requests_total{job="web",code="404"}': _always(7),
    'http_requests_total{job="web",code="500"}': _always(1),
    'http_requests_total{job="api",code="200"}': _always(9),
    "gone_gauge{}": _until(DAY),
    "hiccup_gauge{}": _until(1800),
    'errors_gauge{type="refused"}': _always(1),
    'errors_gauge{type="timeout"}': _until(DAY),
    'errors_gauge{site="here"}': _always(1),
}


def _openmetrics(now: int) -> str:
    lines = [
        f"{name} {value} {now - ago}"
        for name, made in SERIES.items()
        for ago in range(_PAST, -1, -_STEP)
        if (value := made(ago)) is not None
    ]
    return "\n".join([*lines, "# EOF\n"])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(promtool: Path, prometheus: Path, folder: Path) -> Iterator[str]:
    """The address of a Prometheus with that past, which keeps it for five days."""
    page, data, settings = folder / "past.txt", folder / "data", folder / "prometheus.yml"
    page.write_text(_openmetrics(int(time.time())))
    settings.write_text("global: {scrape_interval: 15s}\n")
    make = [promtool, "tsdb", "create-blocks-from", "openmetrics", page, data]
    subprocess.run(make, check=True, capture_output=True)
    port = _free_port()
    command = [prometheus, f"--config.file={settings}", f"--storage.tsdb.path={data}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=5d"]
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with suppress(OSError, fetch.Unreachable):
            if _knows(url):
                return
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


def _knows(url: str) -> bool:
    answer = fetch.ask(fetch.Request(f"{url}/api/v1/query?query=count(up)"))
    return answer.status == 200 and bool(json.loads(answer.body)["data"]["result"])
