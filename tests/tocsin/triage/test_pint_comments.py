"""Comments that were written for pint do here what its documentation says that they do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin import controls, pipeline
from tocsin.load import load
from tocsin.problem import Problem, Severity
from tocsin.triage import pintcomments
from tocsin.triage.places import Places
from tocsin.triage.suppression import Suppression

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEAD = "groups:\n  - name: one\n    rules:\n"
FIRST = "      - record: one\n        expr: sum(foo\n"
SECOND = "      - record: two\n        expr: sum(bar\n"


def run(folder: Path, text: str) -> list[Problem]:
    path = folder / "plain.yml"
    path.write_text(text)
    return list(pipeline.run((path,), now=NOW, building=False).result.problems)


def broken(folder: Path, text: str) -> list[str]:
    """The rules whose expression is called wrong; nothing else may be told."""
    found = run(folder, text)
    assert {p.check for p in found} <= {"promql/syntax"}, found
    return [p.rule for p in found]


def test_without_comments_all_is_told(tmp_path: Path) -> None:
    assert broken(tmp_path, HEAD + FIRST + SECOND) == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "      # pint disable promql/syntax\n" + FIRST + SECOND,
        HEAD + "  #   pint   disable   promql/syntax  \n" + FIRST + SECOND,
        HEAD + "      # pint disable promql/syntax\n      # more\n" + FIRST + SECOND,
        HEAD + FIRST.rstrip() + " # pint disable promql/syntax\n" + SECOND,
        HEAD + FIRST.replace("expr", "# pint disable promql/syntax\n        expr") + SECOND,
        HEAD + FIRST + "      # pint disable promql/syntax\n\n" + SECOND,
        HEAD + "      # hello # pint disable promql/syntax\n" + FIRST + SECOND,
        HEAD + "      # pint snooze 2026-06-02 promql/syntax\n" + FIRST + SECOND,
        HEAD + "      # pint snooze 2026-06-01T12:00:01Z promql/syntax\n" + FIRST + SECOND,
        HEAD + "      # pint snooze 2026-06-01T14:30:00+02:00 promql/syntax\n" + FIRST + SECOND,
        HEAD + "      # pint disable promql/syntax(+testing)\n" + FIRST + SECOND,
        HEAD + "      # pint disable promql/syntax(staging)\n" + FIRST + SECOND,
        HEAD + "      # pint disable promql/syntax # as agreed\n" + FIRST + SECOND,
    ],
)
def test_a_comment_is_about_the_rule_that_it_touches(tmp_path: Path, text: str) -> None:
    assert broken(tmp_path, text) == ["two"]


@pytest.mark.parametrize("comment", ["disable promql/syntax", "snooze 2026-07-01 promql/syntax"])
def test_a_comment_is_about_the_file(tmp_path: Path, comment: str) -> None:
    for text in (
        f"# pint file/{comment}\n" + HEAD + FIRST + SECOND,
        HEAD + FIRST + f"\n\n# pint file/{comment}\n\n" + SECOND,
    ):
        assert broken(tmp_path, text) == []


@pytest.mark.parametrize(
    ("words", "covered"),
    [
        ("foo", ["foo"]),
        ('foo{job="a"}', ["foo"]),
        ("bar", ["bar"]),
        ("prometheus-of-staging", ["foo", "bar"]),
        ("+tag", ["foo", "bar"]),
    ],
)
def test_what_a_comment_speaks_of_narrows_it(
    tmp_path: Path, words: str, covered: list[str]
) -> None:
    path = tmp_path / "plain.yml"
    both = '      - record: one\n        expr: foo{job="a"} + bar\n'
    path.write_text(f"{HEAD}      # pint disable promql/series({words})\n{both}")
    loaded = load((path,))
    (source,) = loaded.sources.values()
    (entry,) = pintcomments.suppressions(source, controls.controls(source))
    assert isinstance(entry, Suppression)
    rule = loaded.catalogue.rules[0]
    found = []
    for name, start in (("foo", 0), ("bar", 15)):
        place = rule.at_text(("expr",), start, start + 3)
        missing = Problem(place, "promql/series", Severity.WARNING, "nothing declares it")
        if entry.covers(missing, Places(loaded.catalogue)):
            found.append(name)
    assert found == covered


def test_a_snooze_that_is_over_is_told_with_what_it_hid(tmp_path: Path) -> None:
    for until in ("2026-06-01", "2026-06-01T12:00:00Z"):
        text = HEAD + f"      # pint snooze {until} promql/syntax\n" + FIRST
        found = run(tmp_path, text)
        assert [p.check for p in found] == ["lint/expired-ignore", "promql/syntax"]


def test_an_unused_comment_is_told_softly_and_not_where_a_server_would_know(
    tmp_path: Path,
) -> None:
    good = "      - record: one\n        expr: sum(foo)\n"
    (found,) = run(tmp_path, HEAD + "      # pint disable promql/syntax\n" + good)
    assert (found.check, found.severity) == ("lint/unused-ignore", Severity.INFO)
    assert run(tmp_path, HEAD + "      # pint disable query/cost\n" + good) == []
    assert run(tmp_path, HEAD + "      # pint disable promql/series(foo)\n" + good) == []
    assert run(tmp_path, HEAD + "      # pint rule/set promql/series min-age 3d\n" + good) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (HEAD + FIRST.rstrip() + " # pint ignore/line\n" + SECOND, ["two"]),
        (HEAD + FIRST.replace("expr", "# pint ignore/next-line\n        expr"), []),
        (HEAD + "# pint ignore/begin\n" + FIRST + "# pint ignore/end\n" + SECOND, ["two"]),
        (HEAD + "# pint ignore/begin\n" + FIRST + SECOND, []),
        (HEAD + "# pint ignore/end\n" + FIRST, ["one"]),
        ("{% set x = 1 %} # pint ignore/line\n" + HEAD + FIRST, ["one"]),
        ("# pint ignore/next-line\n{% set x = 1 %}\n" + HEAD + FIRST, ["one"]),
        ("# pint ignore/begin\n{% a %}\n{% b %}\n# pint ignore/end\n" + HEAD + FIRST, ["one"]),
    ],
)
def test_lines_that_pint_would_not_look_at(tmp_path: Path, text: str, rules: list[str]) -> None:
    assert broken(tmp_path, text) == rules


@pytest.mark.parametrize(
    "text",
    [
        "# pint ignore/file\n" + HEAD + FIRST,
        "# a\n# pint ignore/file\n{% x %}\n",
        HEAD + "# pint ignore/file\n" + FIRST,
    ],
)
def test_a_file_that_pint_would_not_look_at_is_told_as_such(tmp_path: Path, text: str) -> None:
    (found,) = run(tmp_path, text)
    assert (found.check, found.severity) == ("lint/ignored-file", Severity.INFO)


def test_places_stay_true_where_lines_are_taken_away(tmp_path: Path) -> None:
    (found,) = run(tmp_path, "{% set x = 1 %} # pint ignore/line\n" + HEAD + FIRST)
    assert (found.position.line, found.position.column) == (6, 18)


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("disable", "needs something behind it"),
        ("file/disable", "needs something behind it"),
        ("snooze promql/rate", "takes a date and a check"),
        ("snooze soon promql/rate", "`soon` is not a date"),
        ("file/snooze 2026-13-01 promql/rate", "`2026-13-01` is not a date"),
        ("ignore/line here", "takes nothing behind it"),
        ("disable promql/rate\n", "touches no rule"),
        ("rule/owner bob\n", "touches no rule"),
        ("rule/owner", "needs something behind it"),
        ("rule/set", "needs something behind it"),
    ],
)
def test_a_comment_that_pint_could_not_read_is_told(
    tmp_path: Path, comment: str, message: str
) -> None:
    good = "      - record: one\n        expr: sum(foo)\n"
    found = run(tmp_path, HEAD + f"      # pint {comment}\n" + good)
    assert [p.check for p in found] == ["lint/comment"]
    assert message in found[0].message


def test_other_words_are_not_pints(tmp_path: Path) -> None:
    text = HEAD + "      # pint bamboozle xxx\n      # pint, please\n"
    assert broken(tmp_path, text + "      - record: one\n        expr: sum(foo)\n") == []


def test_owners_are_those_of_the_comments(tmp_path: Path) -> None:
    text = "# pint file/owner bob\n" + HEAD + FIRST + "      # pint rule/owner alice\n" + SECOND
    path = tmp_path / "plain.yml"
    path.write_text(text)
    (tmp_path / "tocsin.yaml").write_text(
        "lint:\n  overrides:\n"
        "    - {where: {owner: bob}, checks: {promql/syntax: info}}\n"
        "    - {where: {owner: alice}, checks: {promql/syntax: off}}\n"
    )
    outcome = pipeline.run((path,), now=NOW, building=False)
    assert [rule.owner for rule in outcome.compiled.catalogue.rules] == ["bob", "alice"]
    assert [(p.rule, p.severity.label) for p in outcome.result.problems] == [("one", "info")]
