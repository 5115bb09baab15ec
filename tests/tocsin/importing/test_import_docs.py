"""docs/import.md shows what the commands do."""

import re
from pathlib import Path

import pytest
from commands_kit import run
from import_kit import imported

PAGE = Path(__file__).resolve().parents[3] / "docs" / "import.md"
EXPOSED = """\
# HELP invoices_total Invoices written.
# TYPE invoices_total counter
invoices_total{kind="a",result="ok",job="billing"} 1
# HELP invoice_seconds How long an invoice takes.
# TYPE invoice_seconds histogram
invoice_seconds_bucket{kind="a",le="+Inf",pod="p"} 1
"""


@pytest.fixture
def examples() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_example_of_rules_is_true(examples: list[str], tmp_path: Path) -> None:
    assert imported(tmp_path, examples[0]).exit_code == 0
    assert (tmp_path / "rules" / "host.yaml").read_text() == examples[1]


def test_the_example_of_metrics_is_true(examples: list[str]) -> None:
    options = ("--exposed-by", "billing", "--label-drop", "pod", "--out", "-")
    assert run("metrics", "import", "-", *options, input=EXPOSED.encode()).stdout == examples[2]


def test_every_option_is_described_where_it_is_used() -> None:
    for command in (("import",), ("metrics", "import")):
        shown = run(*command, "--help").output
        for option in re.findall(r"(--[a-z-]+)", shown):
            assert option in PAGE.read_text() or option in {"--help", "--timeout"}, option
