"""What all tests share: the real programs, and the folder of real material.

A real program that is missing skips a test on a developer's machine and fails it in CI (`CI=true`):
there, a proof that silently did not run would be worth nothing.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "bin"

# For the programs that the code under test starts, too, however pytest was started.
os.environ["PATH"] = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"

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
    pytest.skip(reason)


@pytest.fixture(scope="session")
def promtool() -> Path:
    return real("promtool")


@pytest.fixture(scope="session")
def amtool() -> Path:
    return real("amtool")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    return real("prometheus")


@pytest.fixture(scope="session")
def alertmanager() -> Path:
    return real("alertmanager")


@pytest.fixture(scope="session")
def node_exporter() -> Path:
    return real("node_exporter")


@pytest.fixture(scope="session")
def chromium() -> Path:
    return real("chromium")


@pytest.fixture(scope="session")
def prometheus_cpp() -> None:
    """The compiler and the library of daemons in C++."""
    if reason := without_cpp():
        missing(reason)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real rule files, expressions and webhooks: beside the repository, or at TOCSIN_CORPUS."""
    folder = Path(os.environ.get("TOCSIN_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"the corpus of real material is not at {folder} (TOCSIN_CORPUS says where)")
    return folder
