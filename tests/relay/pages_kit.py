"""The pages over a store that a rig fills, and what is read on them."""

import re

from flask.testing import FlaskClient
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig

from relay.config.model import Config, Loaded, Settings
from relay.store import Store, group_id
from relay.web.app import create_app
from relay.web.services import Services


class Site:
    """The pages over a store that a rig fills."""

    def __init__(self, store: Store, clock: FakeClock, config: Config = CONFIG) -> None:
        self.rig = Rig(store, FakeSlack(), clock, config)
        self.clock, self.store, self.config = clock, store, config

    def client(self, settings: Settings | None = None) -> FlaskClient:
        loaded = Loaded(self.config, settings or Settings())
        metrics = self.rig.metrics
        services = Services(loaded, self.store, metrics, self.clock, lambda: None, lambda: True)
        return create_app(services).test_client()

    def get(self, path: str = "/") -> str:
        answer = self.client().get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def group(self, key: str = "k") -> str:
        return self.get(f"/groups/{group_id('relay', key)}")


def names(html: str) -> list[str]:
    return re.findall(r'class="name" href="[^"]*">([^<]*)<', html)


def history(html: str) -> list[str]:
    found = re.findall(r'<span class="what">(\w+)</span> <span>([^<]*)</span>', html)
    return [f"{what}: {text}" for what, text in found]
