"""`tocsin lint` by several processes and from its cache says what one process says afresh."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import catalogue
from tocsin import keep, linting, pipeline, work
from tocsin.cli import cli
from tocsin.linting import How
from tocsin.report import Result

HERE = Path(__file__).parent
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 8, 1, tzinfo=UTC)
INPUTS = [*sorted((HERE / "cases").iterdir()), HERE / "golden" / "input", HERE.parents[1] / "rules"]


def afresh(*paths: Path, now: datetime = NOW) -> Result:
    return pipeline.run(paths, now=now, building=False).result


def by(how: How, *paths: Path, now: datetime = NOW) -> Result:
    return linting.lint(paths, how, now=now).result


def same(one: Result, other: Result) -> bool:
    """Whether both tell the same, down to the texts that problems are shown in."""
    texts = [
        [result.sources[p.position.file].lines for p in result.problems if seen(result, p)]
        for result in (one, other)
    ]
    facts = [(r.problems, r.files, r.rules, r.alerts, sorted(r.sources)) for r in (one, other)]
    return facts[0] == facts[1] and texts[0] == texts[1]


def seen(result: Result, problem: object) -> bool:
    return problem.position.file in result.sources  # a Problem


@pytest.mark.parametrize("folder", INPUTS, ids=lambda path: path.name)
def test_all_ways_tell_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    (copy / ".git").mkdir()
    monkeypatch.chdir(copy)
    where = Path("rules" if Path("rules").is_dir() else "")
    plain = afresh(where)
    always = How(tmp_path / "cache", always=True, jobs=2)
    assert same(by(How(jobs=2), where), plain)
    assert same(by(always, where), plain)
    assert same(by(always, where), plain)


@pytest.mark.slow  # the cases above are the short version
def test_the_corpus_is_judged_the_same(corpus: Path, tmp_path: Path) -> None:
    plain = afresh(corpus / "awesome-rules")
    always = How(tmp_path, always=True, jobs=3)
    assert same(by(always, corpus / "awesome-rules"), plain)
    assert same(by(always, corpus / "awesome-rules"), plain)


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return catalogue.write(tmp_path, 6).folder


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that were really looked at."""
    names: list[str] = []
    real = work.Work.done

    def counted(self: work.Work, name: str) -> object:
        if not self.keeping:  # as `afresh` does
            names.append(Path(name).parent.name)
        return real(self, name)

    monkeypatch.setattr(work.Work, "done", counted)
    return names


def rename(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


ALWAYS = How(Path("cache"), always=True, jobs=1)


def test_only_what_changed_is_looked_at(rules: Path, done: list[str]) -> None:
    assert same(by(ALWAYS, Path("rules")), afresh(Path("rules")))
    assert len(done) == 6
    done.clear()
    assert same(by(ALWAYS, Path("rules")), afresh(Path("rules")))
    assert done == []
    catalogue.change(rules / "mysql" / "billing.yaml", 1)
    assert same(by(ALWAYS, Path("rules")), afresh(Path("rules")))
    assert done == ["mysql"]


@pytest.mark.parametrize(
    ("changed", "again"),
    [("catalogue.yaml", 6), ("metrics/mysql.yaml", 6), ("../docs/runbooks/mysql.md", 1)],
)
def test_what_files_rest_on_counts(rules: Path, done: list[str], changed: str, again: int) -> None:
    by(ALWAYS, Path("rules"))
    done.clear()
    path = rules / changed
    path.write_text(path.read_text().replace("Capacity", "Room") + "\n# more\n", encoding="utf-8")
    assert same(by(ALWAYS, Path("rules")), afresh(Path("rules")))
    assert len(done) == again
    assert bool(afresh(Path("rules")).problems) == changed.endswith(".md")


READER = """\
group: reader
owner: core
rules:
  - alert: Reads
    threshold:
      value: service:mysql_billing_requests:rate5m{}
      above: {warning: {at: 1, for: 5m}}
    overrides:
      - where: {code: "500"}
        above: {warning: {at: 2, for: 5m}}
    summary: Requests come
    runbook: mysql.md#flow
"""


def test_what_other_files_record_counts(rules: Path, done: list[str]) -> None:
    """A file that reads a recorded series is looked at again when that is recorded otherwise."""
    (rules / "reader.yaml").write_text(READER, encoding="utf-8")
    before = by(ALWAYS, Path("rules"))
    done.clear()
    rename(rules / "mysql" / "billing.yaml", "sum by (service, code)", "sum by (service, method)")
    after = by(ALWAYS, Path("rules"))
    assert same(after, afresh(Path("rules")))
    assert sorted(done) == ["mysql", "rules"]
    assert "rule/override" not in {problem.check for problem in before.problems}
    assert "rule/override" in {problem.check for problem in after.problems}


def test_what_compares_files_is_done_every_time(rules: Path, done: list[str]) -> None:
    by(ALWAYS, Path("rules"))
    done.clear()
    copy = rules / "copy.yaml"
    shutil.copy(rules / "mysql" / "billing.yaml", copy)
    found = by(ALWAYS, Path("rules"))
    assert same(found, afresh(Path("rules")))
    assert {"rule/duplicate"} == {problem.check for problem in found.problems}
    copy.unlink()
    assert by(ALWAYS, Path("rules")).problems == ()


def test_a_suppression_ends_in_the_cache_too(rules: Path) -> None:
    path = rules / "mysql" / "billing.yaml"
    ignore = (
        "    ignore: [{check: rule/owner, until: 2026-07-01, reason: later}]\n    owner: nobody\n"
    )
    rename(
        path,
        "    for: 2m\n" if "for: 2m\n" in path.read_text() else "    for: 5m\n",
        f"    for: 2m\n{ignore}",
    )
    for now in (NOW, LATER, NOW):
        assert same(by(ALWAYS, Path("rules"), now=now), afresh(Path("rules"), now=now))


def test_a_cache_that_is_broken_is_not_there(rules: Path, done: list[str]) -> None:
    plain = by(ALWAYS, Path("rules"))
    (cache,) = Path("cache").iterdir()
    whole = cache.read_bytes()
    for broken in (
        b"",
        b"x",
        whole[:-1],
        whole[:200],
        whole.replace(b"mysql", b"mysqI"),
        whole[9:],
    ):
        cache.write_bytes(broken)
        done.clear()
        assert same(by(ALWAYS, Path("rules")), plain)
        assert len(done) == 6
        assert cache.read_bytes() != broken
    cache.unlink()
    cache.mkdir()
    assert same(by(ALWAYS, Path("rules")), plain)


def test_a_cache_runs_no_code(rules: Path, done: list[str]) -> None:
    plain = by(ALWAYS, Path("rules"))
    (cache,) = Path("cache").iterdir()
    payload = b"cos\nsystem\n(S'touch owned'\ntR."
    cache.write_bytes(keep._MAGIC + keep._digest([payload]) + payload)
    assert same(by(ALWAYS, Path("rules")), plain)
    assert not Path("owned").exists()


def test_another_version_starts_anew(
    rules: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by(ALWAYS, Path("rules"))
    done.clear()
    monkeypatch.setattr(keep, "stamp", lambda: "another")
    by(ALWAYS, Path("rules"))
    assert len(done) == 6


def test_part_of_a_catalogue_leaves_the_rest_in_the_cache(rules: Path, done: list[str]) -> None:
    by(ALWAYS, Path("rules"))
    catalogue.change(rules / "mysql" / "billing.yaml", 1)
    by(ALWAYS, Path("rules/mysql/billing.yaml"))
    done.clear()
    by(ALWAYS, Path("rules"))
    assert done == []


def test_runs_at_the_same_time_do_not_mind_each_other(rules: Path, done: list[str]) -> None:
    start = "from tocsin.cli import main; main()"
    command = [sys.executable, "-c", start, "lint", "--cache", "cache"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {run.communicate(timeout=120)[0] for run in runs}
    assert told == {"ok: 6 files, 120 rules, 185 alerts, no problems\n"}
    by(ALWAYS, Path("rules"))
    assert done == []


def test_where_nothing_can_be_written_nothing_is_said(rules: Path) -> None:
    Path("cache").write_text("a file")
    assert same(by(ALWAYS, Path("rules")), afresh(Path("rules")))
    assert Path("cache").read_text() == "a file"


def test_little_is_not_kept_unless_asked(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("home").absolute()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    run = CliRunner().invoke
    assert run(cli, ["lint"]).exit_code == 0
    assert not home.exists()
    monkeypatch.setattr(linting, "ENOUGH", 1)
    assert run(cli, ["lint", "--no-cache"]).exit_code == 0
    assert not home.exists()
    assert run(cli, ["lint"]).exit_code == 0
    assert len(list((home / "tocsin").iterdir())) == 1
    assert run(cli, ["lint", "--cache", "own", "--jobs", "2"]).exit_code == 0
    assert len(list(Path("own").iterdir())) == 1


def test_the_home_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    for written, meant in (("", "/home/ann/.cache"), ("x", "/home/ann/.cache"), ("/c", "/c")):
        monkeypatch.setenv("XDG_CACHE_HOME", written)
        assert keep.home() == Path(meant) / "tocsin"
