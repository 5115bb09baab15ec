"""docs/messages.md says what is so: its templates give what stands below them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from message_examples import VIEW, cpu, dump, group

from relay.config import file as configfile
from relay.message import Source, limits, render
from relay.message.sandboxed import Sandboxed, as_mrkdwn
from relay.message.template import _NAMES_OF_LINE, BLOCKS
from relay.message.wording import _LIMITS, _alert

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```jinja\n(.*?)```\s+```text\n(.*?)```", PAGE, re.DOTALL)
TWO = group(
    *(
        replace(one, annotations={**one.annotations, "value": value})
        for one, value in [(cpu("h1", 97), "97.3 %"), (cpu("h2", 96), "96.1 %")]
    )
)


def names(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


@pytest.mark.parametrize(("template", "shown"), EXAMPLES)
def test_a_template_gives_what_stands_below_it(template: str, shown: str) -> None:
    message = render(TWO, replace(VIEW, template=Source("docs", template)))
    made = re.sub(r"^\| ", "", dump(message), flags=re.MULTILINE)
    for line in shown.splitlines():
        assert line in made
    assert bool(message.problem) == ("⚠️" in shown)


def test_there_are_examples_and_the_configuration_loads() -> None:
    assert len(EXAMPLES) == 3
    (text,) = re.findall(r"```yaml\n(version: 1\n.*?)```", PAGE, re.DOTALL)
    config = configfile.parse(text, "docs/messages.md")
    assert config.templates["brief"].problem == ""
    assert config.templates["house"].problem.startswith("docs/templates/house.j2: ")


def test_every_block_with_its_length_is_there() -> None:
    table = PAGE[PAGE.index("| block | words") : PAGE.index("| name | is |")]
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? (\d+)[ ,|c].*\|$", table, re.MULTILINE))
    assert {name: int(size) for name, size in rows.items()} == _LIMITS
    assert set(BLOCKS) == set(_LIMITS)
    assert _LIMITS["text"] == limits.TEXT


def test_every_name_and_filter_is_there() -> None:
    table = PAGE[PAGE.index("| name | is |") : PAGE.index("An alert has")]
    told = set().union(*(names(row.split("|")[1]) for row in table.splitlines() if "`" in row))
    assert told == set(_NAMES_OF_LINE)
    alert = PAGE[PAGE.index("An alert has") : PAGE.index("Filters of ours")]
    assert names(alert) == set(_alert(cpu("h1", 97), VIEW))
    filters = PAGE[PAGE.index("Filters of ours") : PAGE.index("Every `{{ }}`")]
    told = names(re.sub(r"`(\w+)\(.*?\)`", r"`\1`", filters))
    assert told | {"d"} == set(Sandboxed(as_mrkdwn).filters)


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"\]\((images/[\w-]+\.png)\)", PAGE)
    assert len(pictures) == 7
    assert [name for name in pictures if not (ROOT / "docs" / name).is_file()] == []
