"""What is written quickly is what PyYAML writes, byte for byte, and what everybody reads back."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin import emit, pipeline
from tocsin.emit import yamlout

ROOT = Path(__file__).parents[2]
NASTY = """
    yes No on OFF y n true False null ~ Null = << 0x1 0o7 012 1e3 1.5 .5 -.inf .NaN 1_000 +5 -5
    12:30 1:2:3 2020-01-01 2001-12-14t21:59:43.10-05:00 --- ... ---a ...a - -a ? ?a : :a a: a:b # #a
    a#b @a `a` %a &a *a !a !!str |a >- 'a' "a" it's "it's" [a] a[5m] {a} {{a}} ,a a,b (a) /a \\ \\n
    é ☃ 🚀
    """.split()
NASTY += [
    "",
    " ",
    "  a",
    "a ",
    "a: b",
    "a :",
    "a #b",
    "- a",
    "? a",
    ": a",
    "{{ $value }}: a",
    "10 * (a)",
]
NASTY += [
    "\n",
    "a\n",
    "a\nb",
    "a\n\n",
    "a \nb",
    "a\nb ",
    " a\nb",
    "\na",
    "a\n b\n",
    "a\n\n\nb\n",
    "#a\nb",
]
NASTY += [
    "a\tb",
    "\ta\nb",
    "a\t\nb",
    "a\r\nb",
    "\x00",
    "\x85",
    "a\u2028b\nc",
    "\xa0",
    "\ufeffa",
    "\u200b",
]
NASTY += [
    "a" * 97,
    "a" * 140,
    "a b " * 60,
    "---\na",
    "a\n---\n",
    "a\n...\n",
    "\ud7ff\ue000",
    "\U0010ffff",
]
PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    PRINTABLE,
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map(" ".join),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("\n".join),
)
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates()
)
DATA = st.recursive(
    SCALARS,
    lambda inside: st.one_of(
        st.lists(inside, max_size=4), st.dictionaries(TEXTS, inside, max_size=4)
    ),
    max_leaves=8,
)
RULES = st.fixed_dictionaries(
    {"alert": TEXTS, "expr": TEXTS},
    optional={
        "for": st.just("5m"),
        "labels": st.dictionaries(TEXTS, TEXTS, max_size=3),
        "annotations": st.dictionaries(TEXTS, TEXTS, max_size=3),
    },
)


def agrees(data: Any) -> str:
    text = yamlout.written(data)
    assert text == yamlout.slowly(data)
    return text


@settings(max_examples=300, deadline=None)
@given(DATA)
@example({"a": "b\n\n"})  # ends the document
@example([[], {}, [[[{"a": []}]]]])
@example({3: 2, True: None, "k" * 200: [3, 4], "a\nb": 5, "": 6})
def test_any_data(data: Any) -> None:
    assert yaml.safe_load(agrees(data)) == data


@settings(max_examples=100, deadline=None)
@given(st.lists(RULES, min_size=1, max_size=4))
def test_rules_are_read_back_as_they_were(rules: list[dict[str, Any]]) -> None:
    data = {"groups": [{"name": "g", "interval": "30s", "limit": 3, "rules": rules}]}
    assert yaml.safe_load(agrees(data)) == data


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_wherever_they_stand(text: str) -> None:
    for data in ({"a": text}, [text], {"a": [text, text], text: {"b": text}}, [[{text: text}]]):
        assert yaml.safe_load(agrees(data)) == data


def test_what_is_no_plain_data() -> None:
    assert agrees({"a": (1, 2)}) == "a:\n  - 1\n  - 2\n"
    with pytest.raises(yaml.representer.RepresenterError):
        yamlout.written({"a": object()})


def test_most_is_written_without_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    slowly = yamlout.slowly
    built = emit.files(pipeline.run((ROOT / "rules",)).compiled)
    asked: list[Any] = []

    def recorded(data: Any) -> str:
        asked.append(data)
        return slowly(data)

    monkeypatch.setattr(yamlout, "slowly", recorded)
    for text in built.values():
        yamlout.written(yaml.safe_load(text))
    yamlout.written([{"a": ["b\tc"]}])
    scalars = [list(innermost(data)) for data in asked]
    assert scalars
    assert all(found in ([True], [False], ["b\tc"]) for found in scalars), scalars


def innermost(data: Any) -> Iterator[Any]:
    """The scalars of nested data."""
    if isinstance(data, dict | list):
        for inside in data.values() if isinstance(data, dict) else data:
            yield from innermost(inside)
    else:
        yield data


@pytest.mark.parametrize("folder", ["rules", "tests/tocsin/golden/input"])
def test_a_build(folder: str) -> None:
    for text in emit.files(pipeline.run((ROOT / folder,)).compiled).values():
        assert agrees(yaml.safe_load(text)) == text.partition("\n")[2]


def test_community_rules(corpus: Path) -> None:
    for path in sorted((corpus / "awesome-rules").glob("*.yml")):
        agrees(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_prometheus_reads_the_same(promtool: Path, tmp_path: Path) -> None:
    """What is expected is written all in quotes and escaped. (An empty label is none.)"""
    texts = [
        text for text in NASTY if text and "{{" not in text and text.isascii() and "\0" not in text
    ]
    rules = [
        {
            "alert": f"A{place}",
            "expr": "vector(1)",
            "labels": {"l": text},
            "annotations": {"a": text},
        }
        for place, text in enumerate(texts)
    ]
    expected = [
        {
            "eval_time": "1m",
            "alertname": rule["alert"],
            "exp_alerts": [{"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}],
        }
        for rule in rules
    ]
    groups = yamlout.written({"groups": [{"name": "g", "rules": rules}]})
    (tmp_path / "a.yml").write_text(groups, encoding="utf-8")
    test = {"rule_files": ["a.yml"], "tests": [{"alert_rule_test": expected}]}
    text = yaml.safe_dump(test, default_style='"', width=10_000)
    (tmp_path / "test.yml").write_text(text, encoding="utf-8")
    subprocess.run([promtool, "test", "rules", "test.yml"], cwd=tmp_path, check=True)
