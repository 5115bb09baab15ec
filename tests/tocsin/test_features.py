"""Each gate in both directions: an error below its version, silence and output from it on."""

from pathlib import Path

import pytest
import yaml

from tocsin import emit, features, pipeline
from tocsin import promtool as runner

IN_DURATIONS = {"range", "step"}  # functions that have a meaning within `[...]`, too
FUNCTIONS = {name: f for name, f in features.FUNCTIONS.items() if name not in IN_DURATIONS}
CASES = [
    *((f"{name}(", feature.since) for name, feature in FUNCTIONS.items()),
    ("keep_firing_for: 5m", features.RULE_KEYS["keep_firing_for"]),
    ("limit: 7", features.GROUP_KEYS["limit"]),
    ("query_offset: 1m", features.GROUP_KEYS["query_offset"]),
]


def just_below(version: str) -> str:
    major, minor = (int(part) for part in version.split("."))
    return f"{major}.{minor - 1}" if minor else f"{major - 1}.55"


def built(folder: Path, text: str, target: str) -> pipeline.Outcome:
    targets = {"prometheus": target, "features": list(features.FLAGS)}
    (folder / "catalogue.yaml").write_text(yaml.safe_dump({"version": 1, "targets": targets}))
    is_function, of_group = text.endswith("("), text.startswith(("limit:", "query_offset:"))
    group = text if of_group else ""
    key = text if not of_group and not is_function else ""
    arguments = {
        **dict.fromkeys(["limitk(", "limit_ratio("], "0.5, x"),
        "info(": "x",
        "histogram_avg(": "x",
        "histogram_stddev(": "x",
        "histogram_stdvar(": "x",
        "sort_by_label(": 'x, "a"',
        "sort_by_label_desc(": 'x, "a"',
        "double_exponential_smoothing(": "x[5m], 0.5, 0.5",
        "histogram_quantiles(": 'x, "q", 0.5',
        **dict.fromkeys(["start(", "end("], ""),
        **dict.fromkeys(["min_of(", "max_of("], "1, 2"),
        "start_timestamp(": "x",
    }
    expr = f"{text}{arguments.get(text, 'x[5m]')})" if is_function else "x"
    rule = f"  - alert: A\n    expr: 'x * {expr} > 1'\n    {key}\n"
    (folder / "a.yaml").write_text(f"group: a\n{group}\nrules:\n{rule}")
    return pipeline.run((folder,))


@pytest.mark.parametrize(("text", "since"), CASES)
def test_a_gate(text: str, since: str, tmp_path: Path) -> None:
    closed = built(tmp_path, text, just_below(since))
    assert [problem.check for problem in closed.result.problems] == ["promql/features"]
    opened = built(tmp_path, text, since)
    assert opened.result.problems == ()
    content = emit.files(opened.compiled)["prometheus/a.rules.yml"]
    assert text in content


@pytest.mark.parametrize(("program", "oldest"), sorted(features.OLDEST.items()))
def test_a_target_that_cannot_read_what_is_written(
    program: str, oldest: str, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text("group: a\nrules: [{record: 'a:b', expr: x}]\n")
    for target, expected in ((just_below(oldest), ["promql/features"]), (oldest, [])):
        settings = {"version": 1, "targets": {program: target}}
        (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump(settings))
        problems = pipeline.run((tmp_path,)).result.problems
        assert [problem.check for problem in problems] == expected


def test_what_was_removed_is_an_error_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "group: a\nrules: [{alert: A, expr: 'holt_winters(x[5m], 0.1, 0.2) > 1'}]\n"
    )
    for target, expected in (("2.55", []), ("3.0", ["promql/features"])):
        (tmp_path / "catalogue.yaml").write_text(
            f'version: 1\ntargets: {{prometheus: "{target}"}}\n'
        )
        found = [problem.check for problem in pipeline.run((tmp_path,)).result.problems]
        assert found == expected


def test_the_default_target_is_the_version_of_the_real_promtool(
    promtool: Path, tmp_path: Path
) -> None:
    """What promtool 2.42 does not know is an error by default, what it knows is not."""
    for text, since in CASES:
        outcome = built(tmp_path, text, "2.42")
        content = yaml.safe_load((tmp_path / "a.yaml").read_text())
        group = {("name" if key == "group" else key): value for key, value in content.items()}
        plain = tmp_path / "plain.yml"
        plain.write_text(yaml.safe_dump({"groups": [group]}))
        loads = runner.check_rules(promtool, plain).ok
        assert loads == (not outcome.has_errors) == features.reaches("2.42", since), text
        plain.unlink()


def test_a_plain_file_of_unknown_purpose_may_be_for_any_version(tmp_path: Path) -> None:
    plain = tmp_path / "plain.yml"
    group = {
        "name": "a",
        "query_offset": "1m",
        "rules": [{"record": "a", "expr": "histogram_avg(x)"}],
    }
    plain.write_text(yaml.safe_dump({"groups": [group]}))
    assert pipeline.run((plain,)).result.problems == ()


@pytest.mark.parametrize(
    ("expr", "told"),
    [
        ("mad_over_time(x[5m]) > 1", "`mad_over_time` needs Prometheus's flag"),
        ("rate(x[5m + 1m]) > 1", "before Prometheus 3.14"),
        ("holt_winters(x[5m], 0.1, 0.2) > 1", ""),
        ("x @ start() > 1", ""),
    ],
)
def test_of_a_plain_file_it_is_told_what_any_version_needs_a_flag_for(
    expr: str, told: str, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.yml"
    group = {"name": "a", "rules": [{"alert": "A", "expr": expr, "for": "5m"}]}
    plain.write_text(yaml.safe_dump({"groups": [group]}))
    found = pipeline.run((plain,)).result.problems
    shown = [(problem.check, problem.severity.name) for problem in found]
    assert shown == ([("promql/features", "WARNING")] if told else [])
    assert told in "".join(problem.message for problem in found)


FLAGGED = [
    ("mad_over_time(x[5m])", "promql-experimental-functions"),
    ("first_over_time(x[5m])", "promql-experimental-functions"),
    ("rate(x[5m + 1m])", "promql-duration-expr"),
    ("x offset (1h / 2)", "promql-duration-expr"),
    ("rate(x[5m] smoothed)", "promql-extended-range-selectors"),
    ("rate(x[5m] anchored)", "promql-extended-range-selectors"),
    ("x + fill(0) y", "promql-binop-fill-modifiers"),
    ("x / (end() - start())", "promql-experimental-functions"),
    ("rate(x[step() * 4])", "promql-experimental-functions"),
]


def found(folder: Path, expr: str, **targets: object) -> list[str]:
    (folder / "catalogue.yaml").write_text(yaml.safe_dump({"version": 1, "targets": targets}))
    rules = [{"alert": "A", "expr": f"{expr} > 1"}]
    (folder / "a.yaml").write_text(yaml.safe_dump({"group": "a", "rules": rules}))
    problems = pipeline.run((folder,)).result.problems
    assert {problem.check for problem in problems} <= {"promql/features"}
    return [problem.message for problem in problems]


@pytest.mark.parametrize(("expr", "flag"), FLAGGED)
def test_what_is_experimental_needs_its_flag(expr: str, flag: str, tmp_path: Path) -> None:
    messages = found(tmp_path, expr, prometheus="3.13")
    assert any(f"`--enable-feature={flag}`" in message for message in messages)
    assert found(tmp_path, expr, prometheus="3.13", features=list(features.FLAGS)) == []
    assert all(
        "needs Prometheus 3." in m or "needs Prometheus 2.49" in m
        for m in found(tmp_path, expr, prometheus="2.42", features=list(features.FLAGS))
    )


SPELT = [
    ("x / 1_000", "2.54", 1),
    ("x / 1h", "2.54", 1),
    ("rate(x[300])", "2.54", 1),
    ("max_over_time(rate(x[5m])[3600:60])", "2.54", 2),
    ("x offset -60", "2.54", 1),
    ('{"http.requests"}', "3.0", 1),
    ('x{a="b", "k8s.pod"="c"}', "3.0", 1),
    ('sum by (a, "k8s.pod") (x)', "3.0", 1),
    ('x * on ("k8s.pod") y', "3.0", 1),
]


@pytest.mark.parametrize(("expr", "since", "count"), SPELT)
def test_what_is_spelt_in_a_new_way(
    expr: str, since: str, count: int, promtool: Path, tmp_path: Path
) -> None:
    told = found(tmp_path, expr, prometheus=just_below(since))
    assert len(told) == count and all(f"needs Prometheus {since}" in one for one in told)
    assert found(tmp_path, expr, prometheus=since) == []
    rules = tmp_path / "refused.yml"
    group = {"name": "a", "rules": [{"alert": "A", "expr": f"{expr} > 1"}]}
    rules.write_text(yaml.safe_dump({"groups": [group]}))
    assert not runner.check_rules(promtool, rules).ok


@pytest.mark.parametrize(
    "expr",
    [
        "rate(x[1h30m] offset -5m)",
        "max_over_time(x[5m:1m])",
        "x @ 1609746000",
        'label_replace(x, "a", "$1", "b", "(.*)")',
        'count_values by (z) ("a", x)',
        'x{a="5m", b="1_000"}',
    ],
)
def test_what_is_spelt_in_an_old_way(expr: str, tmp_path: Path) -> None:
    assert found(tmp_path, expr, prometheus="2.42") == []


def test_what_has_become_stable_needs_no_flag(tmp_path: Path) -> None:
    for expr in ("first_over_time(x[5m])", "rate(x[5m + 1m])", "rate(x[5m] anchored)"):
        assert found(tmp_path, expr, prometheus="3.16") == []
    assert found(tmp_path, "x @ start()", prometheus="2.42") == []
    assert found(tmp_path, "x </ 3", prometheus="3.9") == []
    assert found(tmp_path, "x </ 3", prometheus="3.8") != []
