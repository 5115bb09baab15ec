"""A rule with several severities: one trouble that gets worse and better, and one alert of it."""

from dataclasses import replace

from orders_kit import Life
from relay_kit import alert, webhook

from relay.intake.webhook import Webhook
from relay.model.group import Alert, Severities
from relay.model.standing import Acknowledged, Standing
from relay.model.storm import member_of
from relay.model.tiers import merged


def tier(severity: str, starts: float, ends: float | None = None, host: str = "h1") -> Alert:
    one = alert(host, starts, ends, severity=severity)
    return replace(one, fingerprint=f"{host} {severity}")


def tell(life: Life, hook: Webhook, seconds: float = 20) -> None:
    life.hear(hook)
    life.settle()
    life.wait(seconds)


def worsened(others: tuple[Alert, ...] = ()) -> Life:
    """A warning, then critical: Alertmanager inhibits the warning, and no longer names it."""
    life = Life()
    tell(life, webhook(tier("warning", 0), *others))
    tell(life, webhook(tier("critical", 5), *others))
    return life


def test_getting_worse_is_told_to_the_channel_as_such() -> None:
    life = worsened()
    assert life.said == ["post", "broadcast", "edit"]
    assert life.texts[1].startswith("<!here> 🔴 Escalated to critical · A (1 of 1)")
    assert "was warning" in life.contents[1]
    assert life.texts[2].startswith("🔴 FIRING critical · A —"), "one alert"
    assert "resolved" not in life.texts[2]


def test_getting_better_wakes_nobody() -> None:
    life = worsened()
    tell(life, webhook(tier("warning", 0), tier("critical", 5, 9)))
    assert life.said[3:] == ["edit", "reply"]
    assert life.texts[3].startswith("🟠 FIRING warning · A —")
    assert life.texts[4] == "⏬ 1 alert eased · 1 still firing"
    assert "now warning" in life.contents[4]
    assert "!here" not in "".join(life.contents[2:])


def test_the_whole_of_it_is_one_alert_that_lasted_from_its_first_tier_on() -> None:
    life = worsened()
    tell(life, webhook(tier("warning", 0), tier("critical", 5, 9)))
    tell(life, webhook(tier("warning", 0, 20)))
    assert life.texts[-1].startswith("✅ RESOLVED critical · A —")
    assert "lasted 20 min" in life.texts[-1]
    assert life.posts == 1
    assert life.said[5:] == ["edit"]


def test_both_tiers_at_once_are_one_alert() -> None:
    """Nothing inhibits the milder one."""
    life = Life()
    tell(life, webhook(tier("critical", 0), tier("warning", 0), tier("warning", 1, host="h2")))
    assert "critical · A (2)" in life.texts[0]
    tell(life, webhook(tier("critical", 0, 5), tier("warning", 0), tier("warning", 1, host="h2")))
    assert life.said == ["post", "edit", "reply"]
    assert life.texts[2] == "⏬ 1 alert eased · 2 still firing"


def test_a_milder_tier_that_joins_under_the_worse_is_no_news_even_once_over() -> None:
    life = Life()
    tell(life, webhook(tier("critical", 0)))
    tell(life, webhook(tier("critical", 0), tier("warning", 3)))
    assert life.said == ["post"]
    tell(life, webhook(tier("critical", 0, 9), tier("warning", 3, 9)))
    assert life.said == ["post", "edit"]
    assert "RESOLVED" in life.texts[1]


def test_other_things_resolve_and_join_as_ever() -> None:
    life = worsened((tier("warning", 0, host="h2"),))
    calm = webhook(tier("warning", 0), tier("critical", 5, 9), tier("warning", 0, 9, "h2"))
    tell(life, calm)
    assert life.texts[-1] == "✅ 1 alert resolved · ⏬ 1 alert eased · 1 still firing"
    tell(life, webhook(tier("warning", 0), tier("warning", 12, host="h3")))
    assert "Also firing warning" in life.texts[-2]


def test_a_milder_tier_that_begins_after_the_worse_is_over_is_news() -> None:
    life = Life()
    tell(life, webhook(tier("critical", 0), tier("warning", 0, host="h2")))
    tell(life, webhook(tier("critical", 0, 5), tier("warning", 0, host="h2")))
    tell(life, webhook(tier("warning", 6), tier("warning", 0, host="h2")))
    assert life.said.count("broadcast") == 1


def test_a_digest_counts_them_once() -> None:
    life = worsened()
    assert life.state
    assert len(life.state.group.alerts) == 2
    assert member_of("g", life.state.group, Severities()).alerts == 1
    assert merged(life.state.group, Severities()).alerts[0].severity == "critical"


def test_what_fires_again_is_another_message_without_the_last_ones_alerts() -> None:
    life = Life()
    tell(life, webhook(alert("a", 0), alert("b", 0)))
    tell(life, webhook(alert("a", 0, 4), alert("b", 0, 5)))
    tell(life, webhook(alert("c", 7)))
    assert life.said == ["post", "edit", "reply", "post"]
    assert life.texts[3].startswith("🟠 FIRING warning · A — trouble on c")
    assert "`host=a`" not in life.contents[3]
    tell(life, webhook(alert("c", 7, 9)))
    assert "lasted 2 min" in life.texts[4]


def test_an_acknowledgement_of_the_last_time_is_over_with_it() -> None:
    life = Life(standing=Standing(Acknowledged("U0123456", alert("a", 1).starts_at)))
    tell(life, webhook(alert("a", 0)))
    assert "Acknowledged" in life.contents[0]
    tell(life, webhook(alert("a", 0, 5)))
    tell(life, webhook(alert("b", 7)))
    assert life.posts == 2
    assert "Acknowledged" not in life.contents[-1]
