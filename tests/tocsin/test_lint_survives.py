"""A crash on any input is a bug: files are damaged, byte by byte and value by value, and linted."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin import fixing, linting
from tocsin.linting import How
from tocsin.report import REPORTS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("TOCSIN_CORPUS", ROOT.parent / "shared" / "corpus"))
LONG = bool(os.environ.get("TOCSIN_LONG"))


def _bases() -> Iterator[Path]:
    yield from sorted((ROOT / "rules").rglob("*.yaml"))
    yield from sorted((ROOT / "tests" / "tocsin" / "cases").glob("*/*.y*ml"))
    yield from sorted((CORPUS / "awesome-rules").glob("*.yml"))[::6]


# Files of some size say no more, and take their time.
BASES = [path for path in _bases() if path.stat().st_size < 9_000]
PIECES = [
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\t", b"\x85", b"\xe2\x80\xa8", b"\\", b"'"),
    *(b'"', b"{", b"}", b"[", b"]", b"{{", b"}}", b": ", b"- ", b" #", b"# pint disable ", b"&a "),
    *(b"*a", b"<<: ", b"!!int ", b"|\n", b">-\n", b"? ", b"---\n", b"...\n", b"%YAML 1.1\n"),
    *(b"# tocsin ignore ", b"# pint ignore/begin\n", b"# pint snooze 2020-01-01 ", b"=~", b"`"),
    *("é".encode(), b"1e999", b"0x", b".inf", b"~", b"=", b"off", b"2020-01-01", b"12:30"),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 10**400, 1.5, float("inf"), float("nan"), "", " ", "x", "\n", "{{"),
    *("{{ $value", "up{", "((", "5m", "5 minutes", "*", "a" * 5_000, "\u2028", [], {}),
    *([None], [[]], {"": None}, {"a": {"b": []}}, {"expr": []}, [{"alert": {}}], "up{a=~'('}"),
    *({"at": {}}, "sum(", "x[5m:]", "1 == bool 1", "@", "$labels", "00:00-25:00", "mon-xyz"),
]


@st.composite
def damaged_bytes(draw: st.DrawFn) -> bytes:
    content = draw(st.sampled_from(BASES)).read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from([0, 0, 1, 2, 10, 100]))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
        content = content[:start] + piece + content[start + length :]
    return content


@st.composite
def damaged_values(draw: st.DrawFn) -> bytes:
    path = draw(st.sampled_from(BASES))
    try:
        data = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError):
        data = {"groups": [{"name": "a", "rules": [{"alert": "A", "expr": "up"}]}]}
    data = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(data))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        action = draw(st.sampled_from(["value", "value", "drop", "key", "copy"]))
        other_holder, other_key = draw(st.sampled_from(places))
        if action == "drop":
            del holder[key]
        elif action == "key" and isinstance(holder, dict):
            name = draw(st.sampled_from(["expr", "", "a b", "for", "<<", "groups"]))
            holder[name] = holder.pop(key)
        elif action == "copy":
            holder[key] = copy.deepcopy(other_holder[other_key])
        else:
            holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


def _places(data: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    if depth > 12 or not isinstance(data, dict | list):  # an anchor may hold itself
        return
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        yield from _places(data[key], depth + 1)


def survive(folder: Path, content: bytes) -> None:
    """Lints a file in every place that it may stand in, tells it in every format, and mends it."""
    for name in ("plain/a.yml", "rules/a.yaml", "rules/catalogue.yaml", "rules/metrics/a.yaml"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        whole = folder / name.partition("/")[0]
        result = linting.lint((whole,), How(jobs=1)).result
        for render in REPORTS.values():
            render(result)
        fixing.mended(str(path), content, [p for p in result.problems if p.fix])
        path.write_bytes(before) if before is not None else path.unlink()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged")
    (folder / ".git").mkdir()
    (folder / "rules" / "metrics").mkdir(parents=True)
    (folder / "rules" / "catalogue.yaml").write_text("version: 1\n")
    (folder / "rules" / "b.yaml").write_text("group: b\nrules: [{record: b:c, expr: sum(up)}]\n")
    return folder


CALM = settings(
    max_examples=600 if LONG else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(damaged_bytes())
@CALM
def test_damaged_bytes(house: Path, content: bytes) -> None:
    survive(house, content)


@given(damaged_values())
@CALM
def test_damaged_values(house: Path, content: bytes) -> None:
    survive(house, content)
