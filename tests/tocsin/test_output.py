"""The output folder is replaced as a whole, or not at all."""

from pathlib import Path

import pytest

from tocsin.emit import output


def tree(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()
    }


def test_a_build_replaces_the_one_before(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    output.replace(out, {"a/one": "1", "two": "2"})
    out.chmod(0o750)
    output.replace(out, {"a/one": "new"})
    assert tree(out) == {"a/one": "new", ".tocsin-build": ""}
    assert out.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in out.parent.iterdir()] == ["out"], "nothing is left beside it"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    output.replace(tmp_path, {"a": "1"})
    assert tree(tmp_path) == {"a": "1", ".tocsin-build": ""}


def test_what_no_build_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(output.NotOurs, match=r"thesis\.txt"):
        output.replace(tmp_path, {"a": "1"})
    assert tree(tmp_path) == {"thesis.txt": "years of work"}
    with pytest.raises(output.NotOurs, match="is a file"):
        output.replace(tmp_path / "thesis.txt", {"a": "1"})


def test_a_failure_leaves_the_old_output_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    output.replace(out, {"a": "old", "b": "old"})

    def full(path: Path) -> None:
        if path.name == "b":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, "_flush", full)
    with pytest.raises(OSError, match="No space"):
        output.replace(out, {"a": "new", "b": "new"})
    assert tree(out) == {"a": "old", "b": "old", ".tocsin-build": ""}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_it_works_where_names_cannot_be_swapped_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    output.replace(out, {"a": "old"})
    monkeypatch.setattr(output.ctypes, "CDLL", lambda *_args, **_options: object())
    output.replace(out, {"a": "new"})
    assert tree(out)["a"] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_stale_names_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert output.stale(out, {"a": "1"}) == ["a"]
    output.replace(out, {"a": "1", "b": "2", "c/d": "3"})
    assert output.stale(out, {"a": "1", "b": "2", "c/d": "3"}) == []
    assert output.stale(out, {"a": "1", "b": "x", "e": "5"}) == ["b", "c/d", "e"]
