"""The real promtool: where it is, and how its tests are run and read."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_MEMORY = "400"  # per cent: Go's collector runs less often, which saves a tenth of the time


class NotFound(Exception):
    """There is no promtool on this machine."""


@dataclass(frozen=True)
class Run:
    """How one test file went. `output` is promtool's own text."""

    ok: bool
    output: str


def find() -> Path:
    """promtool's path: TOCSIN_PROMTOOL, or the first on PATH. Raises NotFound."""
    named = os.environ.get("TOCSIN_PROMTOOL")
    found = shutil.which(named or "promtool")
    if found is None:
        what = f"TOCSIN_PROMTOOL is {named}, which cannot be run" if named else "not on PATH"
        raise NotFound(f"promtool is needed to run tests: {what}")
    return Path(found)


def run_tests(promtool: Path, test_file: Path) -> Run:
    """Runs one promtool test file. Raises OSError when promtool itself cannot be started."""
    return _run(promtool, "test", test_file)


def check_rules(promtool: Path, rule_file: Path) -> Run:
    """Whether Prometheus would load a rule file. Raises OSError as `run_tests` does."""
    return _run(promtool, "check", rule_file)


def _run(promtool: Path, verb: str, file: Path) -> Run:
    done = subprocess.run(  # noqa: S603 # promtool, on a file that we were asked about
        [promtool, verb, "rules", file.name],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
        env={"GOGC": _MEMORY, **os.environ},
    )
    return Run(done.returncode == 0, done.stdout + done.stderr)
