"""What comes signed, and is not for us or malformed: answered, told why, and never a 500."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from actions_kit import click, signed, submission
from desk_kit import COMMANDS, ID, INTERACTIONS, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.actions.payloads import PayloadError, command, form, interaction, private


@pytest.mark.parametrize(
    "payload",
    [
        click("tocsin.open.runbook", ID),
        click("tocsin.from.the.future", ID),
        click("other.app", "anything"),
        {"type": "view_closed"},
        {"type": "shortcut"},
        {"type": "view_submission", "view": {"callback_id": "other"}},
    ],
)
def test_what_is_not_for_us_is_answered_and_left(desk: Desk, payload: Any) -> None:
    assert desk.send(payload).status_code == 200
    assert desk.jobs == []
    assert desk.dialogs.opened == []


NO_USER = {"user": {"id": "<!channel>"}}


HOSTILE = [
    None, 5, "x", [], {}, {"type": None}, {"type": []},
    {"type": "block_actions"},
    {"type": "block_actions", "actions": {}},
    {"type": "block_actions", "actions": [None]},
    click("tocsin.acknowledge", "") | NO_USER,
    click("tocsin.acknowledge", ID) | NO_USER,
    click("tocsin.acknowledge", ID) | {"user": None},
    click("tocsin.acknowledge", ID) | {"user": {"id": 5}},
    click("tocsin.acknowledge", "../../etc"),
    click("tocsin.acknowledge", ID.upper() + "\n"),
    click("tocsin.acknowledge", 5),  # hostile
    submission("{", "1h"), submission("[]", "1h"), submission("[" * 90_000, "1h"),
    submission(private("x", ""), "1h"),
    submission(private(ID, ""), "1h") | {"user": {}},
]  # fmt: skip


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_payload_that_is_not_slacks_is_400(desk: Desk, payload: Any) -> None:
    assert desk.send(payload).status_code == 400
    assert desk.jobs == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"payload", b"payload=", b"payload=%7B", b"&" * 200, b"a=1&" * 200,
        b"payload=" + b"[" * 100_000, b"payload=" + b"9" * 5_000, b"payload=NaN", b"\0",
    ],
)  # fmt: skip
def test_a_body_that_is_no_form_is_400(desk: Desk, body: bytes) -> None:
    for path in (INTERACTIONS, COMMANDS):
        answer = desk.client.post(path, data=body, headers=signed(body))
        assert answer.status_code == 400, body[:50]


def test_a_body_that_is_not_utf_8_is_nothing_that_slack_signs(desk: Desk) -> None:
    answer = desk.client.post(INTERACTIONS, data=b"\xff=\xfe", headers=signed(b"x"))
    assert answer.status_code == 401


def test_a_body_too_large_is_413(desk: Desk) -> None:
    body = b"payload=" + b"x" * 1_000_000
    assert desk.client.post(INTERACTIONS, data=body, headers=signed(body)).status_code == 413


def test_half_characters_and_nul_do_not_break_the_store(desk: Desk) -> None:
    bad = "a\ud800b\0c" + "\U0001f600" * 600
    assert desk.send(submission(private(ID, bad), "1h", bad)).status_code == 200
    assert desk.send(click("tocsin.acknowledge", ID, name=bad)).status_code == 200
    (clicked, submitted) = desk.jobs
    assert submitted.job.comment.startswith("a?bc")
    assert len(submitted.job.comment) == 500
    assert clicked.job.person.name.startswith("a?bc")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    "type user id view actions action_id value callback_id state values "
                    "duration private_metadata response_url trigger_id".split()
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_no_payload_is_a_500(desk: Desk, noise: Any) -> None:
    for kind in ("block_actions", "view_submission"):
        payload = {"type": kind} | noise if isinstance(noise, dict) else noise
        assert desk.send(payload).status_code in {200, 400}
        wrapped = click("tocsin.acknowledge", ID) | {"user": noise, "actions": [noise]}
        assert desk.send(wrapped).status_code in {200, 400}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_command_is_a_500(desk: Desk, text: str) -> None:
    body = urlencode({"user_id": "U0ALICE1", "text": text}, errors="replace").encode()
    answer = desk.client.post(COMMANDS, data=body, headers=signed(body))
    assert answer.status_code == 200
    mute = urlencode({"user_id": "U0ALICE1", "text": f"mute {text} 1h {text}"}, errors="replace")
    body = mute.encode()
    assert desk.client.post(COMMANDS, data=body, headers=signed(body)).status_code == 200


def test_shapes_that_only_code_could_break() -> None:
    with pytest.raises(PayloadError):
        command({})
    with pytest.raises(PayloadError):
        interaction(b"x=1")
    assert form(b"a=1&a=2&b=") == {"a": "1", "b": ""}
    assert json.loads(private(ID, "u")) == {"group": ID, "respond": "u"}
