"""What all tests share: the real programs, and the folder of real material."""

import os
from pathlib import Path

import pytest
from real_kit import missing, real, without_cpp

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "bin"

# For the programs that the code under test starts, too, however pytest was started.
os.environ["PATH"] = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"


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
