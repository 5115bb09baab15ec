"""Alertmanager's client: bad answers are errors, credentials stay here, matchers judge alike."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from relay_kit import SlackServer

from relay.alertmanager import Alertmanagers, Match, ServerError, Silence
from relay.config.model import Server


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1]", b'[{"id": 1}]', b"nonsense", b"[" * 100_000, b'{"silenceID": 5}'],
)
def test_whatever_answers_instead_of_alertmanager_is_an_error(body: bytes) -> None:
    with SlackServer() as server:
        server.handler = lambda method, arguments: (200, {}, body)
        base = server.url.removesuffix("/api")
        some = Alertmanagers([Server(base)])
        now = datetime.now(UTC)
        with pytest.raises(ServerError):
            some.silence(Silence((Match("a", "b"),), now, now, "x", "y"))
        (known,) = some.silences().values()
        assert known == [] or isinstance(known, ServerError)
        if body not in {b"[]", b"[1]", b'[{"id": 1}]'}:
            with pytest.raises(ServerError):
                some.firing(base, {"a": "b"})
        with pytest.raises(ServerError):
            some.firing("http://elsewhere", {})


def test_a_redirect_is_not_followed_and_the_token_stays_here(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush\n")
    (tmp_path / "password").write_text("pässword\n")
    with SlackServer() as server, SlackServer() as elsewhere:
        server.handler = lambda method, arguments: (302, {"Location": elsewhere.url}, b"")
        base = server.url.removesuffix("/api")
        for one in (
            Server(base, token_file=f"{tmp_path}/token"),
            Server(base, username="u", password_file=f"{tmp_path}/password"),
        ):
            (known,) = Alertmanagers([one]).silences().values()
            assert isinstance(known, ServerError)
            assert known.status == 302
        assert [call[2] for call in server.calls] == ["Bearer hush", "Basic dTpww6Rzc3dvcmQ="]
        assert elsewhere.calls == []


def test_a_token_that_cannot_be_read_is_told_without_it(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("hush\nhush")
    for path in (tmp_path / "none", tmp_path / "two"):
        (known,) = Alertmanagers([Server("http://am", str(path))]).silences().values()
        assert isinstance(known, ServerError)
        assert "cannot read its token" in str(known)
        assert "hush" not in str(known)


def test_matchers_judge_as_alertmanager_does() -> None:
    labels = {"a": "x", "b": ""}
    assert Match("a", "x").holds(labels)
    assert Match("c", "").holds(labels)
    assert Match("a", "y", equal=False).holds(labels)
    assert Match("a", "x|z", regex=True).holds(labels)
    assert not Match("a", "", regex=True).holds(labels)
    assert Match("a", "q.*", regex=True, equal=False).holds(labels)
    assert not Match("a", "\\pL{3,", regex=True).holds(labels)
