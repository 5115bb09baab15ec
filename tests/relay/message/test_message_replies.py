"""What the replies in a group's thread say."""

from dataclasses import replace
from datetime import timedelta

from message_examples import VIEW, alert, body, cpu, group, payload

from relay.message import render_joined, render_passed
from relay.message.limits import violations

HOUR = timedelta(hours=1)


def test_a_joined_alert_says_what_is_wrong_and_how_many_fire():
    late = cpu("h2", 99)
    message = render_joined(group(cpu("h1", 85, "warning"), late), [late], VIEW)
    assert "🔴 *Also firing* critical · HostCpuHigh (1 of 2)" in body(message)
    assert "• `host=h2` — CPU of h2 is at 99%" in body(message)
    assert message.attachments[0]["color"] == "#d32f2f"
    assert message.text == "🔴 Also firing critical · HostCpuHigh (1 of 2) — CPU of h2 is at 99%"


def test_an_escalated_group_of_one_names_its_alert():
    only = cpu("h1", 99)
    message = render_joined(group(only), [only], replace(VIEW, mention="<!here>"))
    assert "`host=h1`" in body(message)
    assert message.text.startswith("<!here> ")
    assert {"type": "mrkdwn", "text": "<!here>"} in [one.get("text") for one in message.blocks]


def test_alerts_of_different_severities_say_each_its_own():
    both = [cpu("h1", 99), cpu("h2", 85, "warning")]
    assert "🟠 warning `host=h2`" in body(render_joined(group(*both), both, VIEW))


def test_what_passed_says_when_and_how_long():
    gone = cpu("h1", 99, lasted=HOUR)
    message = render_passed(group(cpu("h2", 97), gone), [gone], VIEW)
    assert "*Fired and resolved* before it could be told · HostCpuHigh (1 alert)" in body(message)
    assert "lasted 1 h" in body(message)
    assert message.attachments[0]["color"] == "#2e9e5b"


def test_hundreds_that_passed_are_all_accounted_for():
    gone = [cpu(f"h{number:03}", 99, lasted=HOUR) for number in range(300)]
    message = render_passed(group(*gone), gone, VIEW)
    assert "(300 alerts)" in body(message)
    assert body(message).count("CPU of") + 280 == 300
    assert "_+280 more_" in body(message)


def test_replies_without_anything_to_say_are_still_messages():
    bare = alert({})
    for message in (render_joined(group(bare), [], VIEW), render_passed(group(bare), [bare], VIEW)):
        assert not violations(payload(message))
