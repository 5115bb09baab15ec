"""docs/guide.md, typed along: its files are written, its commands run, and say what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide.md"
STEP = re.compile(r"^```(yaml|text|console)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SECONDS = 120


def says(expected: str, output: str) -> bool:
    """Whether the output is what the page shows; `...` stands for anything."""
    parts = [re.escape(part) for part in expected.strip().split("...")]
    return re.fullmatch(".*".join(parts), output.strip(), re.DOTALL) is not None


@pytest.mark.real
def test_the_guide_can_be_typed_along(promtool: Path, tmp_path: Path) -> None:
    path = os.pathsep.join(
        [str(Path(sys.executable).parent), str(promtool.parent), "/usr/bin:/bin"]
    )
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    steps = STEP.findall(GUIDE.read_text(encoding="utf-8"))
    assert len([name for _, name, _ in steps if name]) > 5
    for language, name, body in steps:
        if language != "console":
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body)
            continue
        for command, expected in COMMAND.findall(body):
            done = subprocess.run(  # noqa: S602 # the guide's own commands
                command, shell=True, cwd=tmp_path, env=environment, timeout=SECONDS,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert says(expected, done.stdout), f"$ {command}\n{done.stdout}{done.stderr}"
            assert done.returncode in ({1} if "mistake.yaml:" in expected else {0}), command


def test_every_block_of_the_guide_is_a_file_or_commands() -> None:
    """Or it would not be tested."""
    text = GUIDE.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(STEP.findall(text))
    for language, name, _ in STEP.findall(text):
        assert bool(name) == (language != "console")
