"""Services to supervise, and what their supervisor told."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from daemonkit_kit import free_port
from prometheus_client import CollectorRegistry

from daemonkit.supervisor import Service

LABELS = {"platform": "p1", "host": "h1"}
# Answers 200 to GET; what is posted, or a HUP, goes to the file named; refuses if that says "bad".
SERVER = """\
import http.server, os, pathlib, signal, sys
told = pathlib.Path(sys.argv[2])
print(os.getpid(), flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        bad = pathlib.Path(sys.argv[3]).read_text() == "bad"
        told.write_text("posted")
        self.send_response(400 if bad else 200); self.end_headers()
        if bad: self.wfile.write(b"line 7 is wrong")
    def log_message(self, *_): pass
signal.signal(signal.SIGHUP, lambda *_: told.write_text("HUP"))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Told(list[str]):
    """What a supervisor told."""

    def has(self, words: str) -> Callable[[], bool]:
        return lambda: any(words in each for each in self)


def python(name: str, code: str, *arguments: object, **more: object) -> Service:
    command = (sys.executable, "-c", code, *map(str, arguments))
    return Service(name, command, **more)


def server(told: Path, config: Path, **more: object) -> Service:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    if more.get("reload") == "POST":
        more["reload"] = url
    more = {"ready": url, "watch": (str(config),), **more}
    return python("server", SERVER, port, told, config, **more)


def value(registry: CollectorRegistry, name: str, program: str) -> float | None:
    return registry.get_sample_value(f"tocsin_supervisor_program_{name}", {"program": program})


def processes_of(words: str) -> list[int]:
    """IDs of the living processes that have these words in their command line; Python's not."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (each / "cmdline").read_text().replace("\0", " ")
            if words in line and "python" not in line:
                found.append(int(each.name))
    return found
