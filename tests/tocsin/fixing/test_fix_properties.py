"""Whatever is mended: the file means what it meant, and has nothing left to mend."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin import fixing, linting
from tocsin.cli import cli
from tocsin.linting import How
from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import Selector, selectors

VALUES = ("", "a", "b", "ab", "a.b", "a'b", 'a"b', "a\\b", "x y")
QUOTES = {'"': ("\\", '"'), "'": ("\\", "'"), "`": ("", "")}

values = st.sampled_from(VALUES[1:])
signs = st.sampled_from(["=", "!=", "=~", "!~"])


def promql_string(value: str, quote: str) -> str:
    if quote == "`":
        return f"`{value}`"
    return quote + value.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


@st.composite
def matchers(draw: st.DrawFn) -> str:
    value, sign = draw(values), draw(signs)
    if "~" in sign:
        value = draw(st.sampled_from([re.escape(value), f"{re.escape(value)}|a", ".*", ".+"]))
        value = draw(st.sampled_from(["", "^"])) + value + draw(st.sampled_from(["", "$"]))
    label = draw(st.sampled_from(["job", "host", "x"]))
    blank = draw(st.sampled_from(["", " "]))
    return f"{label}{blank}{sign}{blank}{promql_string(value, draw(st.sampled_from(list(QUOTES))))}"


expressions = st.builds(
    lambda name, found, rest: f"{name}{{{', '.join(found)}}}{rest}",
    st.sampled_from(["up", "node_load1", "a:b_"]),
    st.lists(matchers(), max_size=3),
    st.sampled_from([" == 0", "\n  > 5", '[5m] or y{z=~"^q$"}']),
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule file, its expression in some style of YAML, its keys in some order."""
    expr = draw(expressions).replace("[5m]", "")
    style = draw(st.sampled_from(["'", '"', "|", ">", None]))
    inside = yaml.dump({"expr": expr}, default_style=style, width=draw(st.sampled_from([20, 200])))
    written = inside.replace('"expr"', "expr").replace("'expr'", "expr")
    written = re.sub(r"^(!!\S+ )?[|>][+-]?\d?\n  expr\n: ", "expr: ", written).removeprefix("? ")
    if not written.startswith("expr:"):
        written = f"expr: |\n  {expr.replace(chr(10), chr(10) + '  ')}\n"
    keys = [
        written,
        "alert: A  # name\n",
        draw(
            st.sampled_from(["", "for: 0s\n", "for: 0s  # none\n", "# c\nfor: 5m\n", "fro: 5m\n"])
        ),
        draw(st.sampled_from(["", "labels: {a: b}\n", "lables:\n  a: b\n"])),
    ]
    body = "".join(draw(st.permutations(keys)))
    lines = [f"        {line}" if line else "" for line in body.split("\n")]
    first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
    lines[first] = f"      - {lines[first].lstrip()}"
    return "groups:\n  - name: a\n    rules:\n" + "\n".join(lines) + "      # end\n"


def told(folder: Path, name: str) -> list[Any]:
    return [p for p in linting.lint((folder / name,), How(jobs=1)).result.problems if p.fix]


def mend(folder: Path, name: str) -> int:
    """Rounds until nothing is left to mend."""
    path = folder / name
    for number in range(10):
        found = told(folder, name)
        mended = fixing.mended(name, path.read_bytes(), found)
        if mended.content == path.read_bytes():
            return number
        path.write_bytes(mended.content)
    raise AssertionError(path.read_text())


def meant(text: str) -> list[dict[str, Any]]:
    """What a file says, misspelt or not, but for what is said without a word, too."""
    spelt = {"lables": "labels", "fro": "for"}
    found = []
    for group in yaml.safe_load(text)["groups"]:
        for rule in group["rules"] or ():
            plain = {spelt.get(key, key): value for key, value in rule.items()}
            if plain.get("for") in {"0s", "0m"}:
                del plain["for"]
            found.append({key: value for key, value in plain.items() if key != "expr"})
    return found


def exprs(text: str) -> Iterator[str]:
    for group in yaml.safe_load(text)["groups"]:
        for rule in group["rules"] or ():
            yield str(rule["expr"])


def asks(selector: Selector) -> tuple[str, dict[tuple[str, str], bool]]:
    """A selector's name, and which values of labels it lets pass."""
    labels = {"job", "host", "x", "z", *(matcher.name for matcher in selector.matchers)}

    def passes(label: str, value: str) -> bool:
        return all(m.accepts(value) for m in selector.matchers if m.name == label)

    return selector.name, {(la, va): passes(la, va) for la in sorted(labels) for va in VALUES}


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"# (?:name|none|c|end)$", text, re.MULTILINE))


@given(rules())
@settings(max_examples=60, deadline=None)
def test_a_mended_file_means_what_it_meant(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("fix")
    (folder / "tocsin.yaml").write_text("lint: {checks: {rule/order: info}}\n")
    (folder / "a.yml").write_text(text)
    mend(folder, "a.yml")
    after = (folder / "a.yml").read_text()
    assert meant(after) == meant(text)
    assert comments(after) == comments(text)
    for before, now in zip(exprs(text), exprs(after), strict=True):
        assert [asks(s) for s in selectors(now)] == [asks(s) for s in selectors(before)], after
        blank = re.compile(r"\{.*?\}|\s", re.DOTALL)
        assert blank.sub("", now) == blank.sub("", before)
    left = linting.lint((folder / "a.yml",), How(jobs=1)).result.problems
    assert not [p for p in left if p.check in {"schema/unknown-key", "alerts/for"}], after


def test_community_files_mean_what_they_meant(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(corpus / "awesome-rules", folder)
    before = {path.name: path.read_text() for path in sorted(folder.glob("*.yml"))}
    CliRunner().invoke(cli, ["lint", str(folder), "--fix"])
    after = {path.name: path.read_text() for path in sorted(folder.glob("*.yml"))}
    assert after != before
    for name, text in before.items():
        assert meant(after[name]) == meant(text), name
        for old, new in zip(exprs(text), exprs(after[name]), strict=True):
            try:
                assert [asks(s) for s in selectors(new)] == [asks(s) for s in selectors(old)]
            except CannotTell:  # a selector without a name
                assert re.sub(r"\{.*?\}", "", new) == re.sub(r"\{.*?\}", "", old)
    done = CliRunner().invoke(cli, ["lint", str(folder), "--fix"])
    assert "fixed" not in done.output
    assert {p.name: p.read_text() for p in sorted(folder.glob("*.yml"))} == after
