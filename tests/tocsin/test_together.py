"""What was found in files together is found again where nothing says otherwise, and never wrong."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin import linting, pipeline
from tocsin.checks import CHECKS, rule_duplicate
from tocsin.checks.check import Across
from tocsin.linting import How
from tocsin.report import Result

CATALOGUE = """\
version: 1
owners: {a: {channel: "#a"}, b: {channel: "#b"}}
policy: {require: []}
"""
RULES = """\
group: NAME
owner: a
rules:
  - record: NAME:x:sum
    expr: sum by (host) (x{job="NAME"})
  - alert: Shared
    expr: sum by (host) (x) > 5
    for: 5m
  - alert: AlertNAME
    expr: sum by (host) (NAME:x:sum) > 1
    for: 5m
    unless: Shared
"""
EDITS = (
    ("group:", "# more\ngroup:"),
    ("> 5", "> 6"),
    ("> 6", "> 5"),
    ("owner: a", "owner: b"),
    ("sum by (host) (x)", "sum by (host, zone) (x)"),
    ("unless: Shared", "unless: Alertone"),
    ("unless: Alertone", "unless: Alerttwo"),
    ("alert: Shared", "alert: Shared\n    labels: {owner: b}"),
    ("one:x:sum", "two:x:sum"),
    ("two:x:sum", "one:x:sum"),
    ('x{job="', 'y{job="'),
    ("for: 5m", "for: 6m"),
)


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    for name in ("one", "two", "three"):
        (folder / f"{name}.yaml").write_text(RULES.replace("NAME", name))
    return folder


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The checks that were asked."""
    asked: list[str] = []

    def told(check: str, across: Across) -> Across:
        def judge(*args: object) -> object:
            asked.append(check)
            return across.judge(*args)

        return Across(across.gather, judge, across.network)

    for check in CHECKS.values():
        if check.across and not check.opt_in:
            replaced = told(check.id, check.across)
            monkeypatch.setitem(check.__dict__, "across", replaced)
    return asked


def kept() -> Result:
    return linting.lint((Path("rules"),), How(Path("cache"), always=True, jobs=1)).result


def test_checks_are_asked_again_only_where_it_matters(rules: Path, judged: list[str]) -> None:
    kept()
    everything = {"rule/duplicate", "route/channel", "route/inhibition", "rule/dependency"}
    assert everything < set(judged)
    judged.clear()
    kept()
    assert judged == []
    file = rules / "three.yaml"
    file.write_text(file.read_text().replace("> 1", "> 2"))
    kept()
    assert judged == ["rule/duplicate"]


def test_a_problem_moves_with_its_file(rules: Path, judged: list[str]) -> None:
    found = [p for p in kept().problems if p.check == rule_duplicate.CHECK.id]
    assert found
    file = Path(found[0].position.file)
    file.write_text("# one more line\n" + file.read_text())
    moved = [p for p in kept().problems if p.check == rule_duplicate.CHECK.id]
    lines = {p.position.line for p in found if p.position.file == str(file)}
    assert {p.position.line for p in moved if p.position.file == str(file)} == {
        line + 1 for line in lines
    }


def test_other_settings_are_other_verdicts(rules: Path) -> None:
    before = kept().problems
    (rules / "catalogue.yaml").write_text(CATALOGUE.replace('"#b"', '"#a"'))
    assert kept().problems == pipeline.run((Path("rules"),), building=False).result.problems
    (rules / "catalogue.yaml").write_text(CATALOGUE)
    assert kept().problems == before


@pytest.mark.parametrize("seed", range(4))
def test_a_cache_says_what_is_found_afresh_whatever_is_changed(rules: Path, seed: int) -> None:
    chance = random.Random(seed)  # the same every time
    told = set()
    for _ in range(12):
        file = chance.choice(sorted(rules.glob("[ot]*.yaml")))
        old, new = chance.choice(EDITS)
        file.write_text(file.read_text().replace(old, new, 1))
        result = kept()
        fresh = pipeline.run((Path("rules"),), building=False).result
        assert result.problems == fresh.problems
        told |= {problem.check for problem in fresh.problems}
    assert {"rule/duplicate"} < told
