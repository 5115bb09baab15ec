"""Community rule files, as published: importing and compiling gives the rules they were."""

import json
from pathlib import Path

import pytest
from commands_kit import run
from import_kit import compiled, originals

import tocsin.promtool
from tocsin import emit, pipeline


def files(corpus: Path) -> list[Path]:
    return sorted((corpus / "awesome-rules").glob("*.yml"))


def test_each_community_file_compiles_to_what_it_was(corpus: Path, tmp_path: Path) -> None:
    for path in files(corpus):
        out = tmp_path / path.stem
        done = run("import", path, "--out", out)
        assert done.exit_code == 0, (path.name, done.output)
        assert compiled(out) == originals(path.read_bytes()), path.name


@pytest.fixture(scope="module")
def catalogue(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("all") / "rules"
    done = run("import", *files(corpus), "--out", out)
    assert done.exit_code == 0
    assert "517 rules of 60 groups became " in done.output
    return out


def errors(*paths: Path) -> list[tuple[str, str, str]]:
    """What lint finds to be an error, without its place."""
    found = json.loads(run("lint", *paths, "--format", "json").stdout)["problems"]
    return sorted(
        (one["rule"], one["check"], one["message"]) for one in found if one["severity"] == "error"
    )


def test_together_they_make_a_catalogue_with_no_error_that_they_had_not(
    corpus: Path, catalogue: Path
) -> None:
    assert errors(catalogue) == errors(*files(corpus))


def test_their_groups_have_names_of_their_own(corpus: Path, catalogue: Path) -> None:
    found = compiled(catalogue)
    assert len({name for name, _ in found}) == len(found) == 60
    wanted = [rules for path in files(corpus) for _, rules in originals(path.read_bytes())]
    assert sorted(map(repr, wanted)) == sorted(repr(rules) for _, rules in found)


def test_every_comment_is_somewhere(corpus: Path, catalogue: Path) -> None:
    written = "\n".join(path.read_text() for path in catalogue.glob("*.yaml"))
    for path in files(corpus):
        for line in path.read_text().splitlines():
            if line.strip().startswith("#"):
                assert line.strip() in written, path.name


@pytest.mark.real
def test_promtool_takes_what_it_compiles_to(
    catalogue: Path, promtool: Path, tmp_path: Path
) -> None:
    for name, text in emit.files(pipeline.run((catalogue,)).compiled).items():
        if name.startswith("prometheus/"):
            path = tmp_path / Path(name).name
            path.write_text(text)
            assert tocsin.promtool.check_rules(promtool, path).ok, name
