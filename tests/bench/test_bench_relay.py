"""The relay's benchmarks run, too small to measure anything; nothing here is timed."""

import json
from pathlib import Path

import pytest

from bench import alerts, delivery, growth, intake, load, programs, sections, storm
from bench.measure import Failed
from bench.options import Options
from bench.sections import Section, Sections
from bench.standin import Call, StandIn


def said(text: str, ts: str = "1", *, thread: bool = False) -> Call:
    return Call(0.0, "chat.postMessage", 200, ts, json.dumps({"text": text}), thread)


def test_the_stand_in_takes_so_many_and_refuses_the_rest() -> None:
    with StandIn(rate=1) as slack:
        address = ("127.0.0.1", int(slack.url.rpartition(":")[2]))
        body = json.dumps({"text": alerts.group_name(7)}).encode()
        requests = [
            load.post(address, path, body)
            for path in ("/api/chat.postMessage", "/services/x", "/api/chat.update", "/api/x")
        ]
        done = load.run(address, iter(requests), 1, 60, len(requests))
    assert done.statuses == {200: 3, 429: 1}
    assert [call.method for call in slack.calls] == [
        "chat.postMessage", "services", "chat.update", "x"
    ]  # fmt: skip
    assert len(slack.told()) == 1
    assert len(done.latencies) == 4


def test_what_the_relays_channel_shows_is_counted() -> None:
    told = [
        said("🟠 FIRING · g000001", "1"),
        said("🟠 STORM · 1,000 groups firing", "2"),
        said("g000009: in the thread", "3", thread=True),
    ]
    assert storm.of_the_relay(told) == storm.Shown(1_001, 1_001)
    told += [said("🟠 STORM · 10 of 1,000 groups firing", "2")]
    assert storm.of_the_relay(told) == storm.Shown(1_001, 11)
    told += [said("✅ RESOLVED · storm of 1,000 groups", "2"), said("✅ RESOLVED · g000001", "1")]
    assert storm.of_the_relay(told) == storm.Shown(1_001, 0)


def test_what_alertmanagers_notifier_shows_is_counted() -> None:
    told = [said("[FIRING:1] g000001"), said("[FIRING:1] g000002"), said("[RESOLVED] g000001")]
    assert storm.of_alertmanager(told) == storm.Shown(2, 1)


def test_each_section_has_its_table_and_its_part_of_the_picture(tmp_path: Path) -> None:
    part = Section("A", "What.", ("x", "y"), [["1", "2"]], lambda axis: axis.plot([1, 2]))
    found = Sections("relay", "All", "Intro.", [part] * 3)
    assert found.table().count("| 1 | 2 |") == 3
    found.picture(tmp_path / "all.png")
    assert (tmp_path / "all.png").stat().st_size > 0
    assert sections.percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_a_program_that_ends_is_told_with_what_it_said(tmp_path: Path) -> None:
    with (
        pytest.raises(Failed, match="sh does not answer:\nno port"),
        programs.started(lambda _port: ["sh", "-c", "echo no port"], tmp_path, "/"),
    ):
        pass


@pytest.mark.slow
@pytest.mark.usefixtures("alertmanager")
def test_all_is_measured_with_the_real_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RATES", (5,))
    monkeypatch.setattr(intake, "CLIENTS", (2,))
    monkeypatch.setattr(growth, "SIZES", (10, 20_000))
    monkeypatch.setattr(growth, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(storm, "SIZES", (30,))
    for part in (delivery, intake, growth, storm):
        folder = tmp_path / part.__name__
        found = part.run(Options(1, 0.1, folder))
        assert all(len(row) == len(found.head) for row in found.rows)
        if part is storm:
            assert found.rows[0][1:3] == ["30", "0"]
