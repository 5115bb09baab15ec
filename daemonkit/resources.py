"""Files that travel in the wheel beside this package, or lie at the top of a checkout."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_TOP = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """The folder `schemas` or `rules`. FileNotFoundError when neither place has it."""
    # A wheel keeps them inside tocsin, which is installed with us; its code is not touched.
    for place in (_TOP / "tocsin" / "_data" / name, _TOP / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name}/ is neither in the wheel nor in a checkout")


@cache
def schema(name: str) -> Any:
    """The JSON Schema `schemas/NAME.schema.json`."""
    return json.loads((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
