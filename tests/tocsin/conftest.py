"""What tests of several files share."""

from collections.abc import Iterator
from pathlib import Path

import prometheus_kit
import pytest
from commands_kit import RULES


@pytest.fixture(scope="session")
def past(
    promtool: Path, prometheus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real Prometheus whose past is that of prometheus_kit."""
    folder = tmp_path_factory.mktemp("prometheus")
    with prometheus_kit.running(promtool, prometheus, folder) as url:
        yield url


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULES)
    return folder
