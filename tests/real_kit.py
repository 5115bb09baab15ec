"""Programs that tests run for real.

A real program that is missing skips a test on a developer's machine and fails it in CI (`CI=true`):
there, a proof that silently did not run would be worth nothing.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_NAMES = {
    "alertmanager": "prometheus-alertmanager",
    "node_exporter": "prometheus-node-exporter",
    "process-exporter": "prometheus-process-exporter",
}


def real(program: str) -> Path:
    """The path of a real program, from .tools/bin or PATH; skips, or in CI fails, without it."""
    names = (program, DEBIAN_NAMES.get(program, program))
    if found := next(filter(None, map(shutil.which, names)), None):
        return Path(found)
    return missing(f"{program} is neither in .tools/bin nor on PATH: run `make tools`")


def without_cpp() -> str:
    """Why no daemon in C++ can be built here; "" where it can."""
    if shutil.which("g++") and Path("/usr/include/prometheus/exposer.h").exists():
        return ""
    return "g++ or prometheus-cpp is not there: run tools/install-cpp.sh"


def missing(reason: str) -> NoReturn:
    """Skips the test, or in CI fails it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)  # `reason` says what is missing and how to install it; CI never gets here
