"""Slack's mrkdwn as HTML."""

from datetime import UTC, datetime

import pytest

from relay.sandbox.mrkdwn import Renderer

RENDERER = Renderer(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), UTC)
NOW = 1_795_176_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*b* _i_ ~s~", "<strong>b</strong> <em>i</em> <s>s</s>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("*a\nb*", "*a<br>b*"),
        ("`*x* &lt;` y", "<code>*x* &lt;</code> y"),
        ("```\na\n```", "<pre>a</pre>"),
        ("&gt; quoted\nnot", "<blockquote>quoted</blockquote>not"),
        ("&amp;lt; &quot;", "&amp;lt; &amp;quot;"),
        ("<!here> <!channel>", "@here @channel"),
        ("<@U1> <@U1|ann> <#C1|ops>", "@U1 @ann #ops"),
        ("<!subteam^S1> <!subteam^S1|@ops>", "@S1 @ops"),
        ("<odd>", "&lt;odd&gt;"),
        ("<http://[::1>", "&lt;http://[::1&gt;"),
        ("<!date^-99999999999^{date}|then>", "then"),
        (f"<!date^{NOW}^{{what}} {{date_num}}|x>", "{what} 2026-11-20"),
    ],
)
def test_marks(text, shown):
    html = str(RENDERER.mrkdwn(text)).replace('<span class="mention">', "").replace("</span>", "")
    if "<time" in html:
        html = html.split(">", 1)[1].replace("</time>", "")
    assert html == shown


def test_links_open_nothing_but_the_web():
    html = str(RENDERER.mrkdwn("<https://h/?a=1&amp;b=2|*see*> <https://bare/>"))
    assert '<a href="https://h/?a=1&amp;b=2" rel="noopener noreferrer nofollow">*see*</a>' in html
    assert ">https://bare/</a>" in html


@pytest.mark.parametrize(
    ("seconds", "pattern", "shown"),
    [
        (NOW, "{date_short_pretty} {time}", "today 12:00"),
        (NOW - 86_400, "{date_pretty}", "yesterday"),
        (NOW - 7 * 86_400, "{date_short_pretty}", "Nov 13, 2026"),
        (NOW, "{date} {time_secs}", "November 20th, 2026 12:00:00"),
        (NOW + 86_400, "{date_long_pretty}", "Saturday, November 21st, 2026"),
    ],
)
def test_dates_are_the_viewers(seconds, pattern, shown):
    html = str(RENDERER.mrkdwn(f"<!date^{seconds}^{pattern}|fallback>"))
    assert html.startswith("<time datetime=")
    assert html.endswith(f'UTC">{shown}</time>')


def test_dates_may_carry_a_link_which_is_not_followed():
    assert "<time" in str(RENDERER.mrkdwn(f"<!date^{NOW}^{{date}}^https://h/|x>"))


def test_plain_text_is_only_decoded():
    assert str(RENDERER.plain("*a* &lt;b&gt;\nc")) == "*a* &lt;b&gt;<br>c"
