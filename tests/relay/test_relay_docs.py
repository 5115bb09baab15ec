"""docs/relay.md says what is so: its examples load, its metrics and settings exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from relay_kit import CONFIG, FakeClock

from relay.cli import main
from relay.config import file as configfile
from relay.metrics import Metrics
from relay.store import Heartbeat, Store

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "relay.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(version: 1\n.*?)```", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
    assert len(EXAMPLES[0].splitlines()) == 2


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_load(text: str) -> None:
    assert configfile.parse(text, "docs/relay.md")


def test_metrics_are_those_of_the_page(store: Store, clock: FakeClock) -> None:
    metrics = Metrics()
    metrics.watch(store, CONFIG.channels, clock)
    store.heartbeat(Heartbeat("x", clock.now()))
    told = set(re.findall(r"^\| `(tocsin_relay_\w+?)[`{]", PAGE, re.MULTILINE))
    told |= set(
        re.findall(r"^\| `tocsin_relay_\w+\{method\}`, `(tocsin_relay_\w+)", PAGE, re.MULTILINE)
    )
    families = {family.name: family.type for family in metrics.registry.collect()}
    there = {f"{n}_total" if kind == "counter" else n for n, kind in families.items()}
    assert told == there


def test_settings_are_those_of_the_help() -> None:
    settings = set(re.findall(r"^\| `([A-Z_]+)`", PAGE, re.MULTILINE))
    shown = CliRunner().invoke(main, ["serve", "--help"]).output
    assert len(settings) == 8
    assert {name for name in settings if name not in shown} == set()
