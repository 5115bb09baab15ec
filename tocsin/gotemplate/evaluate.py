"""Pipes with types in place of values: what they give, and what is read on the way.

Source: text/template/exec.go of Go's standard library and Prometheus's template/template.go.
"""

from dataclasses import dataclass, replace

from tocsin.gotemplate.found import Meaning, Query, Read
from tocsin.gotemplate.functions import COMPARISONS, FUNCTIONS, READABLE, Function, Type
from tocsin.gotemplate.literals import filled, unquoted
from tocsin.gotemplate.nodes import Command, Fault, Field, Kind, Pipe, Term


@dataclass(frozen=True)
class Value:
    """What is known of a value. of_value: it comes from the alert's value, at `spot`."""

    type: Type = Type.ANY
    query: Query | None = None  # of results and labels; of text, the query that it would be
    of_value: bool = False
    readable: bool = False
    spot: tuple[str, int, int] = ("", 0, 0)


@dataclass(frozen=True)
class Scope:
    """What is known at a place: the dot, variables, labels that were asked for."""

    dot: Value
    variables: dict[str, Value]
    guarded: frozenset[tuple[object, str]] = frozenset()


class Pipes:
    """Follows pipes of one template and notes what they do."""

    def __init__(self, found: Meaning) -> None:
        self.found = found
        self.offset = 0  # of the action that is followed
        self.asks = False  # whether what is read is only asked for
        self.guarded: frozenset[tuple[object, str]] = frozenset()

    def _at(self, message: str, where: Term | Field, hint: str = "") -> None:
        self.fault(message, where.start, where.end, hint)

    def fault(self, message: str, start: int, end: int, hint: str = "") -> None:
        """Notes what would fail, at a place in the action."""
        self.found.faults.append(Fault(message, start + self.offset, end + self.offset, hint))

    def pipe(self, pipe: Pipe, scope: Scope, *, elements: bool = False) -> Value:
        value: Value | None = None
        for command in pipe.commands:
            value = self._command(command, scope, value)
        result = value or Value()
        for variable in pipe.variables:
            kept = element(result) if elements else result
            if elements and len(pipe.variables) == 2 and variable is pipe.variables[0]:
                kept = Value(Type.TEXT if result.type is Type.LABELS else Type.ANY)
            scope.variables[variable.text] = kept
        return result

    def _command(self, command: Command, scope: Scope, piped: Value | None) -> Value:
        self.guarded = scope.guarded
        first = command.terms[0]
        if first.kind is not Kind.FUNCTION or first.fields:
            values = [self._term(term, scope) for term in command.terms]
            called = piped is not None or len(values) > 1  # a method: nothing is known of it
            return Value() if called else values[0]
        asks = self.asks
        self.asks = first.text in _CHOOSING or (asks and first.text in _PASSING)
        arguments = [self._term(term, scope) for term in command.terms[1:]]
        self.asks = asks
        terms: list[Term] = list(command.terms[1:])
        if piped is not None:
            arguments.append(piped)
            terms.append(first)
        return self._call(first, arguments, terms)

    def _call(self, name: Term, arguments: list[Value], terms: list[Term]) -> Value:
        function = FUNCTIONS[name.text]
        if not self._fits(name, function, arguments, terms):
            return Value(function.returns)
        source = next((value for value in arguments if value.of_value), Value())
        told = name.text not in {*COMPARISONS, "not", "len", "match"}
        result = Value(
            function.returns,
            of_value=source.of_value and told,
            readable=source.readable or name.text in READABLE,
            spot=source.spot,
        )
        return self._special(name, arguments, terms, result)

    def _special(
        self, name: Term, arguments: list[Value], terms: list[Term], result: Value
    ) -> Value:
        if name.text == "query":
            query = arguments[0].query
            if query is not None:
                self.found.queries.append(query)
            return replace(result, query=query)
        if name.text in {"first", "value", "sortByLabel"}:
            return replace(result, query=arguments[-1].query)
        if name.text == "label":
            self._label(terms[0], arguments[1])
        elif name.text == "index" and len(arguments) == 2:
            return self._index(arguments, terms, result)
        elif name.text == "printf":
            return replace(result, query=self._printed(terms, len(arguments)))
        elif name.text in {"and", "or"} and len({value.type for value in arguments}) == 1:
            return replace(result, type=arguments[0].type, query=arguments[0].query)
        elif name.text in COMPARISONS:
            self._compared(name, arguments)
        return result

    def _fits(
        self, name: Term, function: Function, arguments: list[Value], terms: list[Term]
    ) -> bool:
        """Whether a function takes these arguments, as Go checks when it calls it."""
        least = len(function.takes)
        if len(arguments) < least or (len(arguments) > least and not function.more):
            many = f"{least} argument{'' if least == 1 else 's'}"
            self._at(f"`{name.text}` takes {many}, not {len(arguments)}", name)
            return False
        for wanted, value, term in zip(function.takes, arguments, terms, strict=False):
            known = {wanted, value.type}
            if len(known) == 2 and Type.ANY not in known:
                message = f"`{name.text}` takes {wanted.value}, not {value.type.value}"
                self._at(message, term)
                return False
        return True

    def _compared(self, name: Term, arguments: list[Value]) -> None:
        types = {value.type for value in arguments}
        if types == {Type.NUMBER, Type.INTEGER}:
            hint = "write the whole number with a point: `100.0`"
            self._at("Go does not compare a float with a whole number", name, hint)
        elif len(types) == 2 and types <= {Type.NUMBER, Type.INTEGER, Type.TEXT, Type.BOOL}:
            one, other = sorted(kind.value for kind in types)
            self._at(f"{one} and {other} cannot be compared", name)

    def _index(self, arguments: list[Value], terms: list[Term], result: Value) -> Value:
        of = arguments[0]
        if of.type in {Type.LABELS, Type.EXTERNAL}:
            if terms[1].kind is Kind.TEXT:
                self._read(_literal_field(terms[1]), of)
            return replace(result, type=Type.TEXT)
        if of.type is Type.RESULTS:
            return replace(result, type=Type.SAMPLE, query=of.query)
        return result

    def _label(self, term: Term, sample: Value) -> None:
        if term.kind is Kind.TEXT and sample.query is not None:
            self._read(_literal_field(term), replace(sample, type=Type.LABELS))

    def _printed(self, terms: list[Term], count: int) -> Query | None:
        """The query that `printf` puts together of a text that is written out."""
        form = terms[0]
        if form.kind is not Kind.TEXT:
            return None
        texts = filled(unquoted(form.text), count - 1)
        return Query(texts, form.start + self.offset, form.end + self.offset, exact=False)

    def _read(self, name: Field, of: Value) -> None:
        source: Query | Type = of.query if of.query is not None else of.type
        start, end = name.start + self.offset, name.end + self.offset
        guarded = self.asks or (source, name.name) in self.guarded
        self.found.reads.append(Read(name.name, start, end, source, guarded))

    def _term(self, term: Term, scope: Scope) -> Value:
        if term.kind is Kind.VARIABLE:
            value = scope.variables.get(term.text, Value())
            return self._fields(term, self._spotted(value, term.text, term), term.fields)
        if term.kind in {Kind.DOT, Kind.FIELD}:
            return self._fields(term, self._spotted(scope.dot, ".", term), term.fields)
        if term.kind is Kind.PIPE and term.pipe is not None:
            return self._fields(term, self.pipe(term.pipe, scope), term.fields)
        if term.kind is Kind.TEXT:
            text = unquoted(term.text)
            plain = len(text) == len(term.text) - 2
            start, end = term.start + self.offset, term.end + self.offset
            if plain:
                start, end = start + 1, end - 1
            return Value(Type.TEXT, Query((text,), start, end, exact=plain))
        if term.kind is Kind.NUMBER:
            return Value(_number(term.text))
        if term.kind is Kind.FUNCTION:
            value = self._call(replace(term, fields=()), [], [])
            return self._fields(term, value, term.fields)
        return Value(Type.BOOL if term.kind is Kind.BOOL else Type.ANY)

    def _spotted(self, value: Value, text: str, term: Term) -> Value:
        end = term.start + len(text)
        return replace(value, spot=(text, term.start + self.offset, end + self.offset))

    def _fields(self, term: Term, value: Value, fields: tuple[Field, ...]) -> Value:
        for name in fields:
            value = self._field(term, value, name)
        return value

    def _field(self, term: Term, value: Value, name: Field) -> Value:
        if value.type in {Type.LABELS, Type.EXTERNAL}:
            self._read(name, value)
            return Value(Type.TEXT)
        known = _FIELDS.get(value.type)
        if known is None:
            if value.type in _PLAIN:
                self._at(f"{value.type.value} has no field `{name.name}`", name)
            return Value()
        if name.name not in known:
            hint = "known: " + ", ".join(f"`.{key}`" for key in known)
            self._at(f"{value.type.value} has no field `{name.name}`", name, hint)
            return Value()
        kind = known[name.name]
        shown = value.type is Type.DATA and name.name == "Value"
        start = term.start + self.offset
        spot = (f".{name.name}", start, name.end + self.offset)
        return Value(kind, value.query, of_value=shown, spot=spot)


_CHOOSING = {"and", "or", *COMPARISONS}  # what they are given is only asked for
_PASSING = {"not", "len", "index"}
_FIELDS = {
    Type.DATA: {
        "Labels": Type.LABELS,
        "Value": Type.NUMBER,
        "ExternalLabels": Type.EXTERNAL,
        "ExternalURL": Type.TEXT,
    },
    Type.SAMPLE: {"Labels": Type.LABELS, "Value": Type.NUMBER},
}
_PLAIN = {Type.NUMBER, Type.INTEGER, Type.TEXT, Type.BOOL, Type.RESULTS}


def _number(literal: str) -> Type:
    """What Go takes a number for where nothing else decides."""
    if literal[0] == "'":
        return Type.INTEGER
    if literal.endswith("i"):
        return Type.ANY
    fraction = "eE.pP" if not literal.lstrip("+-").lower().startswith("0x") else ".pP"
    return Type.NUMBER if any(mark in literal for mark in fraction) else Type.INTEGER


def element(value: Value) -> Value:
    """What `range` gives of a value, one after the other."""
    if value.type is Type.RESULTS:
        return Value(Type.SAMPLE, value.query)
    return Value(Type.TEXT if value.type in {Type.LABELS, Type.EXTERNAL} else Type.ANY)


def _literal_field(term: Term) -> Field:
    """The name in a literal, without its quotes."""
    return Field(unquoted(term.text), term.start + 1, term.end - 1)
