"""`tocsin-sd` as a person meets it."""

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemonkit.folder import Folder
from daemonkit.sdcommand import main
from daemonkit.target import Target


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One daemon that lives, one that is long gone, and a file that Prometheus refuses."""
    path = tmp_path / "targets"
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = Folder(path)
        labels = {"platform": "p1", "host": "h1", "service": "aggregator"}
        here.register(Target(f"127.0.0.1:{server.getsockname()[1]}", labels))
        with socket.create_server(("127.0.0.1", 0)) as closed:
            gone = f"127.0.0.1:{closed.getsockname()[1]}"
        file = here.register(Target(gone, {**labels, "service": "mill"}))
        then = time.time() - 2 * 86_400 - 3 * 3_600 - 60
        os.utime(file, (then, then))
        (path / "rack.json").write_text('[{"targets": ["h:1"], "labels": {"rack": 7}}]')
        yield path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_list_shows_what_lives_what_does_not_and_what_prometheus_refuses(folder: Path) -> None:
    done = run("list", "--folder", folder)
    assert done.exit_code == 1
    shown = [line.split() for line in done.stdout.splitlines()]
    assert shown[0] == ["SERVICE", "PLATFORM", "HOST", "ADDRESS", "STATE", "LAST", "SEEN"]
    assert [line[:3] + line[4:] for line in shown[1:3]] == [
        ["aggregator", "p1", "h1", "up", "now"],
        ["mill", "p1", "h1", "down", "2", "d", "3", "h", "ago"],
    ]
    assert shown[3] == ["rack.json", "refused"]
    assert done.stderr == (
        f"tocsin-sd: {folder}/rack.json: Prometheus refuses it: label `rack` must be text, not 7\n"
    )


def test_list_as_json(folder: Path) -> None:
    done = run("list", "--folder", folder, "--format", "json")
    assert done.exit_code == 1
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert data["folder"] == str(folder)
    first, second, third = data["registrations"]
    assert first["state"] == "up"
    assert first["groups"][0]["labels"]["service"] == "aggregator"
    assert second["state"] == "down"
    assert time.time() - second["last_seen"] > 2 * 86_400
    assert third["state"] == "refused"
    assert "must be text" in third["problem"]


def test_prune_removes_what_is_gone_for_long_and_says_so(folder: Path) -> None:
    assert "Nothing in" in run("prune", "--folder", folder, "--older-than", "3d").stdout
    done = run("prune", "--folder", folder, "--dry-run")
    assert done.stdout == f"would remove {folder}/p1@h1@mill.json\n"
    done = run("prune", "--folder", folder, "--format", "json")
    assert json.loads(done.stdout)["removed"] == [f"{folder}/p1@h1@mill.json"]
    assert done.exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["p1@h1@aggregator.json", "rack.json"]
    assert run("prune", "--folder", folder).stdout == f"Nothing in {folder} is older than 1d.\n"


def test_an_empty_folder_is_no_mistake(tmp_path: Path) -> None:
    done = run("list", "--folder", tmp_path)
    assert (done.exit_code, done.stdout) == (0, f"Nothing is registered in {tmp_path}.\n")


def test_what_cannot_run_is_told_with_status_2(tmp_path: Path) -> None:
    for command in ("list", "prune"):
        done = run(command, "--folder", tmp_path / "none")
        assert done.exit_code == 2
        assert "none is no folder: TOCSIN_TARGETS or --folder names it" in done.stderr
    done = run("prune", "--folder", tmp_path, "--older-than", "soon")
    assert done.exit_code == 2
    assert "`soon` is no duration such as 30s, 15m or 1d" in done.stderr


def test_the_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_TARGETS", str(tmp_path))
    assert str(tmp_path) in run("list").stdout


def test_help_is_there() -> None:
    for arguments in (["--help"], ["list", "-h"], ["prune", "--help"]):
        assert run(*arguments).exit_code == 0
