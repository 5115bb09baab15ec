"""`tocsin lint --prometheus`: what checks learn of a real Prometheus."""

import json
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tocsin.asking import firing
from tocsin.asking.firing import Watched
from tocsin.cli import cli
from tocsin.problem import Position

pytestmark = pytest.mark.real


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(url: str, *more: str) -> list[dict[str, Any]]:
    asked = ["lint", *(more or (".",)), "--format", "json", "--prometheus", url]
    done = CliRunner().invoke(cli, asked, catch_exceptions=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    return found


def plain(url: str, *rules: str, settings: Any = None) -> list[str]:
    """What is told of plain rules: severity, check, what is underlined, message, hint."""
    listed = "".join(f"      - {rule}\n" for rule in rules)
    Path("rules.yml").write_text(f"groups:\n  - name: g\n    rules:\n{listed}")
    if settings is not None:
        Path("tocsin.yaml").write_text(json.dumps({"lint": settings}))
    lines = Path("rules.yml").read_text().split("\n")
    told = []
    for found in ask(url, "rules.yml"):
        line = lines[found["line"] - 1]
        part = line[found["column"] - 1 : found["end_column"] - 1]
        told.append(f"{found['severity']} {found['check']} [{part}] {found['message']}")
        told[-1] += f" -- {found['hint']}" if found["hint"] else ""
    return told


def one(found: list[str]) -> str:
    (only,) = found
    return only


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        (
            "nod_load1 > 1",
            "warning promql/series [nod_load1] `nod_load1` was never there in the last 1w"
            " -- did you mean `node_load1`?",
        ),
        ("gone_gauge > 1", "warning promql/series [gone_gauge] `gone_gauge` has not been there si"),
        (
            'node_load1{jb="node"} > 1',
            'warning promql/series [jb="node"] no series of `node_load1` has the label `jb`'
            " -- did you mean `job`?",
        ),
        (
            'node_load1{instance="nope"} > 1',
            'warning promql/series [instance="nope"] no series of `node_load1` has had'
            ' `instance="nope"` in the last 1w -- it has `a`, `b`',
        ),
        ('http_requests_total{code=~".0."} > 1', ""),
        (
            'http_requests_total{code=~"50|41"} > 1',
            'warning promql/series [code=~"50|41"] no series of `http_requests_total` has had'
            ' `code=~"50|41"` in the last 1w -- an expression must match the whole value, such as'
            " `500`",
        ),
        (
            'http_requests_total{job="api",code="500"} > 1',
            "warning promql/series [http_requests_total] no series has had all of this at once in"
            " the last 1w -- each matcher alone finds series of other labels",
        ),
        (
            'errors_gauge{type="timeout"} > 1',
            'info promql/series [type="timeout"] no series of `errors_gauge` has had'
            ' `type="timeout"` since ',
        ),
        ('{job="zzz"} > 1', 'warning promql/series [{job="zzz"}] `{job="zzz"}` was never the'),
        (
            '{type="timeout"} > 1',
            'warning promql/series [{type="timeout"}] `{type="timeout"}` has not been there since',
        ),
        (
            'errors_gauge{type=~"refused|timeout",site=~".+"} > 1',
            "warning promql/series [errors_gauge] no series has had all of this at once in the la",
        ),
        ("hiccup_gauge > 1", "info promql/series [hiccup_gauge] `hiccup_gauge` has not been there"),
        ("absent(nowhere) or (nowhere or vector(1)) > 2", ""),
        ('errors_gauge{type!="x",site=""} > 1', ""),
        ('ALERTS{alertname="Nobody"} > 1', ""),
        (
            'node_load1 > bool 0.1 and on (instance) up{job="nod"} == 1',
            'warning promql/series [job="nod"] no series of `up` has had `job="nod"` in the last 1w'
            " -- did you mean `node`?",
        ),
    ],
)
def test_which_series_there_are(past: str, folder: Path, expr: str, said: str) -> None:
    settings = {"checks": dict.fromkeys(("promql/counter", "alerts/count"), "off")}
    found = plain(past, f"{{alert: A, expr: '{expr}', for: 1m}}", settings=settings)
    found = [line for line in found if "promql/series" in line]
    assert found == [] if not said else one(found).startswith(said), found


def test_what_rules_record_need_not_be_there_yet(past: str, folder: Path) -> None:
    record = "{record: 'job:load:avg', expr: avg by (job) (node_load1)}"
    assert plain(past, record, "{alert: A, expr: 'job:load:avg > 1'}") == []


def test_series_that_may_be_missing(past: str, folder: Path) -> None:
    own = {"ignore": ["kube_.*"], "values_of": ["code"], "min_age": "2d"}
    rules = (
        "{alert: A, expr: gone_gauge > 1}",
        "{alert: B, expr: kube_pods == 7}",
        "{alert: C, expr: 'rate(http_requests_total{code=\"507\"}[5m]) > 7'}",
    )
    found = plain(past, *rules, settings={"checks": {"promql/series": own}})
    assert one(found).startswith("info promql/series [gone_gauge] `gone_gauge` has not been there")


def test_what_was_measured_stays_known(past: str, folder: Path) -> None:
    rules = "{alert: A, expr: up == 0, for: 5m}", "{alert: B, expr: gone_gauge > 1}"
    assert len(plain(past, *rules)) == 2
    baseline = "--baseline", "known.json"
    assert ask(past, "rules.yml", *baseline, "--write-baseline") == []
    text = Path("known.json").read_text()
    assert "would have fired N times in the last N, for N series" in text
    assert "has not been there since N" in text
    assert ask(past, "rules.yml", *baseline) == []


def test_how_often_alerts_would_have_fired(past: str, folder: Path) -> None:
    found = plain(
        past,
        "{alert: A, expr: up == 0, for: 5m}",
        "{alert: B, expr: up == 0, for: 1h}",
        settings={"checks": {"alerts/count": {"range": "3d", "max": 2}}},
    )
    said = re.sub(r"for \d+m ", "for some minutes ", one(found))  # by when samples are looked at
    assert said == (
        "warning alerts/count [up == 0] would have fired 3 times in the last 3d, for 1 series;"
        " the longest for some minutes -- more than 2 times is too often here"
    )


def test_tiers_are_counted_apart(past: str, folder: Path) -> None:
    Path("rules").mkdir()
    Path("rules/catalogue.yaml").write_text("version: 1\n")
    Path("rules/a.yaml").write_text(
        textwrap.dedent("""\
        group: a
        rules:
          - alert: LoadHigh
            threshold:
              value: max by (instance) (node_load1)
              above: {warning: {at: 0.6, for: 5m}, critical: {at: 0.9, for: 5m}}
        """)
    )
    found = [p for p in ask(past, "rules") if p["check"] == "alerts/count"]
    assert [p["message"].partition(" in the")[0] for p in found] == [
        "`warning` would have fired 1 time"
    ]
    assert found[0]["line"] == 4


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"samples": 100}, " samples each time, more than 100"),
        ({"series": 1}, "it returns 2 series, more than 1"),
        ({"peak": 10}, "samples at a time, more than 10"),
        ({"time": "0s"}, " s each time, more than 0 s"),
        ({"memory": 1}, ""),  # this Prometheus does not scrape itself
        ({}, ""),
    ],
)
def test_what_a_query_costs(past: str, folder: Path, limits: Any, said: str) -> None:
    rule = "{record: 'instance:up:avg', expr: 'avg by (instance) (avg_over_time(up[1d]))'}"
    limits = {"time": "1m", **limits}
    found = plain(past, rule, settings={"checks": {"query/cost": limits}})
    if said:
        assert said in one(found)
        assert one(found).startswith(
            "warning query/cost ['avg by (instance) (avg_over_time(up[1d]))']"
        )
    else:
        assert found == []


def test_how_many_series_are_read(past: str, folder: Path) -> None:
    rule = "{record: 'x', expr: 'sum(rate(http_requests_total{job=~\"web|api\"}[5m] offset 1m))'}"
    settings = {"checks": {"promql/cardinality": {"max": 3}}}
    assert one(plain(past, rule, settings=settings)) == (
        'warning promql/cardinality [http_requests_total{job=~"web|api"}[5m] offset 1m]'
        ' `http_requests_total{job=~"web|api"}` reads 4 series, more than 3'
        " -- narrow it, or read a recording of it"
    )


def test_how_far_queries_reach(past: str, folder: Path) -> None:
    found = plain(
        past,
        "{alert: Far, expr: 'max_over_time(node_load1[1h:1m] offset 5d) > 9'}",
        "{alert: Near, expr: 'node_load1 offset 5d > 9'}",
        "{alert: Fixed, expr: 'node_load1 @ 1000 > 9'}",
    )
    assert one(found) == (
        "warning promql/range_query [node_load1] this reaches 5d1h back, and Prometheus keeps"
        " samples for 5d -- shorten it, or keep them for longer"
    )


def test_only_what_a_change_brought(past: str, folder: Path) -> None:
    (folder / ".git").rmdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    text = "groups:\n  - name: g\n    rules:\n      - {record: x, expr: nope1}\n"
    Path("r.yml").write_text(text)
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    Path("r.yml").write_text(f"{text}      - {{record: y, expr: nope2}}\n")
    found = ask(past, "r.yml", "--since", "HEAD")
    assert [(p["rule"], p["check"]) for p in found] == [("y", "promql/series")]


def test_suppressions_count(past: str, folder: Path) -> None:
    comment = "# tocsin ignore promql/series: not there yet"
    rule = f"      {comment}\n      - {{record: x, expr: nope}}\n"
    Path("r.yml").write_text(f"groups:\n  - name: g\n    rules:\n{rule}")
    assert ask(past, "r.yml") == []
    done = CliRunner().invoke(cli, ["lint", "r.yml", "--format", "json"])
    assert json.loads(done.stdout)["problems"] == []  # nobody knows without a server


def watched(**more: Any) -> Watched:
    place = Position("x")
    facts: dict[str, Any] = {"wait": 0, "keep": 0, "resolve": 0, "most": None}
    return Watched(place, "", "", "", back=0, step=60, least=1, **facts | more)


@pytest.mark.parametrize(
    ("minutes", "more", "stretches"),
    [
        ([], {}, []),
        ([1], {}, [(1, 2)]),
        ([1, 2, 3, 7], {}, [(1, 4), (7, 8)]),
        ([1, 2, 3, 7], {"wait": 120}, [(3, 4)]),
        ([1, 2, 3, 7], {"wait": 180}, []),
        ([1, 2, 3, 7], {"resolve": 180}, [(1, 8)]),
        ([1, 2, 3, 7], {"keep": 180}, [(1, 11)]),
    ],
)
def test_stretches_of_firing(
    minutes: list[int], more: dict[str, Any], stretches: list[tuple[int, int]]
) -> None:
    found = firing.stretches([minute * 60.0 for minute in minutes], watched(**more))
    assert [(start / 60, end / 60) for start, end in found] == stretches
