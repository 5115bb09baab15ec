"""The catalogue that the project ships: rules/ and its runbooks in docs/runbooks/."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOCSIN = Path(sys.executable).with_name("tocsin")
RULE_FILES = sorted(ROOT.glob("rules/*.yaml"))
RUNBOOKS = sorted(ROOT.glob("docs/runbooks/*.md"))
CODE_BLOCK = re.compile(r"^ *```\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
FAMILIES = "flow|node|namedprocess|scenario|prometheus|alertmanager|tocsin_relay|tocsin_supervisor"
METRIC = re.compile(rf"\bup\{{|\b({FAMILIES})_\w+(\{{|\[|$| >)|\brate\(")
NAMES = re.compile(rf"\b((?:{FAMILIES})_\w+|up)(\{{|\[|$| )")
# Of use to a person who looks, and to no rule.
RUNBOOKS_ONLY = {"node_disk_io_time_seconds_total"}
DECLARED = {
    metric["name"] + suffix
    for path in ROOT.glob("rules/metrics/*.yaml")
    for metric in yaml.safe_load(path.read_text())["metrics"]
    for suffix in (("_bucket", "_count", "_sum") if metric["type"] == "histogram" else ("",))
}


def rules() -> list[dict[str, str]]:
    files = [yaml.safe_load(path.read_text()) for path in RULE_FILES]
    return [rule for file in files for rule in file.get("rules", [])]


def test_the_lint_finds_nothing_in_it() -> None:
    done = subprocess.run(
        [TOCSIN, "lint", "rules", "--format", "json", "--fail-on", "warning"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["problems"] == []
    assert done.returncode == 0


@pytest.mark.real
def test_its_own_tests_pass(promtool: Path) -> None:
    done = subprocess.run(
        [TOCSIN, "test"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.real
@pytest.mark.slow
def test_its_tests_notice_every_mutant_that_can_be_noticed(promtool: Path) -> None:
    done = subprocess.run(
        [TOCSIN, "test", "--mutate", "rules"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_leads_to_a_section_of_a_runbook(rule: dict[str, str]) -> None:
    page, _, anchor = rule["runbook"].partition("#")
    text = (ROOT / "docs" / "runbooks" / page).read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
    assert f"`{rule['alert']}`" in text


@pytest.mark.real
@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_the_queries_of_a_runbook_can_be_pasted(page: Path, promtool: Path, tmp_path: Path) -> None:
    """Blocks of code with a metric in them are PromQL, a query a line."""
    blocks = CODE_BLOCK.findall(page.read_text())
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    queries = [line for line in lines if METRIC.search(line)]
    assert queries
    used = {found[0] for query in queries for found in NAMES.findall(query)}
    assert used - DECLARED - RUNBOOKS_ONLY == set()
    recorded = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": page.stem, "rules": recorded}]}))
    done = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
