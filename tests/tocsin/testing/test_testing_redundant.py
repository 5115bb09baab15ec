"""What a kind's meaning makes equal is no mutant; what looks alike but matters is one."""

from pathlib import Path

import pytest
from testing_kit import compiled

from tocsin.testing.mutation.mutant import mutants


def changes_of(folder: Path, rule: str) -> list[str]:
    """The changes of the one rule, of its milder severity."""
    found = compiled(folder, rule)
    (mine,) = found.catalogue.rules
    return [
        mutant.change
        for mutant in mutants(mine, found)
        if getattr(mutant.output, "severity", "warning") == "warning"
    ]


RATIO = """\
- alert: Failing
  ratio:
    of: sum by (job) (rate(requests_total{{code="500"}}[5m]))
    to: sum by (job) (rate({whole}[5m]))
    {side}: {{warning: {{at: 0.1}}}}
"""


@pytest.mark.parametrize(
    ("whole", "side", "guard", "dropped"),
    [
        ("requests_total", "above", False, 2),  # of `of` and of `to`, not of `0 * to`
        ("requests_total", "below", False, 3),
        ("calls_total", "above", True, 2),
    ],
)
def test_a_ratio_without_errors_is_well(
    whole: str, side: str, guard: bool, dropped: int, tmp_path: Path
) -> None:
    found = changes_of(tmp_path, RATIO.format(whole=whole, side=side))
    assert ("> 0 -> >= 0" in found) == guard, "0 / 0 is no number, 1 / 0 is infinite"
    assert found.count("by (job) -> by ()") == dropped


HELD = """\
- alert: High
  threshold:
    value: max by (host) (load)
    above: {{warning: {{at: 80, for: {mild}}}, critical: {{at: 95, for: {severe}}}}}
    clear: {clear}
"""


@pytest.mark.parametrize(
    ("mild", "severe", "clear", "matters"),
    [
        ("5m", "5m", "70", False),  # where critical fires, warning does
        ("15m", "5m", "70", True),  # critical alone fires for ten minutes
        ("15m", "5m", "{warning: 70, critical: 90}", False),  # where it does, warning's is past
        ("15m", "5m", "{warning: 70, critical: 75}", True),
    ],
)
def test_a_severity_matters_where_another_may_fire_alone(
    mild: str, severe: str, clear: str, matters: bool, tmp_path: Path
) -> None:
    found = changes_of(tmp_path, HELD.format(mild=mild, severe=severe, clear=clear))
    assert ('without severity="warning"' in found) == matters
    assert 'without alertname="High"' in found
