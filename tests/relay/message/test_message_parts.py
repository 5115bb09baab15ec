"""The small parts of a message: escaping, cutting, links, times."""

# ruff: noqa: RUF001 (look-alike letters are what is tested)

from datetime import UTC, datetime, timedelta

import pytest

from relay.message import limits
from relay.message.escape import code, flat, paragraph, plain, prose
from relay.message.limits import fit_lines, size, truncate
from relay.message.links import web_url
from relay.message.times import lasted, moment


def test_the_shares_of_a_message_fit_together():
    assert sum(limits.SHARES) <= limits.TOTAL


def test_cutting_never_splits_an_entity_or_a_token():
    assert truncate("ab&lt;cd", 5) == "ab…"
    assert truncate("ab&lt;cd", 7) == "ab&lt;…"
    assert truncate("x <!here> y z", 10) == "x <!here>…"
    assert truncate("x <!here> y", 8) == "x…"
    assert truncate("fits", 4) == "fits"


def test_length_counts_utf16_units():
    assert size("a🔥") == 3
    assert size(truncate("🔥" * 10, 9)) <= 9


def test_lines_that_do_not_fit_are_counted():
    more = "+{}".format
    assert fit_lines(["a", "b"], 3, more) == "a\nb"
    assert fit_lines(["aaa", "bbb", "ccc"], 7, more) == "aaa\n+2"
    assert fit_lines(["a"], 10, more, beyond=4) == "a\n+4"
    assert fit_lines(["a" * 10], 2, more) == "+1"
    assert fit_lines(["a" * 10], 1, more) == "…"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a & <b>", "a &amp; &lt;b&gt;"),
        ("*b* ~s~ `c`", "∗b∗ ∼s∼ ˋcˋ"),
        ("node_cpu_seconds _it_", "node_cpu_seconds ˍitˍ"),
        ("a__b", "aˍˍb"),
        (":fire: 10:30", "∶fire: 10:30"),
        ("@here @hereby", "@\u2060here @\u2060hereby"),
        ("a\n\tb\r\nc", "a b c"),
        ("bell\x07\x1b[31m\x7f", "bell␇␛[31m\ufffd"),
        ("le\u202eft\u2066\u200f", "left"),
        ("half \ud800", "half \ufffd"),
        ("\u200d \u2028", ""),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_prose_is_inert(raw, shown):
    assert prose(raw, 200) == shown


def test_plain_text_keeps_marks_and_escapes_entities():
    assert plain("*a* <b>", 50) == "*a* &lt;b&gt;"


def test_paragraphs_keep_their_lines_within_reason():
    assert paragraph("a\n\n\nb", 50) == "a\nb"
    assert paragraph("\n".join("abcdefghij"), 50, lines=3) == "a\nb\nc\n…"


def test_code_spans_hold_no_backtick_and_are_never_empty():
    assert code("a`b*c", 50) == "`aˋb*c`"
    assert code(" ", 50) == "`∅`"
    assert size(code("x" * 99, 20)) == 20
    assert flat("a  b") == "a b"


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://h/a?b=1&c=2#d", "https://h/a?b=1&c=2#d"),
        (" http://h:9090/x ", "http://h:9090/x"),
        ("https://h/a b|c<d>", "https://h/a%20b%7Cc%3Cd%3E"),
        ("https://h/é%20`", "https://h/%C3%A9%20%60"),
        ("http://[::1]:9090/", "http://[::1]:9090/"),
        ("javascript:alert(1)", ""),
        ("ftp://h/", ""),
        ("https://", ""),
        ("https://real.example@evil.example/", ""),
        ("https://h:port/", ""),
        ("http://[::1", ""),
        ("https://gооgle.example/", ""),  # Cyrillic letters that look Latin
        ("https://h/\nx", ""),
        ("https://h/\ud800", ""),
        ("https://h/" + "x" * 3000, ""),
        ("see the wiki", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(raw, url):
    assert web_url(raw) == url


def test_moments_are_tokens_unless_slack_has_no_such_date():
    assert moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == (
        "<!date^1767323040^{date_short_pretty} {time}|2026-01-02 03:04 UTC>"
    )
    assert moment(datetime(1, 1, 2, tzinfo=UTC)) == "1-01-02 00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "less than a second"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (86_401, "1 d"),
        (90_000, "1 d 1 h"),
        (-1, ""),
    ],
)
def test_durations_have_two_units(seconds, shown):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert lasted(start, start + timedelta(seconds=seconds)) == shown


def test_a_duration_needs_both_ends():
    assert lasted(None, datetime(2026, 1, 1, tzinfo=UTC)) == ""
