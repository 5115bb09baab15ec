"""Which files are looked at under a folder."""

from pathlib import Path

import pytest

from tocsin.load import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.yaml", "b.yml", "sub/c.yaml", "sub/deep/d.yml", "e.txt", ".hidden.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "f.yaml").write_text("")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "folder.yaml" / "g.yaml").write_text("")
    (tmp_path / "link.yaml").symlink_to("e.txt")
    (tmp_path / "broken.yaml").symlink_to("nowhere")
    (tmp_path / "away").symlink_to(tmp_path / "sub", target_is_directory=True)
    return tmp_path


def test_yaml_files_but_hidden_ones_and_those_behind_links_to_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = ["a.yaml", "b.yml", "folder.yaml/g.yaml", "link.yaml", "sub/c.yaml", "sub/deep/d.yml"]
    assert [str(path) for path in files.rule_files(Path())] == found
    assert list(files.rule_files(folder)) == [folder / name for name in found]
    assert list(files.rule_files(Path("none"))) == []


def test_a_file_is_the_same_by_whatever_name(folder: Path) -> None:
    assert files.same(folder / "e.txt", folder / "link.yaml")
    assert not files.same(folder / "a.yaml", folder / "b.yml")
    assert not files.same(folder / "broken.yaml", folder / "broken.yaml")
