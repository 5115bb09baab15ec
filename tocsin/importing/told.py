"""What an import has to say: what of the original could not be kept."""

from tocsin.problem import Position, Problem, Severity

LEFT_OUT = "import/left-out"
CHANGED = "import/changed"
NO_RULES = "import/no-rules"


def note(place: Position, message: str, rule: str = "") -> Problem:
    """Something that a person may want to know; nothing is lost by it."""
    return Problem(place, CHANGED, Severity.INFO, message, rule=rule)


def lost(place: Position, message: str, hint: str = "", rule: str = "") -> Problem:
    """Something of the original that the catalogue does not have."""
    return Problem(place, LEFT_OUT, Severity.WARNING, message, hint, rule)
