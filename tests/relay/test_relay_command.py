"""The slash command: what it shows, mutes and asks back."""

from desk_kit import ID, Desk
from relay_kit import FakeClock, alert, at, webhook

from relay.intake.ingest import take_in
from relay.model.job import Verb, Via
from relay.model.standing import Silenced, Standing, acknowledge, silence
from relay.store import Store


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
