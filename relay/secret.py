"""A value that must never be printed."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """Holds a secret so that no log, error or page shows it by accident; `reveal()` to use it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The secret itself: only for the call that needs it."""
        return self._value

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"

    def __format__(self, spec: str) -> str:
        return format("***", spec)
