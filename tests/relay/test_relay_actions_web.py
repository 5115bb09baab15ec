"""What Slack sends: only Slack's is believed, once; stored before it is answered; never a 500."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from actions_kit import FORM, click, encoded, signed, submission
from desk_kit import COMMANDS, ID, INTERACTIONS, Desk
from relay_kit import CONFIG, at

from relay.actions.payloads import private
from relay.actions.record import lines
from relay.config.model import Loaded, Settings
from relay.model.job import Verb, Via
from relay.store import Result, StoreError
from relay.web.app import create_app


@pytest.mark.parametrize(
    ("action", "verb", "hours"),
    [
        ("tocsin.acknowledge", Verb.ACKNOWLEDGE, None),
        ("tocsin.unsilence", Verb.UNSILENCE, None),
        ("tocsin.silence.1h", Verb.SILENCE, 1),
        ("tocsin.silence.4h", Verb.SILENCE, 4),
        ("tocsin.silence.morning", Verb.SILENCE, 24),
    ],
)
def test_a_click_is_on_disk_before_it_is_answered(
    desk: Desk, action: str, verb: Verb, hours: int | None
) -> None:
    answer = desk.send(click(action, ID, response_url="https://hooks.slack.com/x"))
    assert (answer.status_code, answer.data) == (200, b"")
    (entry,) = desk.jobs
    assert (entry.job.verb, entry.job.group_id, entry.job.via) == (verb, ID, Via.BUTTON)
    assert entry.job.until == (hours and at(0) + timedelta(hours=hours))
    assert entry.job.person.author == "alice (Slack U0ALICE1)"
    assert entry.job.respond == "https://hooks.slack.com/x"
    assert entry.result is Result.WAITING
    assert desk.woken == 1
    assert 'slack_requests_total{code="200"} 1.0' in desk.client.get("/metrics").text
    (line,) = lines(desk.store.journal())
    assert line.who == "alice (Slack U0ALICE1)"
    assert line.did.startswith(("acknowledged", "ended the silence", "silenced until 2026-11-2"))


def test_only_what_slack_signed_lately_is_believed(desk: Desk) -> None:
    body = encoded(click("tocsin.acknowledge", ID))
    good = signed(body)
    for headers in [
        {},
        {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]},
        signed(b"other"),
        signed(body, 301),
        signed(body, -400),
        signed(body, secret="other"),
        good | {"X-Slack-Request-Timestamp": "soon"},
        good | {"X-Slack-Request-Timestamp": "9" * 400},
        good | {"X-Slack-Request-Timestamp": "nan"},
        good | {"X-Slack-Request-Timestamp": str(int(time.time()) + 1)},
        good | {"X-Slack-Signature": "v0=\u00e9"},
        good | {"X-Slack-Signature": ""},
        good | {"X-Slack-Signature": good["X-Slack-Signature"].upper()},
    ]:
        for path in (INTERACTIONS, COMMANDS):
            answer = desk.client.post(path, data=body, headers={"Content-Type": FORM} | headers)
            assert answer.status_code == 401, headers
    assert desk.jobs == []
    assert desk.client.get(INTERACTIONS).status_code == 405


def test_the_same_signature_twice_does_nothing_twice(desk: Desk) -> None:
    body = encoded(click("tocsin.acknowledge", ID))
    headers = signed(body)
    for _ in range(3):
        assert desk.client.post(INTERACTIONS, data=body, headers=headers).status_code == 200
    assert len(desk.jobs) == 1
    assert desk.woken == 1
    body = encoded(click("tocsin.silence.dialog", ID))
    headers = signed(body)
    for _ in range(3):
        desk.client.post(INTERACTIONS, data=body, headers=headers)
    assert len(desk.dialogs.opened) == 1


def test_where_nothing_can_be_acted_upon_there_is_nothing(desk: Desk) -> None:
    body = encoded(click("tocsin.acknowledge", ID))
    bare = create_app(replace(desk.services, handler=None)).test_client()
    unsigned = replace(desk.services, loaded=Loaded(CONFIG, Settings()))
    for client in (bare, create_app(unsigned).test_client()):
        for path in (INTERACTIONS, COMMANDS):
            answer = client.post(path, data=body, headers=signed(body))
            assert answer.status_code == 404
            assert "SLACK_SIGNING_SECRET" in answer.json["reason"]


def test_a_store_that_fails_is_503(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(desk.handler._journal, "ask", fail)
    assert desk.send(click("tocsin.acknowledge", ID)).status_code == 503
    assert desk.woken == 0


def test_the_dialog_says_what_it_silences_and_comes_back_as_a_job(desk: Desk) -> None:
    respond = "https://hooks.slack.com/actions/x"
    desk.send(click("tocsin.silence.dialog", ID, response_url=respond))
    ((trigger, view),) = desk.dialogs.opened
    assert trigger.startswith("13345224609")
    assert "alertname=A" in str(view["blocks"])
    assert desk.jobs == []
    metadata = view["private_metadata"]
    assert desk.send(submission(metadata, "1h 30m", "being replaced")).data == b""
    (entry,) = desk.jobs
    assert (entry.job.via, entry.job.group_id) == (Via.DIALOG, ID)
    assert entry.job.until == at(90)
    assert (entry.job.comment, entry.job.respond) == ("being replaced", respond)


@pytest.mark.parametrize("text", ["", "soon", "0m", "91d", "1h30", "-1h", "9" * 50, "1\u0665m"])
def test_a_duration_that_is_none_is_told_in_the_dialog(desk: Desk, text: str) -> None:
    answer = desk.send(submission(private(ID, ""), text))
    assert answer.json["response_action"] == "errors"
    assert "90m" in answer.json["errors"]["duration"]
    assert desk.jobs == []


def test_a_dialog_that_does_not_open_is_told(desk: Desk) -> None:
    desk.dialogs.why = "expired_trigger_id"
    desk.send(click("tocsin.silence.dialog", ID, response_url="u"))
    desk.send(click("tocsin.silence.dialog", "f" * 16, response_url="u"))
    assert desk.answers.told == [
        ("u", "The dialog did not open: expired_trigger_id"),
        ("u", "This alert group is not known any more."),
    ]

    def fail(*_: object) -> None:
        raise StoreError("gone")

    desk.store.find = fail  # a fault
    assert desk.send(click("tocsin.silence.dialog", ID)).status_code == 200
