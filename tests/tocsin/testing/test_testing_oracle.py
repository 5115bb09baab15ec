"""The account of what a rule means agrees with promtool, on any series and limits."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from testing_kit import compiled, disagree

from tocsin.testing import oracle
from tocsin.testing.model import Check, Generated
from tocsin.testing.oracle import Limits
from tocsin.testing.series import Phase, Stand, made

STEP = 60_000
MINUTES = "version: 1\nscrape_interval: 1m\nevaluation_interval: 1m\n"
NUMBERS = st.one_of(
    st.integers(-5, 5).map(float), st.sampled_from([0.1, -0.25, 1e-9, -1e12, 3e14, 0.0])
)
VALUES = st.lists(st.tuples(NUMBERS | st.none(), st.integers(1, 4)), min_size=1, max_size=6)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """A threshold of every shape."""
    side = draw(st.sampled_from(["above", "below", "outside"]))
    low, high = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
    limit: dict[str, Any] = {"low": low, "high": high} if side == "outside" else {"at": high}
    if wait := draw(st.integers(0, 3)):
        limit["for"] = f"{wait}m"
    body: dict[str, Any] = {"value": "load", side: {"warning": limit}}
    rule: dict[str, Any] = {"alert": "Any", "threshold": body}
    if side != "outside" and draw(st.booleans()):
        body["clear"] = low if side == "above" else high + abs(low)
    if keep := draw(st.integers(0, 3)):
        rule["keep_firing_for"] = f"{keep}m"
    gone = draw(st.sampled_from(["ignore", "fire", "after"]))
    if gone != "ignore":
        rule["no_data"] = "fire" if gone == "fire" else {"after": f"{draw(st.integers(1, 5))}m"}
    return rule


@settings(max_examples=25, deadline=None)
@given(rules(), VALUES)
def test_promtool_agrees_at_every_step(
    promtool: Path, rule: dict[str, Any], values: list[tuple[float | None, int]]
) -> None:
    folder = Path(tempfile.mkdtemp())
    found = compiled(folder, yaml.safe_dump([rule], default_flow_style=True), MINUTES)
    (mine,) = found.catalogue.rules
    (tier,) = oracle.tiers(mine, found.catalogue.settings.severities)
    phases = [Phase(value, count) for value, count in values]
    series, text = made(Stand("load", frozenset(), "level"), phases, STEP)
    total = sum(count for _, count in values) + 8
    seen = [series.at(index * STEP) for index in range(total)]
    fires = oracle.firing(tier, seen, STEP)
    checks = tuple(
        Check(index * STEP, frozenset({"warning"} if at else ())) for index, at in enumerate(fires)
    )
    test = Generated(mine, "any", (), STEP, STEP, {"load": text}, {}, checks)
    assert disagree(promtool, folder, found, [test]) == ""


@given(
    st.lists(NUMBERS | st.none(), max_size=30),
    st.integers(0, 4),
    st.floats(-3, 3),
)
def test_waiting_longer_never_fires_earlier(
    values: list[float | None], wait: int, limit: float
) -> None:
    soon = oracle.firing(Limits("w", None, limit, 0), values, STEP)
    late = oracle.firing(Limits("w", None, limit, wait * STEP), values, STEP)
    assert all(first or not second for first, second in zip(soon, late, strict=True))
    cleared = oracle.firing(Limits("w", None, limit, wait * STEP, clear=limit - 1), values, STEP)
    assert all(held or not plain for plain, held in zip(late, cleared, strict=True))


def test_what_is_kept_and_holds_again_has_never_stopped() -> None:
    tier = Limits("w", None, 1.0, wait=2 * STEP, keep=3 * STEP)
    values = [2.0, 2.0, 2.0, None, 2.0, 0.0, 0.0, 0.0, 0.0]
    fires = oracle.firing(tier, values, STEP)
    assert fires == [False, False, True, True, True, True, True, True, False]


def test_the_changes_are_where_firing_starts_and_stops() -> None:
    assert list(oracle.changes([False, True, True, False])) == [1, 3]
    assert list(oracle.changes([True])) == []
