"""`tocsin-supervise` as a person meets it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from daemonkit_kit import ROOT, free_port, until

from daemonkit import FileError
from daemonkit.processes import Match, alike, configuration
from daemonkit.supervisor import Service, plan
from daemonkit.supervisor.command import main

SUPERVISE = Path(sys.executable).with_name("tocsin-supervise")
MINIMAL = "version: 1\nplatform: p1\nservices:\n  sleeper: {command: [sleep, '60']}\n"
WHOLE = """\
version: 1
platform: p1
host: h1
targets: targets
listen: 127.0.0.1:9091
logs: /var/log/tocsin
stale_after: 12h
services:
  prometheus:
    command: [prometheus, --config.file=prometheus.yml]
    environment: {GOMAXPROCS: "2"}
    folder: data
    ready: http://127.0.0.1:9090/-/ready
    ready_within: 2m
    stop_within: 30s
    scrape: 127.0.0.1:9090
    reload: {files: [prometheus.yml, rules/*.yml], by: http://127.0.0.1:9090/-/reload}
processes:
  write: process-exporter.yml
  services:
    aggregator: {cmdline: 'mill\\.aggregator'}
    prometheus: {}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "services.yaml"
    path.write_text(MINIMAL)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_plan_has_what_is_written_with_paths_relative_to_its_file(file: Path) -> None:
    file.write_text(WHOLE)
    base = file.parent
    read = plan.read(file)
    assert read.services == (
        Service(
            name="prometheus",
            command=("prometheus", "--config.file=prometheus.yml"),
            environment={"GOMAXPROCS": "2"},
            folder=base / "data",
            ready="http://127.0.0.1:9090/-/ready",
            ready_within=120,
            stop_within=30,
            scrape="127.0.0.1:9090",
            watch=(f"{base}/prometheus.yml", f"{base}/rules/*.yml"),
            reload="http://127.0.0.1:9090/-/reload",
        ),
    )
    assert (read.platform, read.host, read.listen) == ("p1", "h1", "127.0.0.1:9091")
    assert (read.targets, read.logs) == (base / "targets", Path("/var/log/tocsin"))
    assert read.stale_after == 43_200
    assert read.exporter_config == base / "process-exporter.yml"
    assert read.processes == {
        "aggregator": Match(cmdline="mill\\.aggregator"),
        "prometheus": Match(),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file must be a mapping with `services`, not empty"),
        ("version: 1", "the file needs `platform`"),
        (MINIMAL.replace("1", "2", 1), ":1:10: `version` must be 1, not `2`"),
        (MINIMAL + "  'a b': {command: [x]}", ":5:3: `a b` is not a name of letters, digits,"),
        (MINIMAL + "  a: {comand: [x]}", "`comand` is not known here (did you mean `command`?)"),
        (MINIMAL + "  a: {command: prometheus}", "must be a list of texts, the program first"),
        (MINIMAL + "  a: {command: [x, 1]}", "an entry of `command` must be text, not `1`"),
        (MINIMAL + "  a: {command: [x], ready_within: 5}", "must be a duration such as 30s"),
        (MINIMAL + "  a: {command: [x], ready_within: s}", "must be a duration such as 30s"),
        (MINIMAL + "  a: {command: [x], scrape: 'x/y'}", "an address such as 127.0.0.1:9100"),
        (MINIMAL + "  a: {command: [x], ready: 'x:1'}", "a URL such as http://127.0.0.1:9090/-/r"),
        (MINIMAL + "  a: {command: [x], reload: {files: [y], by: USR1}}", "HUP, restart or a URL"),
        (MINIMAL + "  a: {command: [x], reload: {by: HUP}}", "`reload` needs `files` (The files;"),
        (
            MINIMAL + "processes:\n  write: x\n  services:\n"
            "    very-long-name-of-a: {}\n    very-long-name-of-b: {}\n",
            ":9:5: processes of `very-long-name-of-b` cannot be told from those of "
            "`very-long-name-of-a`: names of programs are cut at 15 characters (give one of them",
        ),
    ],
)
def test_a_plan_that_is_wrong_is_told_with_its_places(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(FileError) as raised:
        plan.read(file)
    assert told in str(raised.value)
    done = run(file, "--check")
    assert done.exit_code == 1
    assert told in done.stderr


def test_check_says_what_is_good_and_what_is_not_there(file: Path) -> None:
    done = run(file, "--check")
    assert (done.exit_code, done.stdout) == (0, f"{file} is good: sleeper.\n")
    done = run(file.parent / "none.yaml")
    assert done.exit_code == 2
    assert "none.yaml: cannot be read: No such file or directory" in done.stderr
    assert run("--help").exit_code == 0


def test_the_example_of_the_guide_is_good(file: Path) -> None:
    guide = (ROOT / "docs" / "supervisor.md").read_text()
    for number, text in enumerate(re.findall(r"^```yaml\n(.*?)^```", guide, re.M | re.S)):
        file.write_text(text if text.startswith("version") else MINIMAL + text)
        assert plan.read(file).services, number


def test_processes_are_known_by_what_is_given_the_narrowest_first() -> None:
    services = {
        "postgres": Match(),
        "process-exporter": Match(),
        "alertmanager": Match(exe="/usr/bin/prometheus-alertmanager"),
        "mill {{x}}": Match(cmdline="mill"),
        "both": Match(comm="python3", cmdline="both"),
    }
    assert yaml.safe_load(configuration(services)) == {
        "process_names": [
            {"name": 'mill {{"{{"}}x}}', "cmdline": ["mill"]},
            {"name": "both", "cmdline": ["both"], "comm": ["python3"]},
            {"name": "alertmanager", "exe": ["/usr/bin/prometheus-alertmanager"]},
            {"name": "postgres", "comm": ["postgres"]},
            {"name": "process-exporter", "comm": ["process-exporte"]},
        ]
    }
    assert alike(services) == []
    assert alike({**services, "process-exporte": Match()}) == [
        ("process-exporter", "process-exporte")
    ]


def test_the_configuration_of_process_exporter_can_be_printed(file: Path) -> None:
    file.write_text(WHOLE)
    shown = yaml.safe_load(run(file, "--print-processes").stdout)
    assert [each["name"] for each in shown["process_names"]] == ["aggregator", "prometheus"]


class Running:
    """The command at work, and what it has told."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def told(self) -> str:
        return self._log.read_text()

    def tells(self, words: str) -> Callable[[], bool]:
        return lambda: words in self.told

    def metrics(self) -> str:
        address = re.findall(r"http://\S+/metrics", self.told)[0]
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - http, as read
            return str(answer.read().decode())


@contextlib.contextmanager
def supervising(file: Path) -> Iterator[Running]:
    log = file.parent / "told"
    with (
        log.open("w") as output,
        subprocess.Popen([SUPERVISE, file], stderr=output, text=True) as process,
    ):
        running = Running(process, log)
        try:
            until(running.tells("supervisor runs"), "the start")
            yield running
        finally:
            process.kill()


def test_it_runs_reads_its_file_again_and_stops_cleanly(file: Path) -> None:
    targets = file.parent / "targets"
    file.write_text(MINIMAL + "host: h1\ntargets: targets\n")
    with supervising(file) as running:
        (registered,) = targets.glob("*.json")
        labels = json.loads(registered.read_text())[0]["labels"]
        assert labels == {"platform": "p1", "host": "h1", "service": "supervisor"}
        ready = 'tocsin_supervisor_program_ready{program="%s"} 1.0'
        until(lambda: ready % "sleeper" in running.metrics(), "readiness")

        file.write_text("version: 1\nservces: {}\n")
        until(running.tells("did you mean `services`?"), "what is wrong")
        good = "tocsin_supervisor_config_last_reload_successful"
        assert f"{good} 0.0" in running.metrics()
        assert ready % "sleeper" in running.metrics()

        other = WHOLE.replace("[prometheus, --config.file=prometheus.yml]", "[sleep, '60']")
        file.write_text(re.sub(r"    (folder|ready|scrape).*\n", "", other))
        until(running.tells("has read"), "the new file")
        until(lambda: ready % "prometheus" in running.metrics(), "the other service")
        assert "sleeper" not in running.metrics()
        assert f"{good} 1.0" in running.metrics()
        assert "listen, targets and logs take a restart to change" in running.told
        written = yaml.safe_load((file.parent / "process-exporter.yml").read_text())
        assert written["process_names"][0]["name"] == "aggregator"

        running.process.send_signal(signal.SIGHUP)
        until(lambda: running.told.count("has read") == 2, "the same file again")
        assert 'starts_total{program="prometheus"} 1.0' in running.metrics()

        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
    assert list(targets.iterdir()) == []


def test_what_keeps_it_from_running_is_told_with_status_2(file: Path) -> None:
    (file.parent / "busy").write_text("")
    for more, told in (
        ("targets: busy/targets\n", "tocsin-supervise: cannot register in"),
        ("processes: {write: busy/x, services: {a: {}}}\n", "tocsin-supervise: cannot write"),
        (f"listen: 127.0.0.1:{free_port()}\n", "cannot listen on"),
    ):
        file.write_text(f"{MINIMAL}{'' if 'targets' in more else 'targets: t' + chr(10)}{more}")
        taken = contextlib.ExitStack()
        with taken:
            if "listen" in more:
                import socket

                port = int(more.rpartition(":")[2])
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
            done = subprocess.run(
                [SUPERVISE, file], capture_output=True, text=True, check=False, timeout=30
            )
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_it_is_a_module_too(file: Path) -> None:
    command = [sys.executable, "-m", "daemonkit.supervisor", file, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout == f"{file} is good: sleeper.\n"
