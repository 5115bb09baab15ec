"""Several processes do what one does, and what another one fails to do is done all the same."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bench import catalogue
from tocsin import crew, emit, linting, pipeline, work
from tocsin.linting import How
from tocsin.report import Result

HERE = Path(__file__).parent
INPUTS = [HERE / "golden" / "input", HERE.parents[1] / "rules"]


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return catalogue.write(tmp_path, 6).folder


def linted(jobs: int) -> Result:
    return linting.lint((Path("rules"),), How(jobs=jobs)).result


@pytest.mark.parametrize("folder", INPUTS, ids=lambda path: path.name)
def test_what_several_processes_build_is_the_same(folder: Path) -> None:
    one, several = (pipeline.run((folder,), jobs=jobs) for jobs in (1, 3))
    assert one.result.problems == several.result.problems
    written = emit.files(one.compiled)
    assert emit.files(several.compiled) == written
    assert emit.files(replace(one.compiled, labels=None)) == written


def test_what_another_process_fails_to_deliver_is_done_here(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = linted(1).problems
    here = os.getpid()
    for name in ("outline", "done"):
        real = getattr(work.Work, name)

        def dying(*args: object, real: object = real) -> object:
            if os.getpid() != here:
                os._exit(1)
            return real(*args)  # one of the two methods

        with monkeypatch.context() as patched:
            patched.setattr(work.Work, name, dying)
            assert linted(3).problems == plain


def test_an_error_here_ends_the_others(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    real = work.Work.done

    def failing(self: work.Work, name: str) -> object:
        if os.getpid() == here:
            raise RuntimeError("here")
        return real(self, name)

    monkeypatch.setattr(work.Work, "done", failing)
    with pytest.raises(RuntimeError, match="here"):
        linted(2)


def test_processes_are_worth_their_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(32)))
    assert [crew.helpers(size * crew.ENOUGH) for size in (0, 1, 2, 100)] == [1, 1, 2, crew.MOST]
    monkeypatch.delattr(os, "fork")
    assert crew.helpers(100 * crew.ENOUGH) == 1
