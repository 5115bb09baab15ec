"""What is wrong with what a person wrote: data, with its place; and the errors that carry it."""

from collections.abc import Iterable
from dataclasses import dataclass


class KitError(Exception):
    """What a daemon cannot start with: the message says what is wrong and what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One finding. `line` and `column` count from 1; 0 where there is no place in a file."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class FileError(KitError):
    """A file cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))
