"""A metrics page becomes a file of known metrics."""

from pathlib import Path

import pytest
import yaml
from commands_kit import run
from metrics_kit import taken

PAGE = """\
# HELP app_build_info Version.
# TYPE app_build_info gauge
app_build_info{version="1"} 1
# HELP z_seconds How long\\nit takes: all of it.
# TYPE z_seconds histogram
z_seconds_bucket{path="/",le="+Inf"} 1
z_seconds_sum{path="/"} 1
z_seconds_count{path="/"} 1
# TYPE q summary
q{quantile="0.5"} 1
# TYPE requests_total counter
requests_total{code="200",job="x",instance="y"} 1
requests_total{code="500",method="get",pod="p"} 1
# TYPE odd_counter counter
odd_counter 1
bare{b="1"} 1
bare{a="1"} 1
"""


NEWER = """\
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{x="1"} 1
# TYPE s stateset
s{s="on"} 1
# TYPE i info
i_info{v="1"} 1
# TYPE g gaugehistogram
g_bucket{le="+Inf"} 1
g_gcount 1
g_gsum 1
# EOF
"""


def test_metrics_have_the_names_and_labels_that_promql_knows() -> None:
    found = taken(PAGE, "--label-drop", "pod")
    assert list(found) == sorted(found)
    assert {name: (entry["type"], entry["labels"]) for name, entry in found.items()} == {
        "app_build_info": ("gauge", ["version"]),
        "bare": ("unknown", ["a", "b"]),
        "odd_counter": ("counter", []),
        "q": ("summary", []),
        "requests_total": ("counter", ["code", "method"]),
        "z_seconds": ("histogram", ["path"]),
    }
    assert found["z_seconds"]["help"] == "How long it takes: all of it."
    assert found["z_seconds"]["unit"] == "seconds"
    assert "unit" not in found["requests_total"]


def test_openmetrics_is_read_too() -> None:
    found = taken(NEWER)
    assert {name: (entry["type"], entry["labels"]) for name, entry in found.items()} == {
        "a_seconds_total": ("counter", ["x"]),
        "g": ("histogram", []),
        "i_info": ("info", ["v"]),
        "s": ("gauge", ["s"]),
    }
    assert found["a_seconds_total"]["unit"] == "seconds"


def test_line_ends_and_odd_characters_of_values() -> None:
    found = taken('\ufeffa{b="x\u2028y"} 1\r\nc 1\r\n'.encode())
    assert list(found) == ["a", "c"]


def test_names_that_rules_cannot_use_are_told() -> None:
    page = b'{"a.b"} 1\nc{"d.e"="1",f="2"} 1\n'
    done = run("metrics", "import", "-", "--out", "-", input=page)
    assert done.exit_code == 0
    assert "left out: `a.b`" in done.stderr and "left out: `d.e`" in done.stderr
    assert [entry["labels"] for entry in yaml.safe_load(done.stdout)["metrics"]] == [["f"]]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"a 1\nb{c} 1\n", "-:2 is no line of a metrics page: Invalid labels"),
        (b"# TYPE a\n", "-:1 is no line of a metrics page\n"),
        (b"a x\n", "-:1 is no line"),
        (b"# TYPE a wrong\na 1\n", "is no line of a metrics page: Invalid metric type"),
        (b"a 1\n# EOF\nb 1\n# EOF", "-:3 is no line of a metrics page: Received line after # EOF"),
        (b"a 1\n\xff 2\n", "-:2 is not UTF-8"),
        (b"", "exposes no metrics"),
        (b"<!doctype html>\n<p>x</p>\n", "is it the address of /metrics?"),
        (b"\x00\x01\x02", "is no line"),
    ],
)
def test_what_is_no_metrics_page(page: bytes, said: str) -> None:
    done = run("metrics", "import", "-", "--out", "-", input=page)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_gets_its_name_from_what_exposes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.txt").write_text(PAGE)
    Path("plain.txt").write_text("a 1\n")
    assert run("metrics", "import", "page.txt").exit_code == 0
    assert run("metrics", "import", "plain.txt").exit_code == 0
    assert run("metrics", "import", "plain.txt", "--exposed-by", "my app/1").exit_code == 0
    written = {path.name: path.read_text() for path in Path("rules/metrics").iterdir()}
    assert sorted(written) == ["app.yaml", "my-app-1.yaml", "plain.yaml"]
    assert written["my-app-1.yaml"].startswith(
        "# yaml-language-server: $schema=../../schemas/metrics.schema.json\n"
        "exposed_by: my app/1\nmetrics:\n  - name: a\n    type: unknown\n    labels: []\n"
    )
    nameless = run("metrics", "import", "-", input=b"a 1\n")
    assert nameless.exit_code == 2
    assert "say it with --exposed-by NAME" in nameless.stderr


def test_a_file_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    done = run("metrics", "import", tmp_path / "none", "--out", "-")
    assert (done.exit_code, "cannot be read: No such file" in done.stderr) == (2, True)
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "m.yaml", tmp_path):
        blocked = run("metrics", "import", "-", "--out", out, input=b"a 1\n")
        assert blocked.exit_code == 2
        assert f"{out} cannot be " in blocked.stderr
    forced = run("metrics", "import", "-", "--out", tmp_path, "--force", input=b"a 1\n")
    assert forced.exit_code == 2
    assert f"{tmp_path} cannot be written" in forced.stderr
