"""The words of an action to a pipe: commands, their terms, the variables that are made.

Source: text/template/parse/parse.go of Go's standard library.
"""

from tocsin import suggest
from tocsin.gotemplate.functions import FUNCTIONS
from tocsin.gotemplate.lexer import Word
from tocsin.gotemplate.nodes import Command, Fault, Field, Kind, Pipe, Term

_KINDS = {
    "string": Kind.TEXT,
    "raw": Kind.TEXT,
    "char": Kind.NUMBER,
    "number": Kind.NUMBER,
    "variable": Kind.VARIABLE,
    "dot": Kind.DOT,
}
_LITERALS = {"true": Kind.BOOL, "false": Kind.BOOL, "nil": Kind.NIL}
_INERT = {Kind.TEXT, Kind.NUMBER, Kind.BOOL, Kind.NIL, Kind.DOT}


class _Stop(Exception):
    """A mistake after which the rest of the action has no meaning."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse(words: list[Word], context: str) -> tuple[Pipe, list[Fault]]:
    """The pipe that `words` are, as far as it is one. context: `range`, `if`, ..."""
    parser = _Parser(words)
    try:
        pipe = parser.pipe(context)
        if (word := parser.left()) is not None:
            raise _Stop(Fault(f"this `{word.text}` closes nothing", word.start, word.end))
        return pipe, parser.faults
    except _Stop as stop:
        return Pipe(), [*parser.faults, stop.fault]


class _Parser:
    """Words, and the index of the next one."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.at = 0
        self.faults: list[Fault] = []

    def pipe(self, context: str) -> Pipe:
        """Up to the end, or to the `)` that ends it."""
        variables, assigns = self._variables(context)
        commands: list[Command] = []
        while True:
            command = self._command()
            if commands and command.terms and command.terms[0].kind in _INERT:
                first = command.terms[0]
                message = "only a function can stand behind `|`"
                raise _Stop(Fault(message, first.start, first.end))
            commands.append(command)
            if not self._takes("|") or self._next() is None or self._is(")"):
                break  # Go takes a `|` at the end, too
        return Pipe(tuple(commands), tuple(variables), assigns)

    def left(self) -> Word | None:
        """The first word that belongs to nothing."""
        return self._next()

    def _next(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def _is(self, *texts: str) -> bool:
        word = self._next()
        return word is not None and word.kind == "punct" and word.text in texts

    def _takes(self, text: str) -> bool:
        if self._is(text):
            self.at += 1
            return True
        return False

    def _variables(self, context: str) -> tuple[list[Term], bool]:
        """`$x :=`, `$x =`, and in `range` also `$i, $x :=`."""
        start, found = self.at, list[Term]()
        while (word := self._next()) is not None and word.kind == "variable":
            found.append(Term(Kind.VARIABLE, word.text, word.start, word.end))
            self.at += 1
            if self._is(":=", "="):
                assigns = self._is("=")
                self.at += 1
                return found, assigns
            if not (self._is(",") and context == "range" and len(found) < 2):
                break
            self.at += 1
        if self._is(","):
            comma = self.words[self.at]
            raise _Stop(Fault("`,` has no place here", comma.start, comma.end))
        self.at = start
        return [], False

    def _command(self) -> Command:
        terms: list[Term] = []
        while (word := self._next()) is not None and not self._is("|", ")"):
            if terms and not word.spaced:
                raise _Stop(Fault("a blank is missing before this", word.start, word.end))
            terms.append(self._term(word))
        if not terms:
            raise _Stop(self._nothing())
        return Command(tuple(terms))

    def _nothing(self) -> Fault:
        word = self._next() or self.words[-1]
        what = (
            "`|` needs a command on both sides" if word.text == "|" else "a value is missing here"
        )
        if word.text == ")":
            what = "this `)` closes nothing"
            opened = sum(w.text == "(" for w in self.words[: self.at])
            if opened > sum(w.text == ")" for w in self.words[: self.at]):
                what = "nothing stands in these brackets"
        return Fault(what, word.start, word.end)

    def _term(self, word: Word) -> Term:
        self.at += 1
        if word.kind == "word":
            return self._named(word)
        if word.kind == "field":
            first = Field(word.text[1:], word.start + 1, word.end)
            fields = (first, *self._fields())
            return Term(Kind.FIELD, word.text, word.start, fields[-1].end, fields)
        if word.text == "(":
            return self._bracketed(word)
        kind = _KINDS.get(word.kind)
        if kind is None:
            raise _Stop(Fault(f"`{word.text}` has no place here", word.start, word.end))
        fields = self._fields()
        if fields and kind is not Kind.VARIABLE:
            raise _Stop(Fault("this has no fields", word.start, fields[-1].end))
        return Term(kind, word.text, word.start, fields[-1].end if fields else word.end, fields)

    def _named(self, word: Word) -> Term:
        if literal := _LITERALS.get(word.text):
            return Term(literal, word.text, word.start, word.end)
        if word.text not in FUNCTIONS:
            hint = suggest.hint(word.text, FUNCTIONS)
            self.faults.append(
                Fault(f"`{word.text}` is not a function", word.start, word.end, hint)
            )
        fields = self._fields()
        end = fields[-1].end if fields else word.end
        return Term(Kind.FUNCTION, word.text, word.start, end, fields)

    def _bracketed(self, opening: Word) -> Term:
        pipe = self.pipe("")
        closing = self._next()
        if not self._takes(")") or closing is None:
            fault = Fault("this `(` is never closed", opening.start, opening.end)
            raise _Stop(fault)
        fields = self._fields()
        end = fields[-1].end if fields else closing.end
        return Term(Kind.PIPE, "(", opening.start, end, fields, pipe)

    def _fields(self) -> tuple[Field, ...]:
        found = []
        while (word := self._next()) is not None and word.kind == "field" and not word.spaced:
            found.append(Field(word.text[1:], word.start + 1, word.end))
            self.at += 1
        return tuple(found)
