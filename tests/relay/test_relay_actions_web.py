"""What Slack sends: only Slack's is believed, once; stored before it is answered; never a 500."""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from actions_kit import FORM, SIGNING, click, encoded, signed, slash, submission
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relay_kit import CONFIG, FakeClock, alert, at, webhook

from relay.actions.handler import Handler
from relay.actions.payloads import PayloadError, command, form, interaction, private
from relay.actions.record import lines
from relay.config.model import Loaded, Settings
from relay.intake.ingest import take_in
from relay.metrics import Metrics
from relay.model.job import Verb, Via
from relay.model.standing import Silenced, Standing, acknowledge, silence
from relay.secret import Secret
from relay.store import Entry, Result, Store, StoreError, group_id
from relay.web.app import create_app
from relay.web.services import Services

INTERACTIONS, COMMANDS = "/v1/slack/interactions", "/v1/slack/commands"
ID = group_id("relay", "k")


class FakeDialogs:
    """Slack's views.open."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.why = ""

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        self.opened.append((trigger, view))
        return self.why


class FakeAnswers:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def tell(self, url: str, text: str) -> bool:
        self.told.append((url, text))
        return True


class Now:
    """In place of the thread pool: done when submitted."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        future: Future[None] = Future()
        future.set_result(work(*arguments))

    def shutdown(self, **_: Any) -> None:
        pass


class Desk:
    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock, self.woken = store, clock, 0
        self.dialogs, self.answers, self.metrics = FakeDialogs(), FakeAnswers(), Metrics()
        self.config = replace(CONFIG, interactive=True)
        self.handler = Handler(
            store,
            self.config,
            clock,
            self.dialogs,
            self.answers,  # a stand-in
            self._wake,
        )
        self.handler._aside = Now()  # see there
        loaded = Loaded(self.config, Settings(slack_signing_secret=Secret(SIGNING)))
        self.services = Services(
            loaded, store, self.metrics, clock, lambda: None, lambda: True, "", self.handler
        )
        self.client: FlaskClient = create_app(self.services).test_client()

    def _wake(self) -> None:
        self.woken += 1

    def tell(self, *names: str, key: str = "k") -> None:
        take_in(
            webhook(*[alert(name) for name in names], key=key),
            self.store,
            self.config,
            self.clock.now(),
        )

    def send(self, payload: Any, headers: dict[str, str] | None = None) -> Any:
        body = encoded(payload)
        return self.client.post(INTERACTIONS, data=body, headers=headers or signed(body))

    def type(self, text: str, **more: str) -> Any:
        body = slash(text, **more)
        return self.client.post(COMMANDS, data=body, headers=signed(body))

    @property
    def jobs(self) -> list[Entry]:
        return list(self.store.journal().record(50))


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    made = Desk(store, clock)
    made.tell("h1", "h2")
    return made


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


def test_the_command_shows_what_fires(desk: Desk) -> None:
    assert "Nothing is silenced" in desk.type("silences").json["text"]
    desk.tell("h9", key="k2")
    answer = desk.type("").json
    assert answer["response_type"] == "ephemeral"
    assert answer["text"].startswith("*2 firing*\n🟠 warning *A* · since <!date^")
    assert f"id `{ID[:6]}`" in answer["text"]
    assert desk.type("firing").json == answer
    assert "mute" in desk.type("help").json["text"]
    nothing = desk.type("explode <!here>").json["text"]
    assert "There is no `explode` here." in nothing
    assert "<!here>" not in nothing


def test_the_command_names_what_is_quiet(store: Store, clock: FakeClock) -> None:
    assert "Nothing is firing" in Desk(store, clock).type("").json["text"]


def test_the_command_mutes_by_name_or_id(desk: Desk) -> None:
    assert desk.type("mute A 2h disk is replaced", respond="https://hooks.slack.com/c").data == b""
    assert desk.type(f"mute {ID[:5]} 1h30m").data == b""
    assert desk.type("ack a").data == b""
    assert desk.type("unack A").data == b""
    assert desk.type("unmute A").data == b""
    told = [(one.job.verb, one.job.until, one.job.comment) for one in reversed(desk.jobs)]
    assert told == [
        (Verb.SILENCE, at(120), "disk is replaced"),
        (Verb.SILENCE, at(90), ""),
        (Verb.ACKNOWLEDGE, None, ""),
        (Verb.UNACKNOWLEDGE, None, ""),
        (Verb.UNSILENCE, None, ""),
    ]
    assert {one.job.via for one in desk.jobs} == {Via.COMMAND}


def test_the_command_asks_back(desk: Desk) -> None:
    assert "For how long?" in desk.type("mute A").json["text"]
    assert "For how long?" in desk.type("mute 2h").json["text"]
    assert "Which group?" in desk.type("ack").json["text"]
    assert "No group" in desk.type("ack NoSuchAlert").json["text"]
    desk.tell("h9", key="k2")
    which = desk.type("ack A").json["text"]
    assert which.startswith("Which one?")
    assert ID[:6] in which
    assert desk.jobs == []


def test_the_command_stays_short(desk: Desk) -> None:
    for number in range(60):
        desk.tell("h" * 60 + str(number), key=f"k{number}")
    text = desk.type("").json["text"]
    assert text.startswith("*61 firing*")
    assert "more_" in text
    assert len(text) <= 3_000


def test_shapes_that_only_code_could_break() -> None:
    with pytest.raises(PayloadError):
        command({})
    with pytest.raises(PayloadError):
        interaction(b"x=1")
    assert form(b"a=1&a=2&b=") == {"a": "1", "b": ""}
    assert json.loads(private(ID, "u")) == {"group": ID, "respond": "u"}


def test_the_command_shows_who_looks_after_what(desk: Desk) -> None:
    silenced = Silenced(at(60), "bob <!here>", at(0), "s1")

    def change(standing: Standing) -> Standing:
        return silence(acknowledge(standing, "<@U0ALICE1>", at(0)), silenced)

    desk.store.stand(ID, change, at(0))
    text = desk.type("silences").json["text"]
    assert text.startswith("*1 silenced*")
    assert "👀 &lt;@U0ALICE1&gt;" in text
    assert "🔕 until <!date^" in text
    assert "<!here>" not in text
    take_in(webhook(alert("h1", 0, 5), alert("h2", 0, 5)), desk.store, desk.config, at(5))
    assert desk.type("").json["text"] == "Nothing is firing."
    assert desk.type("unmute A").data == b"", "what is silenced can be named though it is resolved"
