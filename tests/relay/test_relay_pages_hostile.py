"""The pages, where alerts hold what hides, reorders, or has no end."""

import tracemalloc
import unicodedata

import pytest
from pages_kit import Site
from relay_kit import FakeClock, alert

from relay.store import Store

HIDING = "\u202egnp.exe\u2066\u200b\u061c\ufeff\xad\x1b[31m\x07\x85\r\U000e0041"


@pytest.fixture
def site(store: Store, clock: FakeClock) -> Site:
    return Site(store, clock)


def test_what_hides_or_reorders_text_is_not_in_a_page(site: Site) -> None:
    name, said = f"a{HIDING}b", f"said {HIDING} so"
    site.rig.tell(alert("h1", alertname=name, summary=said, rack=HIDING))
    site.rig.tell(alert("h2", alertname=name, summary="a family: 👩‍👩‍👧"), key="k2")
    for page in (site.get("/"), site.group(), site.group("k2")):
        odd = {each for each in page if unicodedata.category(each) in ("Cc", "Cf", "Cs")}
        assert odd <= {"\n", "\u200d"}
        assert "agnp.exe␛[31m␇\ufffd␍b" in page
    assert "👩‍👩‍👧" in site.get("/")


def test_pages_are_short_however_long_the_values_are(site: Site) -> None:
    long = "x" * 100_000
    labels = {f"l{number}": long for number in range(50)} | {long: long}
    for key in ("k", "k2"):
        alerts = [
            alert(each, alertname=long, severity=long, summary=long + each, **labels)
            for each in ("h1", "h2")
        ]
        site.rig.tell(*alerts, key=key)
    for page in (site.get("/"), site.group()):
        assert len(page) < 60_000
        assert long[:199] + "…" in page
        assert long[:2_000] not in page
    assert "+11 more" in site.get("/")


def test_of_large_groups_the_overview_holds_a_few_at_a_time(site: Site) -> None:
    for number in range(30):
        site.rig.tell(alert("h", summary="x" * 1_000_000), key=f"k{number}")
    tracemalloc.start()
    try:
        site.get("/")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
