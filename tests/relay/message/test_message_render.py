"""What the main message says, for the cases a team meets."""

from dataclasses import replace
from datetime import timedelta

from message_examples import START, VIEW, alert, body, cpu, group, payload

from relay.message import View, render
from relay.message.limits import violations
from relay.model.group import Group, Severities, Status

HOUR = timedelta(hours=1)


def _header(message):
    return message.blocks[0]["text"]["text"]


def test_one_alert_says_state_severity_name_cause_place_and_where_to_look():
    message = render(group(cpu("h1", 97)), VIEW)
    assert _header(message) == "🔴 FIRING critical · HostCpuHigh"
    assert message.blocks[1]["text"]["text"] == "CPU of h1 is at 97%"
    assert message.attachments[0]["color"] == "#d32f2f"
    said = body(message)
    assert (
        "*Firing since:* <!date^1795161600^{date_short_pretty} {time}|2026-11-20 08:00 UTC>" in said
    )
    assert "`host=h1`" in said
    assert "<https://runbooks.example.com/host#cpu|Runbook>" in said
    assert "<http://grafana:3000/d/host|Dashboard>" in said
    assert "<http://prometheus:9090/graph?g0.expr=x&g0.tab=1|Prometheus>" in said
    assert "Rule: `rules/host.yaml:6`" in said
    assert "severity=" not in said


def test_the_text_alone_tells_it():
    text = render(group(cpu("h1", 97), cpu("h2", 91)), VIEW).text
    for part in ("FIRING", "critical", "HostCpuHigh", "platform=p1", "CPU of h1", "2 firing"):
        assert part in text


def test_the_first_block_has_no_block_id():
    assert "block_id" not in render(group(cpu("h1", 97)), VIEW).blocks[0]


def test_several_alerts_have_a_line_each_the_worst_first():
    later = START + timedelta(minutes=5)
    message = render(group(cpu("h2", 85, "warning"), cpu("h1", 97, start=later)), VIEW)
    assert _header(message) == "🔴 FIRING critical · HostCpuHigh (2)"
    lines = body(message).split("\n")
    first = next(line for line in lines if line.startswith("🔴 critical"))
    assert "`host=h1` — CPU of h1 is at 97% · since <!date" in first
    second = lines[lines.index(first) + 1]
    assert second == "🟠 warning `host=h2` — CPU of h2 is at 85%"


def test_a_summary_common_to_all_is_said_once():
    same = {"summary": "Disks fill"}
    alerts = [alert({"alertname": "D", "host": host}, same) for host in ("a", "b")]
    assert body(render(group(*alerts), VIEW)).count("Disks fill") == 1


def test_without_summary_the_description_or_the_value_stands_in():
    one = alert({"alertname": "D", "host": "a"}, {"description": "is full"})
    two = alert({"alertname": "D", "host": "b"}, {"value": "7"})
    said = body(render(group(one, two), VIEW))
    assert "`host=a` — is full" in said
    assert "`host=b` *7*" in said


def test_a_single_alert_with_only_a_value_shows_it():
    message = render(group(alert({"alertname": "D"}, {"value": "7"})), VIEW)
    assert "*Value:* 7" in body(message)
    assert "value 7" in message.text


def _measured(host, value, limit, severity="critical", summary="", **more):
    labels = {"alertname": "CpuHigh", "host": host, "severity": severity, **more}
    return alert(labels, {"value": value, "limit": limit, "summary": summary or f"{host} is busy"})


def test_how_bad_since_when_and_whose_stand_in_fields():
    message = render(group(_measured("h1", "97.3 %", "95 %", owner="platform")), VIEW)
    told = [field["text"].split(" ", 1) for field in message.attachments[0]["blocks"][0]["fields"]]
    assert [word for word, _ in told] == ["*Value:*", "*Limit:*", "*Firing", "*Owner:*"]
    assert (told[0][1], told[1][1], told[3][1]) == ("97.3 %", "95 %", "platform")
    assert "97.3 % (limit 95 %)" in message.text
    assert "owner=" not in body(message)


def test_a_resolved_message_shows_no_value_but_who_owns_it():
    one = _measured("h1", "97.3 %", "95 %", owner="platform")
    over = replace(one, status=Status.RESOLVED, ends_at=START + HOUR)
    message = render(group(over), VIEW)
    assert "97.3" not in body(message) + message.text
    assert "lasted 1 h" in message.text
    assert "·  Owner platform" in body(message)


def test_values_and_limits_that_differ_stand_on_their_lines():
    alerts = [_measured("h1", "97.3 %", "95 %"), _measured("h2", "85 %", "80 %", "warning")]
    said = body(render(group(*alerts), VIEW))
    assert "🔴 critical `host=h1` *97.3 %* (limit 95 %) — h1 is busy" in said
    assert "🟠 warning `host=h2` *85 %* (limit 80 %) — h2 is busy" in said
    same = [_measured("h1", "97.3 %", "95 %"), _measured("h2", "96 %", "95 %")]
    said = body(render(group(*same), VIEW))
    assert "*Limit:* 95 %" in said
    assert "• `host=h2` *96 %* — h2 is busy" in said


def test_a_value_that_the_summary_says_already_is_not_repeated():
    alerts = [_measured(host, "97.3 %", "", summary=f"{host} at 97.3 %") for host in ("a", "b")]
    alerts.append(_measured("c", "", "90 %", summary="c"))
    said = body(render(group(*alerts), VIEW))
    assert "• `host=a` — a at 97.3 %" in said
    assert "• `host=c` limit 90 % — c" in said
    only = render(group(_measured("c", "", "90 %")), VIEW)
    assert "limit 90 %" in only.text


def test_many_alerts_are_counted_by_severity_and_by_what_tells_them_apart():
    alerts = [cpu(f"h{number:04}", 97) for number in range(12)]
    alerts += [cpu(f"w{number:04}", 85, "warning") for number in range(4988)]
    alerts = [replace(a, labels={**a.labels, "dc": "par" if i % 5 else ""})
              for i, a in enumerate(alerts)]  # fmt: skip
    said = body(render(group(*alerts), VIEW))
    assert "🔴 12 critical, 🟠 4,988 warning  ·  `dc`: par 4,000, ∅ 1,000" in said
    assert "HostCpuHigh (5,000)" in said
    few = body(render(group(*alerts[:20]), VIEW))
    assert "12 critical," not in few


def test_many_kinds_of_severity_are_counted_together():
    alerts = [cpu(f"h{number}", 97, f"s{number % 7}") for number in range(28)]
    assert "8 others" in body(render(group(*alerts), VIEW))


def test_a_picture_is_shown_only_from_a_host_that_is_allowed():
    def made(url):
        one = alert({"alertname": "A"}, {"image_url": url})
        return render(group(one), replace(VIEW, image_hosts=("grafana.example.com",)))

    def pictures(message):
        blocks = message.attachments[0]["blocks"]
        return [block["image_url"] for block in blocks if block["type"] == "image"]

    good = "https://grafana.example.com/render/1.png"
    assert pictures(made(good)) == [good]
    assert "|Picture>" not in body(made(good))
    for bad in (
        "http://grafana.example.com/1.png",
        "https://evil.example/1.png",
        "https://grafana.example.com@evil.example/1.png",
        "https://grafana.example.com/" + "x" * 1000,
    ):
        assert pictures(made(bad)) == []
        assert "Picture" in body(made(bad))
    assert not violations(payload(made(good)))


def test_a_description_equal_to_the_summary_is_not_repeated():
    both = {"summary": "It broke", "description": "It broke"}
    assert body(render(group(alert({"alertname": "D"}, both)), VIEW)).count("It broke") == 1


def test_different_alert_names_stand_on_their_lines():
    alerts = [alert({"alertname": name, "host": "h"}) for name in ("A", "B")]
    said = body(render(group(*alerts, labels={"host": "h"}), VIEW))
    assert "host=h" in said
    assert "*A*" in said
    assert "*B*" in said


def test_links_of_different_alerts_are_told_apart():
    alerts = [
        alert({"alertname": name}, {"runbook_url": f"https://r/{name}"}) for name in ("A", "B")
    ]
    said = body(render(group(*alerts), VIEW))
    assert "<https://r/A|Runbook A>" in said
    assert "<https://r/B|Runbook B>" in said


def test_a_name_in_a_links_label_cannot_end_it():
    alerts = [
        alert({"alertname": name}, url=f"http://p/{i}") for i, name in enumerate(["a|b>", ""])
    ]
    said = body(render(group(*alerts, labels={}), VIEW))
    assert "<http://p/0|Prometheus a¦b>>" in said
    assert "<http://p/1|Prometheus>" in said


def test_more_links_of_a_kind_than_fit_are_counted():
    alerts = [alert({"alertname": "A", "i": str(i)}, url=f"http://p/{i}") for i in range(5)]
    said = body(render(group(*alerts), VIEW))
    assert said.count("|Prometheus>") == 3
    assert "+2" in said


def test_what_resolved_in_a_firing_group_is_shown_compactly():
    said = body(render(group(cpu("h1", 97), cpu("h2", 91, lasted=HOUR)), VIEW))
    assert "✅ 1 resolved: `host=h2`" in said


def test_a_resolved_message_is_short_green_and_says_how_long():
    message = render(group(cpu("h1", 97, lasted=timedelta(hours=3, minutes=20))), VIEW)
    assert _header(message) == "✅ RESOLVED critical · HostCpuHigh"
    assert message.attachments[0]["color"] == "#2e9e5b"
    assert "Lasted 3 h 20 min" in body(message)
    assert len(message.blocks) + len(message.attachments[0]["blocks"]) <= 4


def test_a_resolved_message_names_its_alerts():
    both = [cpu("h1", 97, lasted=HOUR), cpu("h2", 91, lasted=2 * HOUR)]
    assert "✅ 2 resolved: `host=h1`, `host=h2`" in body(render(group(*both), VIEW))


def test_an_end_before_the_start_gives_no_duration():
    said = body(render(group(cpu("h1", 97, lasted=-HOUR)), VIEW))
    assert "Over" in said
    assert "Lasted" not in said


def test_alerts_left_out_by_alertmanager_are_never_resolved():
    message = render(group(cpu("h1", 97, lasted=HOUR), hidden=4), VIEW)
    assert _header(message) == "❔ UNKNOWN critical · HostCpuHigh (1 + 4 unknown)"
    assert message.attachments[0]["color"] != "#2e9e5b"
    assert "left out *4 alerts*" in body(message)
    assert "4 left out by Alertmanager" in message.text
    assert "RESOLVED" not in message.text


def test_with_alerts_left_out_only_the_groups_own_labels_are_common():
    message = render(group(cpu("h1", 97), hidden=1), VIEW)
    assert _header(message).startswith("🔴 FIRING critical · HostCpuHigh (1 + 1 unknown)")
    line = "• `host=h1` `platform=p1` — CPU of h1 is at 97%"
    assert line in body(message)
    assert "left out *1 alert*" in body(message)


def test_nothing_but_a_name_looks_fine():
    message = render(group(alert({"alertname": "Lonely"})), VIEW)
    assert _header(message) == "⚪ FIRING · Lonely"
    assert len(message.attachments[0]["blocks"]) == 1


def test_nothing_at_all_still_is_a_message():
    for empty in (group(alert({})), group(labels={}), group(alert({"alertname": "\u200b"}))):
        message = render(empty, VIEW)
        assert not violations(payload(message))
    assert "alert without a name" in _header(render(group(alert({"alertname": "\u200b"})), VIEW))


def test_alerts_without_labels_to_tell_them_apart_keep_a_line():
    alerts = [alert({"alertname": "A"}), alert({"alertname": "A", "host": "h"})]
    said = body(render(group(*alerts), VIEW))
    assert "• A\n" in said
    assert "• `host=h`" in said


def test_a_mention_stands_in_the_text_and_in_a_block_that_slack_parses():
    message = render(group(cpu("h1", 97)), replace(VIEW, mention="<!subteam^S0123456>"))
    assert message.text.startswith("<!subteam^S0123456> ")
    assert message.blocks[1]["text"] == {"type": "mrkdwn", "text": "<!subteam^S0123456>"}


def test_a_teams_own_severities_look_like_their_rank():
    own = View(VIEW.now, Severities(("low", "mid", "high", "page")))
    for severity, dot in (
        ("low", "🔵"),
        ("mid", "🟠"),
        ("high", "🟠"),
        ("page", "🔴"),
        ("x", "⚪"),
    ):
        message = render(group(cpu("h1", 97, severity)), own)
        assert _header(message).startswith(f"{dot} FIRING {severity}")


def test_a_group_of_one_alert_without_labels_is_called_so():
    names = [Group("r", "k", {}, (alert({}),) * count).name for count in (1, 2)]
    assert names == ["1 alert", "2 alerts"]


def test_order_of_arrival_and_the_clock_change_nothing():
    alerts = [cpu("h1", 97), cpu("h2", 85, "warning"), cpu("h3", 91, lasted=HOUR)]
    later = replace(VIEW, now=VIEW.now + timedelta(days=2))
    one, two = render(group(*alerts), VIEW), render(group(*alerts[::-1]), later)
    assert one == two
    assert one.fingerprint == two.fingerprint
    assert len(one.fingerprint) == 32


def test_the_fingerprint_changes_with_the_content():
    assert (
        render(group(cpu("h1", 97)), VIEW).fingerprint
        != render(group(cpu("h1", 98)), VIEW).fingerprint
    )
