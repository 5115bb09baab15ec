"""Files that travel with the package: the schemas and the starter catalogue.

An installed wheel has them inside the package, a checkout at the top of the repository.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `schemas` or `rules`. FileNotFoundError when neither place has it."""
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name}/ is neither in the package nor in a checkout")


@cache
def schema(name: str) -> Any:
    """The JSON Schema `schemas/NAME.schema.json`."""
    return json.loads((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
