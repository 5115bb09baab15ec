"""The folder that Prometheus watches: files appear whole, stay while they say something, and go."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemonkit import KitError, target
from daemonkit.folder import DAY_SECONDS, Folder
from daemonkit.target import Target

LABELS = {"platform": "p1", "host": "h1", "service": "mill"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "targets")


@pytest.fixture
def listening() -> Iterator[str]:
    """The address of something that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent() -> str:
    """The address of something that is gone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def grow_old(path: Path, days: float) -> None:
    then = time.time() - days * DAY_SECONDS
    os.utime(path, (then, then))


def test_a_registration_is_what_prometheus_reads_and_for_everybody_to_read(folder: Folder) -> None:
    file = folder.register(Target("127.0.0.1:9101", LABELS))
    assert file == folder.path / "p1@h1@mill.json"
    assert json.loads(file.read_text()) == [{"targets": ["127.0.0.1:9101"], "labels": LABELS}]
    assert file.stat().st_mode & 0o777 == 0o644


def test_who_may_register_may_write_drafts(folder: Folder, tmp_path: Path) -> None:
    folder.path.mkdir()
    folder.path.chmod(0o2775)
    folder.register(Target("127.0.0.1:1", LABELS))
    assert (tmp_path / ".targets.drafts").stat().st_mode & 0o7777 == 0o2775


def test_nobody_ever_sees_half_a_file_or_another_name(folder: Folder) -> None:
    """A reader that looks all the time, as Prometheus may, while files are written and replaced."""
    labels = {**LABELS, "note": "x" * 100_000}
    folder.register(Target("127.0.0.1:1", labels))
    names: set[str] = set()
    done = threading.Event()

    def write() -> None:
        for port in range(1, 150):
            folder.register(Target(f"127.0.0.1:{port}", labels))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set():
        for file in folder.path.iterdir():
            names.add(file.name)
            target.parse(file.read_text())
            reads += 1
    writer.join()
    assert reads > 10
    assert names == {"p1@h1@mill.json"}


def test_where_the_folder_is_a_mount_of_its_own_the_draft_is_made_inside(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # as root may write everywhere
    folder.register(Target("127.0.0.1:1", LABELS))
    assert sorted(path.name for path in folder.path.iterdir()) == [".drafts", "p1@h1@mill.json"]
    assert not list((folder.path / ".drafts").iterdir())


def test_names_that_look_alike_do_not_share_a_file() -> None:
    one = Target("h:1", {"platform": "a@b", "host": "c", "service": "d/../e"})
    two = Target("h:1", {"platform": "a", "host": "b@c", "service": "d/../e"})
    three = Target("h:1", {**LABELS, "instance": "2"})
    assert one.file_name == "a%40b@c@d%2F..%2Fe.json"
    assert two.file_name == "a@b%40c@d%2F..%2Fe.json"
    assert three.file_name == "p1@h1@mill@2.json"


@pytest.mark.parametrize(
    ("address", "labels", "told"),
    [
        ("h:1", {"platform": "p1", "host": "h1"}, "service is missing"),
        ("h:1", {**LABELS, "host": ""}, "host is missing"),
        ("h:1", {**LABELS, "data-centre": "x"}, "`data-centre` is no label name"),
        ("h:1", {**LABELS, "1st": "x"}, "`1st` is no label name"),
        ("h:1", {**LABELS, "rack": 7}, "label `rack` must be text, not 7"),
        ("h:1", {**LABELS, "rack": None}, "label `rack` must be text, not None"),
        ("h:1", {**LABELS, 7: "x"}, "`7` is no label name"),
        ("h", LABELS, "'h' is no address such as h1.example.org:9101"),
        ("h:0", LABELS, "'h:0' is no address"),
        ("h:65536", LABELS, "'h:65536' is no address"),
        ("http://h:1", LABELS, "'http://h:1' is no address"),
        ("::1:80", LABELS, "'::1:80' is no address"),
    ],
)
def test_what_prometheus_would_refuse_is_not_registered(
    address: str, labels: dict[str, str], told: str
) -> None:
    with pytest.raises(KitError) as raised:
        Target(address, labels)
    assert str(raised.value).startswith("cannot register: ")
    assert told in str(raised.value)


def test_any_other_text_is_a_label(folder: Folder) -> None:
    odd = Target("[::1]:80", {**LABELS, "service": 'é "\ud800\n', "note": ""})
    file = folder.register(odd)
    assert target.parse(file.read_text())[0].labels == odd.labels


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "a list of groups"),
        ("[1]", "a group must be"),
        ('[{"targets": ["h:1"], "label": {}}]', "`label` is not known to Prometheus"),
        ('[{"targets": "h:1"}]', "`targets` must be a list"),
        ('[{"targets": [1]}]', "1 is no address"),
        ('[{"targets": ["h:1"], "labels": {"a-b": "c"}}]', "`a-b` is no label name"),
        ('[{"targets": ["h:1"], "labels": {"a": 1}}]', "label `a` must be text, not 1"),
    ],
)
def test_what_others_wrote_is_told_as_prometheus_would_refuse_it(
    folder: Folder, text: str, told: str
) -> None:
    folder.path.mkdir()
    (folder.path / "other.json").write_text(text)
    (found,) = folder.registrations()
    assert told in found.problem


def test_a_file_that_cannot_be_read_is_no_crash(folder: Folder) -> None:
    folder.path.mkdir()
    (folder.path / "latin.json").write_bytes(b'["\xe9"]')
    (folder.path / "folder.json").mkdir()
    (folder.path / "loop.json").symlink_to("loop.json")
    (folder.path / "gone.json").symlink_to("nowhere")
    problems = {each.path.name: each.problem for each in folder.registrations()}
    assert problems == {
        "latin.json": "cannot be read: not UTF-8",
        "folder.json": "cannot be read: Is a directory",
        "loop.json": "cannot be read: Too many levels of symbolic links",
    }


def test_a_clean_stop_removes_only_its_own_file_and_never_the_folder(folder: Folder) -> None:
    old, new = Target("127.0.0.1:1", LABELS), Target("127.0.0.1:2", LABELS)
    folder.register(old)
    folder.register(new)  # the daemon was started anew before the old one had stopped
    folder.remove(old)
    assert [each.addresses for each in folder.registrations()] == [("127.0.0.1:2",)]
    folder.remove(new)
    folder.remove(new)
    assert folder.path.is_dir()
    assert folder.registrations() == []


def test_a_living_daemon_keeps_its_file_fresh_and_puts_it_back(folder: Folder) -> None:
    mine = Target("127.0.0.1:1", LABELS)
    file = folder.register(mine)
    grow_old(file, 3)
    folder.keep(mine)
    assert time.time() - file.stat().st_mtime < 60
    file.unlink()
    folder.keep(mine)
    assert file.read_text() == mine.text
    other = Target("127.0.0.1:2", LABELS)
    folder.register(other)
    folder.keep(mine)
    assert file.read_text() == other.text


def test_only_what_is_silent_for_long_is_collected(
    folder: Folder, listening: str, silent: str
) -> None:
    def put(service: str, address: str, days: float, host: str = "h1") -> Path:
        labels = {"platform": "p1", "host": host, "service": service}
        file = folder.register(Target(address, labels))
        grow_old(file, days)
        return file

    put("lives", listening, 9)
    put("crashed", silent, 0.9)
    elsewhere = put("elsewhere", silent, 2, host="h2")
    gone = put("gone", silent, 2)
    (folder.path / "broken.json").write_text("{")
    grow_old(folder.path / "broken.json", 9)

    assert folder.prune(DAY_SECONDS, host="h1", dry_run=True) == [gone]
    assert gone.exists()
    assert folder.prune(DAY_SECONDS, host="h1") == [gone]
    assert folder.prune(DAY_SECONDS) == [elsewhere]
    left = {path.name for path in folder.path.iterdir()}
    assert left == {"p1@h1@lives.json", "p1@h1@crashed.json", "broken.json"}
    # What answered was known to live then: had it died just now, its file would stay for a day.
    assert time.time() - (folder.path / "p1@h1@lives.json").stat().st_mtime < 60


def test_drafts_of_the_killed_are_collected(folder: Folder, tmp_path: Path) -> None:
    folder.register(Target("127.0.0.1:1", LABELS))
    drafts = tmp_path / ".targets.drafts"
    (drafts / "old").write_text("half")
    grow_old(drafts / "old", 1)
    (drafts / "new").write_text("half")
    folder.prune(DAY_SECONDS)
    assert [draft.name for draft in drafts.iterdir()] == ["new"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KitError, match=r"cannot register in .*/file/targets: Not a directory"):
        Folder(tmp_path / "file" / "targets").register(Target("127.0.0.1:1", LABELS))
    with pytest.raises(KitError, match="is no folder"):
        Folder(tmp_path / "none").registrations()


def test_the_setting_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(Folder().path) == "/var/lib/tocsin/targets"
    monkeypatch.setenv("TOCSIN_TARGETS", str(tmp_path))
    assert Folder().path == tmp_path
