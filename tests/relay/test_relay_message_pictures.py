"""The pictures of the docs are of messages that Slack would take."""

import runpy
from pathlib import Path

from relay.message.limits import violations

PICTURES = ("firing", "handled", "many", "resolved", "storm", "thread", "unknown")
TOOL = Path(__file__).resolve().parents[2] / "tools" / "message_pictures.py"


def test_every_picture_is_of_messages_within_slacks_limits() -> None:
    pictures = runpy.run_path(str(TOOL))["pictures"]()
    assert sorted(pictures) == sorted(PICTURES)
    for messages in pictures.values():
        for shown in messages:
            assert shown.picture or violations(shown.content) == []


def test_a_page_of_pictures_stands_alone() -> None:
    made = runpy.run_path(str(TOOL))
    page = made["still"](made["pictures"]()["thread"], "#platform", 1.8e9)
    assert page.count('src="data:image/png;base64,') == 1
    assert 'src="/' not in page
    assert "also sent to the channel" in page
    assert "(edited)" in page
