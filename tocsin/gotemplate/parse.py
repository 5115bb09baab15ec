"""A template to its actions and everything that would keep Prometheus from loading it.

Go's parser stops at the first mistake; here a wrong action is told and passed over, so that one run
tells all. Source: text/template/parse/parse.go of Go's standard library.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tocsin import suggest
from tocsin.gotemplate import lexer, pipes
from tocsin.gotemplate.nodes import Action, Fault, Kind, Pipe, Step, Template, Term

OPENERS = {"if", "range", "with", "define", "block"}
_NAMED = {"define", "block", "template"}
_VARIABLES = frozenset({"$", "$labels", "$value", "$externalLabels", "$externalURL"})
_KEYWORDS = OPENERS | {"else", "end", "template", "break", "continue"}


@lru_cache(maxsize=20_000)
def template(text: str) -> Template:
    """A template parsed; nothing is wrong with it when it has no faults."""
    reader = _Reader()
    for found in lexer.actions(text):
        if isinstance(found, Fault):
            reader.faults.append(found)
        else:
            reader.read(action(found[0]), found[1])
    return reader.ended()


@lru_cache(maxsize=20_000)
def action(body: str) -> Action:
    """What stands between the braces, by itself."""
    words = lexer.words(body)
    if isinstance(words, Fault):
        return Action(faults=(words,))
    if not words:
        return Action(faults=(Fault("an action without a value", 0, max(len(body), 1)),))
    first = words[0]
    if first.kind != "word" or first.text not in _KEYWORDS:
        return _with_pipe(Action(), words, "this")
    found = Action(first.text, start=first.start, end=first.end)
    rest = words[1:]
    if first.text in {"break", "continue", "end"}:
        return _alone(found, rest)
    if first.text == "else":
        return _else(found, rest)
    if first.text in _NAMED:
        if not rest or rest[0].kind not in {"string", "raw"}:
            return _faulty(found, f"`{first.text}` needs the name of a template, in quotes")
        found, rest = replace(found, name=rest[0].text[1:-1]), rest[1:]
        if first.text == "define":
            return _alone(found, rest)
        if first.text == "template" and not rest:
            return found
    if not rest:
        return _faulty(found, f"`{first.text}` needs a value")
    return _with_pipe(found, rest, first.text)


def _with_pipe(found: Action, words: list[lexer.Word], context: str) -> Action:
    pipe, faults = pipes.parse(words, context)
    return replace(found, pipe=pipe, faults=tuple(faults))


def _alone(found: Action, rest: list[lexer.Word]) -> Action:
    if not rest:
        return found
    fault = Fault(f"nothing may follow `{found.word}` here", rest[0].start, rest[-1].end)
    return replace(found, faults=(fault,))


def _else(found: Action, rest: list[lexer.Word]) -> Action:
    """`else`, `else if ...`; `else with ...` is newer than Prometheus 2.42's Go."""
    if not rest or rest[0].text not in {"if", "with"}:
        return _alone(found, rest)
    if len(rest) == 1:
        return _faulty(found, f"`else {rest[0].text}` needs a value")
    return _with_pipe(replace(found, chained=rest[0].text), rest[1:], rest[0].text)


def _faulty(found: Action, message: str) -> Action:
    return replace(found, faults=(Fault(message, found.start, found.end),))


@dataclass
class _Open:
    """A block that is being read. holds: what is read so far; variables: those known before it."""

    step: Step
    variables: frozenset[str]
    body: list[Step] = field(default_factory=list)
    otherwise: list[Step] | None = None
    chained: bool = False  # by `else if`: ended together with the one before

    @property
    def holds(self) -> list[Step]:
        return self.body if self.otherwise is None else self.otherwise

    @property
    def closed(self) -> Step:
        return replace(self.step, body=tuple(self.body), otherwise=tuple(self.otherwise or ()))


class _Reader:
    """Puts actions together to blocks, and knows which variables there are."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.steps: list[Step] = []
        self.open: list[_Open] = []
        self.variables = _VARIABLES

    def read(self, found: Action, offset: int) -> None:
        self.faults += [_moved(fault, offset) for fault in found.faults]
        step = Step(found, offset)
        if found.word in OPENERS:
            self._opened(step)
        elif found.word == "end":
            self._end(step)
        elif found.word == "else":
            self._else(step)
        else:
            if found.word in {"break", "continue"} and not self._in_range():
                self._fault(step, f"this `{found.word}` is in no `range`")
            self._known(step)
            self._holding().append(step)

    def ended(self) -> Template:
        for block in self.open:
            if not block.chained:
                message = f"this `{block.step.action.word}` is never ended"
                self._fault(block.step, message, "close it with `{{ end }}`")
        return Template(tuple(self.steps), tuple(sorted(self.faults, key=lambda f: f.start)))

    def _opened(self, step: Step) -> None:
        word = step.action.word
        if word == "define" and self.open:
            self._fault(step, "`define` cannot stand inside of another block")
        before = self.variables
        if word != "block":
            self._known(step)
        if word in {"define", "block"}:  # a template of its own, which sees nothing of this one
            self.variables = frozenset({"$"})
        self.open.append(_Open(step, before))

    def _end(self, step: Step) -> None:
        if not self.open:
            self._fault(step, "this `end` ends nothing")
            return
        while True:
            block = self.open.pop()
            self.variables = block.variables
            self._holding().append(block.closed)
            if not block.chained:
                return

    def _else(self, step: Step) -> None:
        block = self.open[-1] if self.open else None
        if block is None or block.step.action.word in {"define", "block"}:
            self._fault(step, "this `else` belongs to no `if`")
            return
        if block.otherwise is not None:
            self._fault(step, "a second `else`")
            return
        block.otherwise = []
        if step.action.chained and step.action.chained != block.step.action.word:
            self._fault(step, f"`else {step.action.chained}` belongs to no such block")
        elif step.action.chained:
            word = replace(step.action, word=step.action.chained)
            self._known(step)
            self.open.append(_Open(replace(step, action=word), self.variables, chained=True))

    def _holding(self) -> list[Step]:
        return self.open[-1].holds if self.open else self.steps

    def _in_range(self) -> bool:
        return any(block.step.action.word == "range" for block in self.open)

    def _fault(self, step: Step, message: str, hint: str = "") -> None:
        start, end = step.action.start + step.offset, step.action.end + step.offset
        self.faults.append(Fault(message, start, end, hint))

    def _known(self, step: Step) -> None:
        """The variables of an action: those it makes are known from here on."""
        pipe = step.action.pipe
        # In Go, what `$x := $x` reads is declared already, too.
        self.variables |= {variable.text for variable in pipe.variables}
        for term in terms(pipe):
            if term.kind is Kind.VARIABLE and term.text not in self.variables:
                hint = suggest.hint(term.text, self.variables - {"$"})
                start = term.start + step.offset
                message = f"`{term.text}` is not a variable here"
                self.faults.append(Fault(message, start, start + len(term.text), hint))


def terms(pipe: Pipe) -> Iterator[Term]:
    """Every term of a pipe, those in brackets, too."""
    for command in pipe.commands:
        for term in command.terms:
            yield term
            if term.pipe is not None:
                yield from terms(term.pipe)


def _moved(fault: Fault, offset: int) -> Fault:
    return replace(fault, start=fault.start + offset, end=fault.end + offset)
