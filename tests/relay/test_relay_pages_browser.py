"""The page in a real Chromium: live, by keyboard, on a phone, in the dark, and without script.

PICTURES=FOLDER keeps what it looks like, for a person to see.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import Browser, served
from relay_kit import CONFIG, FakeClock, FakeSlack, Rig, alert

from relay.config.model import Loaded, Settings
from relay.model.outcome import Refused
from relay.store import Heartbeat, Store
from relay.web.app import create_app
from relay.web.services import Services

PICTURES = os.environ.get("PICTURES", "")
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(chromium, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def rig(store: Store, clock: FakeClock) -> Rig:
    clock.time = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    rig = Rig(store, FakeSlack(), clock)
    host = {"alertname": "HostCpuHigh", "platform": "p1"}
    busy = alert("h1", 0, severity="critical", summary="CPU of h1 is at 97 %", **host)
    busy = replace(busy, annotations={**busy.annotations, "value": "97.3 %", "limit": "95 %"})
    rig.tell(
        busy,
        alert("h2", 12, summary="CPU of h2 is at 85 %", **host),
        key="cpu",
    )
    rig.tell(
        alert("cdr", -300, -20, alertname="FlowSilent", summary="No events on flow cdr"), key="flow"
    )
    rig.tell(
        alert("x", -5, severity="info", alertname="CertificateExpires", summary="soon"),
        key="cert",
        truncated=3,
    )
    rig.run(60)
    rig.slack.always = Refused("channel_not_found")
    rig.tell(alert("disk", 5, alertname="DiskFull", severity="critical", team="db"), key="disk")
    rig.run(5)
    rig.slack.always = None
    store.heartbeat(Heartbeat("alertname=Watchdog", clock.now()))
    return rig


@pytest.fixture
def address(rig: Rig) -> Iterator[str]:
    loaded = Loaded(CONFIG, Settings())
    services = Services(loaded, rig.store, rig.metrics, rig.clock, lambda: None, lambda: True)
    with served(create_app(services)) as url:
        yield url


def picture(browser: Browser, name: str) -> None:
    if PICTURES:
        browser.picture(Path(PICTURES) / f"{name}.png")


NAMES = "Array.from(document.querySelectorAll('.name'), (one) => one.textContent).join(' ')"


def test_the_page_stays_fresh_by_itself(browser: Browser, address: str, rig: Rig) -> None:
    browser.size(1200, 900)
    browser.media("light")
    browser.go(address)
    browser.until("document.getElementById('connection').textContent === 'live'")
    assert browser.run("document.title") == "1 stuck · Tocsin"
    picture(browser, "overview-light")
    browser.media("dark")
    picture(browser, "overview-dark")
    browser.media("light")
    rig.tell(alert("new", alertname="BrandNew"), key="new")
    browser.until(f"{NAMES}.includes('BrandNew')")


def test_a_search_narrows_while_one_types_and_by_keyboard_alone(
    browser: Browser, address: str
) -> None:
    browser.size(1200, 900)
    browser.go(address)
    browser.until("document.getElementById('connection').textContent === 'live'")
    browser.press("/", "/")
    assert browser.run("document.activeElement.id") == "q"
    browser.write("cpu")
    browser.until(f"{NAMES} === 'HostCpuHigh'")
    assert browser.run("location.search") == "?q=cpu"
    browser.run("document.querySelector('input[value=resolved]').click()")
    browser.until(f"{NAMES} === ''")
    assert browser.run("location.search") == "?q=cpu&show=resolved"
    browser.go(f"{address}/?show=resolved")
    browser.until(f"{NAMES} === 'FlowSilent'")
    browser.run("document.querySelector('.name').focus()")
    browser.press("Enter", "\r")
    browser.until("location.pathname.startsWith('/groups/')")


def test_a_groups_history_on_a_phone(browser: Browser, address: str) -> None:
    browser.size(390, 844)
    for path, name in [("/", "overview-phone"), ("", "group-phone")]:
        if not path:
            browser.run("Array.from(document.querySelectorAll('.name')).find((one) => "
                        "one.textContent === 'HostCpuHigh').click()")  # fmt: skip
            browser.until(
                "location.pathname.startsWith('/groups/') && document.readyState === 'complete'"
            )
            assert "97.3 % (limit 95 %)" in browser.run("document.body.innerText")
            assert "posted to #alerts" in browser.run(
                "document.querySelector('.history').innerText"
            )
        else:
            browser.go(address + path)
        assert browser.run("document.documentElement.scrollWidth <= 390"), "it scrolls sideways"
        picture(browser, name)
    browser.size(1200, 900)
    picture(browser, "group-light")


def test_what_is_stuck_is_tried_again_by_a_button(browser: Browser, address: str, rig: Rig) -> None:
    browser.size(1200, 900)
    browser.go(f"{address}/?show=stuck")
    browser.until(f"{NAMES} === 'DiskFull'")
    browser.run("document.querySelector('td form button').click()")
    browser.until("location.search === '' && document.readyState === 'complete'")
    rig.run(10)
    stuck = "document.querySelector('.counts li:nth-child(4) strong').textContent"
    browser.until(f"{stuck} === '0'")


def test_it_works_without_script(browser: Browser, address: str) -> None:
    browser.size(1200, 900)
    browser.scripts(False)
    try:
        browser.go(f"{address}/?q=cpu&show=firing")
        assert browser.run(NAMES) == "HostCpuHigh"
        assert browser.run("document.querySelector('input[type=radio]:checked').value") == "firing"
        assert browser.run("document.getElementById('q').value") == "cpu"
    finally:
        browser.scripts(True)


def test_what_is_open_stays_open_when_the_page_is_renewed(
    browser: Browser, address: str, rig: Rig
) -> None:
    from relay.store import Rejected

    rig.store.reject(Rejected(rig.clock.now(), "no webhook", "<b>body</b>"))
    browser.go(address)
    browser.run("document.querySelector('details summary').click()")
    rig.tell(alert("late", alertname="Late"), key="late")
    browser.until(f"{NAMES}.includes('Late')")
    assert browser.run("document.querySelector('details').open")
