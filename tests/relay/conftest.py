"""What the relay's tests share: the kit's parts as fixtures, the recorded webhooks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres_kit
import pytest
from desk_kit import Desk
from hypothesis import settings
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, SlackServer
from relay_process import Relay
from site_kit import Make, Site
from strict_http import served
from strict_slack import StrictSlack

from relay.config.model import Config, Settings
from relay.store import Store
from relay.store.opening import open_store

settings.register_profile("relay", deadline=None)  # a busy machine is no failure
settings.load_profile("relay")


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_kit.Server]:
    """A running server."""
    yield from postgres_kit.running()


@pytest.fixture
def postgres_url(postgres: postgres_kit.Server) -> Iterator[str]:
    """A database of its own for each test."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What takes `store_url`, as every test of a store does, runs on each engine: the contract at
    every change, all else on PostgreSQL with the long proofs."""
    if "store_url" in metafunc.fixturenames:
        contract = metafunc.definition.get_closest_marker("contract")
        marks = () if contract else (pytest.mark.slow,)
        params = ["sqlite", pytest.param("postgresql", marks=marks)]
        metafunc.parametrize("store_url", params, indirect=True)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store may be made."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/relay.sqlite"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture
def rig(store: Store, slack: FakeSlack, clock: FakeClock) -> Rig:
    return Rig(store, slack, clock)


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    made = Desk(store, clock)
    made.tell("h1", "h2")
    return made


@pytest.fixture
def make(store: Store, clock: FakeClock) -> Make:
    def build(settings: Settings | None = None, config: Config = CONFIG) -> Site:
        return Site(store, clock, settings or Settings(), config)

    return build


@pytest.fixture
def slack_server() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def strict_slack() -> Iterator[StrictSlack]:
    """Finds nothing wrong with what it is asked, and has to refuse nothing for its rates."""
    with served(StrictSlack("alerts")) as strict:
        yield strict
        assert strict.wrong == []
        assert strict.limited == []


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
