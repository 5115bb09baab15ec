"""A team's own templates: what they can word, that no label gets through, and that none runs on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from message_examples import VIEW, alert, body, cpu, dump, group, payload, text_objects
from mrkdwn_tokens import foreign_tokens, formatted

from relay.message import Source, render
from relay.message.limits import violations
from relay.message.template import LONGEST_SOURCE, TemplateError, load

ONE = group(cpu("h1", 97))
HOSTILE = [
    "<!channel>", "<https://evil|x>", "*b*", "_i_", "`c`", "> quote", "\u202egone", "@here", "&",
]  # fmt: skip


def made(source, known=ONE, **view):
    return render(known, replace(VIEW, template=Source("ops", source), **view))


def block(name, text):
    return f"{{% block {name} %}}{text}{{% endblock %}}"


def header(message):
    return message.blocks[0]["text"]["text"]


def test_each_part_can_be_worded_and_the_rest_stays():
    source = (
        block("title", "{{ emoji }} {{ labels.platform|upper }} {{ name }}")
        + block("summary", "{{ annotations.summary|bold }} since {{ started_at }}")
        + block("line", "{{ alert.labels.host|code }} is {{ alert.severity }}, not {{ default }}")
        + block("footer", '{{ annotations.runbook_url|link("What to do") }}')
        + block("text", "{{ severity }}: {{ default }}")
    )
    message = made(source)
    assert message.problem == ""
    assert header(message) == "🔴 P1 HostCpuHigh"
    said = body(message)
    assert "*CPU of h1 is at 97%* since <!date^1795161600^" in said
    assert "• `h1` is critical, not HostCpuHigh" in said
    assert "<https://runbooks.example.com/host#cpu|What to do>" in said
    assert "|Dashboard>" not in said
    assert message.text.startswith("critical: 🔴 FIRING critical · HostCpuHigh — CPU of h1")
    assert "`host=h1`" in said
    assert violations(payload(message)) == []


def test_default_is_what_would_stand_there():
    every = "".join(block(n, "{{ default }}") for n in ("title", "line", "footer", "text"))
    two = group(cpu("h1", 97), cpu("h2", 91, lasted=timedelta(hours=1)), cpu("h3", 80, "warning"))
    assert replace(made(every, two), problem="") == render(two, VIEW)


def test_a_title_has_no_marks():
    source = block(
        "title", '{{ name|bold }} {{ name|code }} {{ "http://h"|link("wiki") }} {{ started_at }}'
    )
    assert header(made(source)) == "HostCpuHigh HostCpuHigh wiki 2026-11-20 08:00 UTC"


def test_what_is_missing_is_empty_and_has_a_default():
    source = block(
        "text", '[{{ labels.nope }}] {{ labels["no"]|default("none") }} {{ owner|d("nobody") }}'
    )
    assert made(source).text == "[] none nobody"


def test_loops_conditions_and_filters_work():
    known = group(*[cpu(f"h{number}", 90 + number) for number in range(3)])
    source = block(
        "summary",
        "{% for a in alerts %}{{ loop.index }} {{ a.labels.host }}\n{% endfor %}"
        '{% if count > 2 and name.startswith("Host") %}{{ count * 2 + 1 }} {{ 2 ** 3 }}{% endif %} '
        '{{ alerts|map(attribute="labels.host")|map("code")|join(", ") }} '
        '{{ "on " ~ labels.platform|bold ~ "<x>" }} {{ "a-b"|replace("-", "+") }} '
        "{% for key, value in labels.items()|sort %}{{ key }}={{ value }} {% endfor %}"
        '{{ (started_at - started_at)|duration }} {{ ""|bold }}{{ "a" + "b" }}',
    )
    said = body(made(source, known)).split("\n")
    assert said[1:4] == ["1 h0", "2 h1", "3 h2"]
    assert said[4].startswith("7 8 `h0`, `h1`, `h2` on *p1*<x> a+b alertname=HostCpuHigh")
    assert said[4].endswith("less than a second ab")


@pytest.mark.parametrize("nasty", HOSTILE)
def test_labels_cannot_inject_whatever_is_done_to_them(nasty):
    host = "labels.host"
    ways = (
        f'{host} | {host}|upper | {host} ~ "" | {host}|bold | {host}|code | "http://h"|link({host})'
        f' | [{host}, {host}|code]|join | {host}|replace("a", "b")'
    ).split(" | ")
    for text in ["{{ labels.host }}", " ".join(f"{{{{ {way} }}}}" for way in ways)]:
        source = "".join(block(name, text) for name in ("summary", "footer", "text"))
        source += block("title", "{{ labels.host }}{{ labels.host|bold }}")
        known = group(alert({"alertname": "A", "host": nasty, "severity": "info"}))
        message = made(source, known)
        assert message.problem == "", message.problem
        for each in text_objects([message.blocks, message.attachments]):
            assert foreign_tokens(each["text"]) == []
            if each["type"] == "mrkdwn":
                assert formatted(each["text"]) == []
        assert foreign_tokens(message.text) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (block("title", "{{ nme }}"), "title: 'nme' is not known: did you mean 'name'? (line 1)"),
        (block("titel", ""), "there is no block 'titel': did you mean 'title'? (line 1)"),
        (block("zzzzz", ""), "there is no block 'zzzzz': there are footer, line,"),
        ("FIRING", "only blocks count: title, summary, line, footer, text"),
        ("", "has no block"),
        ("{% block title %}{% if %}", "Expected an expression"),
        (block("title", "\n{{ 1 / 0 }}"), "title: ZeroDivisionError: division by zero (line 2)"),
        (block("title", "{{ alerts }}"), "a list is no text"),
        (block("title", "{{ alerts[0].nope }}"), "'nope' is not known; there are annotations"),
        (block("title", "{{ alerts[9].name }}"), "what is missing has no 'name'"),
        (block("title", "{% macro m() %}{% endmacro %}"), "Macro is not available"),
        (block("title", '{% include "x" %}'), "Include is not available"),
        (block("title", "{{ self.title() }}"), "has no 'title'"),
        (block("title", "{{ name.__class__ }}"), "a str has no '__class__'"),
        (block("title", "{{ name() }}"), "it calls what templates may not call"),
        (block("title", '{{ "%999999999d" % 1 }}'), "% is for numbers"),
        (block("title", '{{ "x" * 999999999 }}'), "* is for numbers"),
        (block("title", "{{ 9 ** 9 ** 9 }}"), "** is for small numbers"),
        (block("title", "{{ name|random }}"), "No filter named 'random'"),
        (block("title", "{{ range(9) }}"), "'range' is not known"),
        (block("title", '{{ "a"|duration }}'), "duration is for the difference"),
        (block("title", ""), "title: nothing is left of it"),
        (block("text", "{{ labels.nope }}"), "text: nothing is left of it"),
        (block("title", "x" * 141), "title: 141 characters, 140 at most"),
        (block("summary", "<!here> look"), "mentions come from `mention`"),
        (block("summary", "<@U0123456>"), "mentions come from `mention`"),
        (block("footer", "@channel"), "mentions come from `mention`"),
        (" " * (LONGEST_SOURCE + 1), "is longer than 20,000 characters"),
        ("{% if x %}" * 2000, "nested too deeply"),
    ],
)
def test_a_template_that_fails_falls_back_and_says_so(source, problem):
    message = made(source)
    assert problem in message.problem
    assert "Template ops failed: " in body(message)
    worded = dump(message).replace(dump(message).split("\n")[-2] + "\n", "")
    assert worded == dump(render(ONE, VIEW))
    assert violations(payload(message)) == []


def test_a_file_that_could_not_be_read_falls_back_too():
    message = render(ONE, replace(VIEW, template=Source("ops", "", "ops.j2: no such file")))
    assert message.problem == "ops: ops.j2: no such file"


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in name %}" * 8 + "{% endfor %}" * 8,
        "{% set a = name %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = name %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        '{% set a = "x" %}' + '{% set a = a|replace("x", "xxxxxxxxxx") %}' * 60 + "{{ a }}",
        '{% set a = "x" %}' + '{% set a = a|replace("", "xxxxxxxxxx") %}' * 60 + "{{ a }}",
        "{% set a = [name] %}" + "{% set a = [a|join, a|join] %}" * 60 + "{{ a|join }}",
    ],
)
def test_no_template_runs_on(text):
    assert "more than" in made(block("summary", text)).problem


def test_a_line_of_a_template_that_is_empty_leaves_ours():
    message = made(block("line", '{{ alert.labels.host if alert.severity == "info" }}'))
    assert "• HostCpuHigh" in body(message)
    assert message.problem == ""


def test_the_same_template_gives_the_same_message_and_is_compiled_once():
    source = block("title", "{{ name }}")
    assert made(source) == made(source)
    assert load(source) is load(source)
    assert load(source).render("text", {}) is None
    with pytest.raises(TemplateError, match="no block"):
        load("")
