"""What jsonschema-rs passes, jsonschema passes: a quick yes hides no mistake."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tocsin import resources, schema, yamldoc
from tocsin.source import Source

ROOT = Path(__file__).parents[2]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.0,
    0.5,
    1e400,
    float("nan"),
    2**70,
    "",
    " ",
    "x",
    "5m",
]
ODD += ["5m\n", "٣", "a-b", "5 m", "é", "\ud800", "off", "80", "ignore\n", "name\n", [], ["x", "x"]]
ODD += [[1, True], {}, {"x": "y"}, {"": None}, "2.42", "#a", "https://x"]


def documents(name: str) -> list[Any]:
    folders = {"rules": "*.yaml", "metrics": "metrics/*.yaml", "catalogue": "catalogue.yaml"}
    roots = (ROOT / "rules", ROOT / "tests/tocsin/golden/input")
    return [
        yamldoc.read(path.name, path.read_bytes())[0].data
        for root in roots
        for path in sorted(root.glob(folders[name]))
        if name != "rules" or path.name != "catalogue.yaml"
    ]


@pytest.mark.parametrize("name", ["rules", "metrics", "catalogue"])
def test_a_quick_yes_is_what_the_full_validator_says(name: str) -> None:
    chance = random.Random(3)
    written = documents(name)
    full = Draft202012Validator(resources.schema(name))
    wrong = 0
    assert all(schema.passes(data, name) for data in written)
    for _ in range(250):
        data = {"data": copy.deepcopy(chance.choice(written))}
        spoil(data, chance)
        valid = full.is_valid(data["data"])
        wrong += not valid
        assert valid or not schema.passes(data["data"], name), data
    assert wrong > 50


def spoil(data: Any, chance: random.Random) -> None:
    """Puts something odd in the place of a value, a name or an entry, or takes one away."""
    place, key = chance.choice(list(places(data)))
    odd = copy.deepcopy(chance.choice(ODD))
    if isinstance(place, dict) and chance.random() < 0.3:
        place[str(odd)] = place.pop(key)
    elif chance.random() < 0.2:
        place.pop(key)
    else:
        place[key] = odd


def places(data: Any) -> Any:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if value is not None and key != "data":
            yield data, key
        if isinstance(value, dict | list) and value:
            yield from places(value)


def test_what_only_the_quick_one_minds_is_no_problem() -> None:
    data = {"group": "g", "rules": [{"alert": "A", "expr": "up", "for": "5m\n"}]}
    assert not schema.passes(data, "rules")
    assert schema.check(Source("x", "", data=data), "rules") == []
