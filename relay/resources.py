"""Finds the files that travel with the package."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOTS = (
    _HERE.parent / "tocsin" / "_data" / "schemas",  # beside this package, in an installed wheel
    _HERE.parent / "schemas",  # in a checkout
)


def schema(name: str) -> str:
    """The text of a JSON Schema, such as "relay.schema.json"."""
    for root in _ROOTS:
        path = root / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, _ROOTS))}")
