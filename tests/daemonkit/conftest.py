"""A supervisor that looks often, with what it tells and counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from supervisor_kit import LABELS, Told

from daemonkit.supervisor import Supervisor, keeper


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def supervisor(
    tmp_path: Path, told: Told, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Supervisor]:
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 0.05)
    options = {"folder": tmp_path / "targets", "logs": tmp_path / "logs"}
    with Supervisor(LABELS, **options, tell=told.append, registry=registry) as made:
        yield made
