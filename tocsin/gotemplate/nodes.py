"""Go templates as data. Places are half-open ranges of characters.

The places in an action are relative to its text, so that the same action is parsed once wherever
it stands; `Step.offset` says where it stands.
"""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True)
class Fault:
    """What is wrong, and which characters are to blame."""

    message: str
    start: int
    end: int
    hint: str = ""


class Kind(Enum):
    """What a term is."""

    DOT = auto()
    FIELD = auto()  # of the dot: `.Labels.job`
    VARIABLE = auto()  # `$labels.job`
    FUNCTION = auto()
    TEXT = auto()
    NUMBER = auto()
    BOOL = auto()
    NIL = auto()
    PIPE = auto()  # in brackets: `(query "up" | first).Value`


@dataclass(frozen=True)
class Field:
    """One `.name` behind a term, without its dot."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """One operand of a command. text: a name, or a literal as written; fields: what follows it."""

    kind: Kind
    text: str
    start: int
    end: int
    fields: tuple[Field, ...] = ()
    pipe: "Pipe | None" = None


@dataclass(frozen=True)
class Command:
    """What stands between two `|`."""

    terms: tuple[Term, ...]

    @property
    def start(self) -> int:
        return self.terms[0].start

    @property
    def end(self) -> int:
        return self.terms[-1].end


@dataclass(frozen=True)
class Pipe:
    """Commands, each given what the one before it returns, and the variables that get the last."""

    commands: tuple[Command, ...] = ()
    variables: tuple[Term, ...] = ()
    assigns: bool = False  # `=`, not `:=`


@dataclass(frozen=True)
class Action:
    """`{{ ... }}`. word: its keyword, "" for a pipe; name: of a template."""

    word: str = ""
    pipe: Pipe = Pipe()
    name: str = ""
    start: int = 0  # of the keyword
    end: int = 0
    chained: str = ""  # of `else if` and `else with`: the second word
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Step:
    """An action where it stands, and for `if` and the like what it holds."""

    action: Action
    offset: int
    body: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True)
class Template:
    """A template: its actions in order, and everything that keeps it from being loaded."""

    steps: tuple[Step, ...] = ()
    faults: tuple[Fault, ...] = ()
