"""The pages for people: what they say, how they are narrowed, and what happened to one group."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pages_kit import Site, history, names
from relay_kit import CONFIG, FakeClock, alert, at

from relay.config.model import Settings
from relay.message import Source
from relay.metrics import Metrics
from relay.model import standing
from relay.model.delivered import Delivered, MessageRef
from relay.model.group import Group, Severities, Status
from relay.model.history import came, sent
from relay.model.job import Job, Person, Verb, Via
from relay.model.outcome import Refused, Retry
from relay.model.standing import Acknowledged, Silenced
from relay.secret import Secret
from relay.store import Store, Work, group_id
from relay.web.page import look
from relay.web.pagewords import ago, moments


@pytest.fixture
def site(store: Store, clock: FakeClock) -> Site:
    return Site(store, clock)


def test_a_search_finds_words_labels_and_states(site: Site) -> None:
    site.rig.tell(alert("db-1", alertname="DiskFull", summary="é is full"), key="a")
    site.rig.tell(alert("db-2", alertname="CpuHigh", summary="busy"), key="b")
    site.rig.run()
    site.rig.tell(alert("db-2", 0, 1, alertname="CpuHigh", summary="busy"), key="b")
    site.rig.run(10)
    for query, found in [
        ("", ["DiskFull", "CpuHigh"]),
        ("?q=diskfull", ["DiskFull"]),
        ("?q=é", ["DiskFull"]),
        ("?q=DB-", ["DiskFull", "CpuHigh"]),
        ("?q=host=db-2", ["CpuHigh"]),
        ("?q=host=b-2", []),
        ("?q=db+busy", ["CpuHigh"]),
        ("?q=100%25_", []),
        ("?show=firing", ["DiskFull"]),
        ("?show=resolved", ["CpuHigh"]),
        ("?show=stuck", []),
        ("?show=waiting", []),
        ("?show=nonsense", ["DiskFull", "CpuHigh"]),
        ("?show=firing&q=busy", []),
    ]:
        assert names(site.get(f"/{query}")) == found, query
    assert "Nothing is like that" in site.get("/?show=stuck")
    assert 'value="&lt;b&gt;"' in site.get("/?q=<b>")
    assert look("a b", "waiting").work == (Work.PENDING,)


def test_the_live_part_can_be_asked_for_alone(site: Site) -> None:
    site.rig.tell(alert("a"))
    whole, part = site.get("/?q=a"), site.get("/?q=a&fragment=1")
    assert "<html" in whole
    assert "<html" not in part
    assert names(part) == ["A"]
    assert 'data-title="1 firing · Tocsin"' in part
    one = f"/groups/{group_id('relay', 'k')}"
    assert "<html" not in site.get(f"{one}?fragment=1")
    assert "<title>A · Tocsin</title>" in site.get(one)


def test_a_groups_history_tells_what_came_what_was_sent_and_why(site: Site) -> None:
    rig = site.rig
    rig.tell(alert("a"))
    rig.run()
    rig.tell(alert("a"), alert("b", 1, severity="critical"))
    rig.run(5)
    rig.tell(alert("a", 0, 2), alert("b", 1, 2, severity="critical"))
    rig.slack.script = [Retry("internal_error")] * 2
    rig.run(30)
    told = history(site.group())[::-1]
    assert told == [
        "came: 1 alert began to fire; now 1 fires",
        "sent: posted to #alerts, shown as firing",
        "came: 1 alert began to fire; now 2 fire",
        "sent: replied in the thread: 1 alert that people did not know of",
        "sent: edited: the group changed",
        "came: 2 alerts resolved; none fires now",
        "failed: internal_error",
        "sent: edited: shown as resolved now",
        "sent: replied in the thread: 2 alerts resolved",
    ]


def test_what_is_stuck_says_so_once_and_can_be_tried_again(site: Site) -> None:
    site.rig.slack.always = Refused("channel_not_found")
    site.rig.tell(alert("a"))
    site.rig.run(5000, tick=600)
    assert history(site.group()).count("parked: channel_not_found") == 1
    assert names(site.get("/?show=stuck")) == ["A"]
    assert 'name="then" value="group"' in site.group()
    name = group_id("relay", "k")
    form = {"group": name, "then": "group"}
    answer = site.client().post("/v1/retry", data=form, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, f"/groups/{name}")
    site.rig.slack.always = None
    site.rig.run(5)
    assert history(site.group())[0] == "sent: posted to #alerts, shown as firing"


def test_a_history_is_bounded_and_forgotten_with_its_group(site: Site) -> None:
    name = group_id("relay", "k")
    for minute in range(40):
        site.rig.tell(alert("a", minute, summary=str(minute)))
        site.rig.run(2)
    events = site.store.history(name)
    assert len(events) == 60
    assert events[0].at > events[-1].at
    site.rig.tell(alert("a", 39, 40))
    site.rig.run(5)
    site.clock.advance(90 * 86_400)
    assert site.store.prune(site.clock.now()) == 1
    assert site.store.history(name) == []


def test_a_group_that_is_not_there_is_404(site: Site) -> None:
    assert site.client().get("/groups/nope").status_code == 404


def test_a_groups_page_shows_its_alerts_with_values_and_hides_nothing(site: Site) -> None:
    many = [alert(f"h{number:03}", -number) for number in range(230)]
    first = replace(many[0], annotations={"summary": "busy <b>", "value": "97 %", "limit": "95 %"})
    over = alert("gone", -5, -1, severity="critical")
    site.rig.tell(first, *many[1:], over, truncated=4)
    page = site.group()
    assert "97 % (limit 95 %)" in page
    assert "busy &lt;b&gt;" in page
    assert "and 35 more" in page
    assert page.index("host=h000") < page.index("host=h199")


def test_who_looks_after_a_group_and_who_did_what_are_shown(site: Site) -> None:
    site.rig.tell(alert("a"))
    name, now = group_id("relay", "k"), site.clock.now()
    until = now + timedelta(hours=1)
    site.store.stand(name, lambda old: standing.acknowledge(old, "U0123456", now), now)
    silenced = Silenced(until, "ann", now, "s1", comment="a <look>")
    site.store.stand(name, lambda old: standing.silence(old, silenced), now)
    job = Job(Verb.SILENCE, name, Person("U0123456", "ann"), Via.BUTTON)
    site.store.journal().ask("key", job, now)
    for page in (site.get("/"), site.group()):
        assert "acknowledged by U0123456; silenced by ann, ends in 60 min" in page
        assert "<strong>ann</strong> silence" in page
    assert "by ann: a &lt;look&gt;" in site.get("/")
    assert Acknowledged("U0123456", now).by in site.get("/")
    site.clock.advance(4000)
    assert "<h2>Silences</h2>" not in site.get("/")


def test_templates_that_fail_are_named(store: Store, clock: FakeClock) -> None:
    templates = {
        "good": Source("good", "{% block text %}{{ default }}{% endblock %}"),
        "bad": Source("bad", "{% block titel %}{% endblock %}"),
        "lost": Source("lost", "", "lost.j2: no such file"),
        "late": Source("late", "{% block title %}{{ 1 / 0 }}{% endblock %}"),
    }
    config = replace(CONFIG, default=replace(CONFIG.default, template="late"), templates=templates)
    site = Site(store, clock, config)
    site.rig.tell(alert("a"))
    site.rig.run()
    page = site.get("/")
    assert "bad: there is no block &#39;titel&#39;" in page
    assert "lost: lost.j2: no such file" in page
    assert "late: title: ZeroDivisionError: division by zero (line 1)" in page
    assert "good:" not in page
    metrics = site.client().get("/metrics").text
    assert 'tocsin_relay_template_errors_total{template="late"} 1.0' in metrics
    assert "Template late failed" in site.rig.slack.texts[0]


@pytest.mark.parametrize("path", ["/", "/groups/x"])
def test_pages_need_the_token_beyond_this_machine(site: Site, path: str) -> None:
    abroad = Settings(host="0.0.0.0", webhook_tokens=(Secret("t"),))
    client = site.client(abroad)
    assert client.get(path).status_code == 401
    assert client.get(path, auth=("me", "t")).status_code in {200, 404}
    assert site.client(Settings(host="0.0.0.0")).get(path).status_code == 403
    with client.get("/static/page.js") as script:
        policy = script.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_a_webhook_changed_in_words() -> None:
    def group(*alerts: object, hidden: int = 0) -> Group:
        return Group("r", "k", {}, alerts, hidden=hidden)

    fires = alert("a")
    assert came(None, group(fires, hidden=3)).startswith(
        "1 alert began to fire, 3 alerts left out by Alertmanager"
    )
    assert came(group(fires), group(fires)) == ""
    changed = replace(fires, annotations={})
    assert came(group(fires), group(changed)) == "labels or annotations changed; now 1 fires"
    again = alert("a", 5)
    assert came(group(alert("a", 0, 1)), group(again)) == "1 alert began to fire; now 1 fires"


def test_what_was_sent_in_words() -> None:
    message = MessageRef("C1", "1.0", "#alerts")
    shown = Delivered(message, "f", Status.FIRING)
    anew = replace(shown, message=replace(message, ts="2.0"), shown=Status.RESOLVED)
    assert sent(shown, anew) == "posted anew to #alerts, shown as resolved"
    assert sent(shown, shown) == "sent"

    def thread(**changes: object) -> Delivered:
        return replace(shown, thread=replace(shown.thread, **changes))

    assert sent(shown, thread(escalated=1)) == "called the next: nobody acknowledged it"
    assert "no room for" in sent(shown, thread(lists=1))
    assert sent(thread(resolved=("a", "b")), shown).endswith("2 alerts resolved")


def test_times_in_words() -> None:
    assert ago(None, at(0)) == "never"
    assert ago(at(0), at(1)) == "60 s ago"
    assert ago(at(5), at(0)) == "in 5 min"
    assert ago(at(0), at(300)) == "5 h ago"
    assert ago(at(0), at(30_000)) == "21 days ago"
    assert moments(at(0), at(1)) == ("08:00:00", "60 s ago")
    assert moments(at(0), at(3000))[0] == "2026-11-20 08:00:00"


def test_colours_follow_the_rank_of_the_severity(store: Store, clock: FakeClock) -> None:
    config = replace(CONFIG, severities=Severities(("low", "mid", "high")))
    site = Site(store, clock, config)
    for severity in ("low", "mid", "high", "odd"):
        site.rig.tell(alert(severity, severity=severity, alertname=severity), key=severity)
    site.rig.tell(alert("u", 0, 1, severity="low", alertname="u"), key="u", truncated=2)
    page = site.get("/")
    for look_, name in [("1", "low"), ("2", "mid"), ("3", "high"), ("0", "odd")]:
        assert f'firing rank{look_}">firing</span> <span class="severity">{name}' in page
    assert '<span class="state unknown">unknown</span>' in page


def test_metrics_start_without_troubles() -> None:
    assert Metrics().template_troubles == {}
