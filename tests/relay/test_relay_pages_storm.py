"""What the page says of storms, and of what anybody may have written into a label."""

import pytest
from pages_kit import Site
from relay_kit import FakeClock, alert

from relay.config.model import Settings
from relay.secret import Secret
from relay.store import Store


@pytest.fixture
def site(store: Store, clock: FakeClock) -> Site:
    return Site(store, clock)


def test_a_storm_is_shown_with_its_groups(site: Site, store: Store) -> None:
    for number in range(60):
        site.rig.tell(alert(f"h{number}", alertname=f"A{number}"), key=f"k{number}")
    site.rig.run(2)
    page = site.get("/")
    assert "A storm in <strong>#alerts</strong>" in page
    assert "60 groups, 60 still firing" in page
    assert "and 10 more" in page
    (digest,) = store.digests(1)
    whole = site.get(f"/digests/{digest.storm.id}")
    assert all(f">A{number}</a>" in whole for number in range(60)), "what its message says is there"
    assert site.client().get("/digests/storm-0").status_code == 404
    beyond = Settings(host="0.0.0.0")
    assert site.client(beyond).get(f"/digests/{digest.storm.id}").status_code == 403
    links = site.get("/").count(f'href="/digests/{digest.storm.id}"')
    assert links == 62, "in each row, in the note above, in the list below"


def test_who_has_no_message_of_its_own_is_told_by_the_digest(site: Site, store: Store) -> None:
    for number in range(60):
        severity = "critical" if number < 3 else "warning"
        site.rig.tell(alert(f"h{number}", severity=severity), key=f"k{number}")
    site.rig.run(60)
    (digest,) = store.digests(1)
    covered = site.group("k50")
    assert "no message of its own" in covered
    assert f'told by <a href="/digests/{digest.storm.id}">' in covered
    assert "never delivered" not in site.get("/")
    own = site.group("k0")
    assert "delivered" in own
    assert "told by" not in own
    assert site.get(f"/digests/{digest.storm.id}").count("has a message of its own") == 3


def test_the_parts_of_the_page_can_be_jumped_to(site: Site) -> None:
    assert "On this page" not in site.get("/")
    for number in range(40):
        site.rig.tell(alert(f"h{number}"), key=f"k{number}")
    site.rig.run(2)
    page = site.get("/")
    assert '<a href="#storms">Storms (1)</a>' in page
    assert '<h2 id="storms">' in page


def test_a_secret_is_hidden_and_one_as_short_as_a_word_breaks_no_link(site: Site) -> None:
    site.rig.tell(alert("h1", summary="the token is hook-hush-2, and groups"))
    for token, shown in (("hook-hush-2", "the token is ***, and"), ("groups", 'href="/groups/')):
        settings = Settings(webhook_tokens=(Secret(token),))
        assert shown in site.client(settings).get("/").text
