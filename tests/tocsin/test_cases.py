"""End-to-end cases as plain files: each folder of `cases/` holds input, `cmd` and `expected.txt`.

`expected.txt` begins with the exit code; UPDATE_GOLDEN=1 (`make golden`) writes it anew.
"""

import os
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli import cli

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES / name
    work = tmp_path / name
    shutil.copytree(case, work)
    (work / "expected.txt").unlink(missing_ok=True)
    (work / ".git").mkdir()  # a repository of its own: settings of folders above do not count
    monkeypatch.chdir(work)
    result = CliRunner().invoke(cli, shlex.split((case / "cmd").read_text()))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    shown = f"exit {result.exit_code}\n{result.output}"
    expected = case / "expected.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")
