"""`export` and `import`: from one engine to the other and back, whole or not at all."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from relay_kit import alert, at
from store_kit import fill, told
from test_relay_store_upgrade import goes_on

from relay.cli import main
from relay.store import Rejected
from relay.store.opening import export_store, import_store, open_store

pytestmark = pytest.mark.contract


def run(url: str, *arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(main, arguments, env={"RELAY_DATABASE_URL": url}, input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/source.sqlite"


def test_a_store_moves_to_another_engine_and_goes_on(
    store_url: str, sqlite: str, tmp_path: Path
) -> None:
    first = open_store(sqlite)
    fill(first)
    before = told(first)
    first.close()
    file = tmp_path / "store.jsonl"
    assert run(sqlite, "export", str(file)).exit_code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    done = run(store_url, "import", str(file))
    assert (done.exit_code, "rows taken in" in done.stderr) == (0, True), done.output
    second = open_store(store_url)
    assert told(second) == before
    second.reject(Rejected(at(3), "counts on", ""))
    assert second.rejected()[0].reason == "counts on"
    second.close()
    back = sqlite.replace("source.sqlite", "back.sqlite")
    moved = run(back, "import", text=run(store_url, "export").stdout)
    assert moved.exit_code == 0, moved.output
    third = open_store(back)
    assert len(told(third)["rejected"]) == 2
    goes_on(third)
    third.close()


def damaged(lines: list[str], how: str) -> list[str]:
    match how:
        case "cut":
            return lines[:-3]
        case "cut in a line":
            return [*lines[:-4], lines[-4][:20]]
        case "a row less":
            return [*lines[:5], *lines[6:]]
        case "another table":
            return [*lines[:5], lines[5].replace('"table":"', '"table":"x'), *lines[6:]]
        case "another column":
            return [*lines[:5], json.dumps({"table": "groups", "row": {"id": "x"}}), *lines[6:]]
        case "another type":
            row = json.loads(next(line for line in lines if '"groups"' in line))
            row["row"]["state"] = None
            return [lines[0], json.dumps(row), *lines[1:]]
        case "newer":
            return [lines[0].replace('"version":', '"version":9'), *lines[1:]]
        case "empty":
            return []
    return ["{}"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("cut", "the file ends early"),
        ("cut in a line", "line [0-9]+ is not what `tocsin-relay export` writes"),
        ("a row less", "lacks rows"),
        ("another table", "line 6 is no row of a table"),
        ("another column", "line 6 is no row of a table"),
        ("another type", "database: "),
        ("newer", "its tables have version 9[0-9]+, and this tocsin-relay knows"),
        ("empty", "line 1 is not what"),
        ("something else", "this is no store"),
    ],
)
def test_half_a_store_is_not_taken_in(
    store_url: str, sqlite: str, tmp_path: Path, how: str, expected: str
) -> None:
    source = open_store(sqlite)
    fill_little(source)
    source.close()
    file = tmp_path / "store.jsonl"
    file.write_text("\n".join(line.strip() for line in damaged([*export_store(sqlite)], how)))
    done = run(store_url, "import", str(file))
    assert done.exit_code == 2
    assert "cannot import, and nothing was changed" in done.stderr
    assert re.search(expected, done.stderr), done.stderr
    untouched = open_store(store_url)
    assert (untouched.overview(9), untouched.heartbeats()) == ([], [])
    untouched.close()


def fill_little(store: object) -> None:
    from claims_kit import tell

    for index in range(8):
        tell(store, alert(f"a{index}"), key=f"k{index}")


def test_a_store_that_is_in_use_is_not_written_over(store_url: str, sqlite: str) -> None:
    for url in (store_url, sqlite):
        store = open_store(url)
        fill_little(store)
        store.close()
    done = run(store_url, "import", text="".join(export_store(sqlite)))
    assert (done.exit_code, "is not empty" in done.stderr) == (2, True)


def test_what_cannot_be_read_or_written_is_told(
    store_url: str, sqlite: str, tmp_path: Path
) -> None:
    missing = run(sqlite, "export")
    assert (missing.exit_code, "there is no database" in missing.stderr) == (2, True)
    assert not Path(sqlite.removeprefix("sqlite:///")).exists()
    open_store(sqlite).close()
    nowhere = run(sqlite, "export", str(tmp_path / "no" / "file"))
    assert (nowhere.exit_code, "No such file" in nowhere.stderr) == (2, True)
    absent = run(store_url, "import", str(tmp_path / "absent"))
    assert (absent.exit_code, "No such file" in absent.stderr) == (2, True)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in run(store_url, "import", str(tmp_path / "binary")).stderr
    assert import_store(store_url, export_store(sqlite)) > 0, "an empty store is one, too"
