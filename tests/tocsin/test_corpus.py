"""Community rule files, as published: nothing crashes, nothing right is called wrong."""

from pathlib import Path

import pytest
import yaml

from tocsin import emit, pipeline
from tocsin import promtool as runner
from tocsin.problem import Severity

# Errors in rules that Prometheus loads: what they are, and why each is a real defect.
MATCHING = "promql/vector_matching"
NEVER_FIRES = "`count` of no series is no result rather than 0, so `count(...) == 0` never fires"
NEVER_MET = "series that differ in a label meet only where `ignoring` leaves it out"
JUDGED = {
    ("memcached--memcached-exporter.yml", "MemcachedLowCacheHitRate(<80%)", MATCHING): NEVER_MET,
    ("mongodb--percona-mongodb-exporter.yml", "MongodbTooManyConnections(percona)", MATCHING): (
        NEVER_MET
    ),
    ("traefik--embedded-exporter-v1.yml", "TraefikBackendDown", "promql/impossible"): NEVER_FIRES,
    ("traefik--embedded-exporter-v2.yml", "TraefikServiceDown", "promql/impossible"): NEVER_FIRES,
}


def test_community_rules_have_no_errors_but_real_ones(corpus: Path, promtool: Path) -> None:
    judged = set()
    for path in sorted((corpus / "awesome-rules").glob("*.yml")):
        outcome = pipeline.run((path,))
        found = [p for p in outcome.result.problems if p.severity is Severity.ERROR]
        if runner.check_rules(promtool, path).ok:
            judged |= {(path.name, problem.rule, problem.check) for problem in found}
        else:
            assert found, path.name
    assert judged == set(JUDGED)


@pytest.fixture(scope="module")
def outcome(corpus: Path) -> pipeline.Outcome:
    return pipeline.run((corpus / "awesome-rules",))


def test_compiling_them_changes_nothing(outcome: pipeline.Outcome, corpus: Path) -> None:
    written: dict[str, list[object]] = {}
    for name, text in emit.files(outcome.compiled).items():
        if name.startswith("prometheus/"):
            groups = yaml.safe_load(text)["groups"]
            written[name] = [rule for group in groups for rule in group["rules"]]
    for path in sorted((corpus / "awesome-rules").glob("*.yml")):
        groups = yaml.safe_load(path.read_text())["groups"]
        original = [rule for group in groups for rule in group.get("rules") or ()]
        compiled = next(
            rules for name, rules in written.items() if name.endswith(f"{path.stem}.rules.yml")
        )
        assert compiled == [normal(rule) for rule in original], path.name


def normal(rule: dict[str, object]) -> dict[str, object]:
    """What Prometheus itself reads: text without the blank space that YAML's blocks leave."""
    kept = {key: value for key, value in rule.items() if value not in (None, {}, "")}
    kept["expr"] = str(kept["expr"]).strip()
    for key in ("labels", "annotations"):
        if key in kept:
            kept[key] = {
                name: str(value) for name, value in dict(kept[key]).items()
            }  # YAML is untyped
    return kept
