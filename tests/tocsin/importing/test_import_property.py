"""Whatever a rule file holds, importing and compiling it gives the same rules."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from import_kit import compiled, imported, originals

from tocsin import pipeline

words = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
texts = st.one_of(
    st.sampled_from(["yes", "0", "06:00", "~", "a: b", "{{ $value }}", "#x", "- x", " x ", "x\n"]),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t"),
        max_size=40,
    ),
)
values = st.sampled_from(
    [
        "up",
        "rate(a[5m])",
        "(a / b)",
        "a / (b > 0)",
        "sum by (x) (\n  a\n)",
        "-a",
        "a or b",
        "a == 1",
    ]
)
numbers = st.sampled_from(
    ["0", "5", "0.80", "-3", ".5", "1e3", "0x10", "010", "1_000", "Inf", "+7"]
)
exprs = st.one_of(
    values,
    st.builds(
        "{} {} {}".format, values, st.sampled_from([">", "<", ">=", "==", "> bool"]), numbers
    ),
    st.builds("{} < {}".format, numbers, values),
    st.sampled_from(['absent(up{job="x"})', "absent(rate(a[5m]))", "absent(a) > 0"]),
    st.sampled_from(["((a) or 0 * (b)) / ((b) > 0) > 5", "a > 1 # why", "# first\na < 2"]),
    st.sampled_from(["rate(a[5m] smoothed) > 1", "a > ", "vector(1)"]),
)
durations = st.sampled_from(["0s", "0m", "5m", "1h30m", ""])
severities = st.sampled_from(["info", "warning", "critical", "page", "{{ $labels.x }}"])
labels = st.dictionaries(words, texts, max_size=3)
names = st.sampled_from(["A", "B", "a name: with", "Höhe"])


@st.composite
def alerts(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": draw(names), "expr": draw(exprs)}
    for key in ("for", "keep_firing_for"):
        if written := draw(durations):
            rule[key] = written
    rule["labels"] = draw(labels) | draw(
        st.fixed_dictionaries({}, optional={"severity": severities})
    )
    known = st.sampled_from(["summary", "description", "runbook_url", "dashboard_url"])
    rule["annotations"] = draw(st.dictionaries(st.one_of(known, words), texts, max_size=4))
    rule["annotations"].pop("source", None)
    return rule


recordings = st.fixed_dictionaries({"record": st.just("a:b"), "expr": values, "labels": labels})
rules = st.lists(st.one_of(alerts(), alerts(), recordings), min_size=1, max_size=5)
groups = st.fixed_dictionaries({"name": st.just("g"), "rules": rules}, optional={"labels": labels})


class Dumper(yaml.SafeDumper):
    """Aliases what repeats, as people do with anchors."""


@settings(max_examples=80, deadline=None)
@given(
    groups,
    st.sampled_from([None, '"', "'", "|", ">"]),
    st.sampled_from([None, True, False]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_imported_compiles_to_what_it_was(
    group: dict[str, Any], style: str | None, flow: bool | None, newline: str
) -> None:
    dumped = yaml.dump(
        {"groups": [group]},
        Dumper=Dumper,
        default_style=style,
        default_flow_style=flow,
        allow_unicode=True,
        sort_keys=False,
    )
    text = dumped.replace("\n", newline)
    faulty = [rule for rule in group["rules"] if rule["expr"] == "a > "]
    with tempfile.TemporaryDirectory() as folder:
        done = imported(Path(folder), text)
        assert done.exit_code == (1 if faulty else 0), done.output
        whole = [
            (name, [rule for rule in found if rule["expr"] != "a >"])
            for name, found in originals(dumped)
        ]
        problems = pipeline.run((Path(folder) / "rules",)).result.problems
        assert not [one for one in problems if one.check.startswith(("yaml/", "schema/"))], text
        found = compiled(Path(folder) / "rules")
        assert found == [(name, rules) for name, rules in whole if rules], text
