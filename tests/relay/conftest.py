"""What the relay's tests share: the kit's parts as fixtures, the recorded webhooks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from relay_kit import FakeClock, FakeSlack, SlackServer
from relay_process import Relay

from relay.store import Store
from relay.store.sqlite import open_sqlite

settings.register_profile("relay", deadline=None)  # a busy machine is no failure
settings.load_profile("relay")

ENGINES: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: open_sqlite(f"sqlite:///{folder}/relay.sqlite"),
}
"""A second engine is one line here: the whole contract suite runs on it."""


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = ENGINES[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture
def slack_server() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Relay]]:
    started: list[Relay] = []

    def build(**environ: str) -> Relay:
        relay = Relay(tmp_path, **environ)
        started.append(relay)
        relay.start()
        return relay

    yield build
    for relay in started:
        if relay.process and relay.process.poll() is None:
            relay.stop()


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of webhooks recorded from a real Alertmanager; skips where it is absent."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
    folder = Path(os.environ.get("TOCSIN_CORPUS", default)) / "webhooks"
    if not folder.is_dir():
        pytest.skip(f"no recorded webhooks in {folder}")
    return folder
