"""Rules of the original to the catalogue rules that may stand for them, the best first.

Which of them it becomes is not decided here: the first that compiles to just the original.
"""

from collections.abc import Iterator, Mapping, Sequence

from tocsin.importing import shapes
from tocsin.importing.original import Rule
from tocsin.importing.shapes import Comparison
from tocsin.importing.tree import Bare, Draft, Entry, Flow, Notes, Text, Value
from tocsin.kinds import KINDS
from tocsin.promql.lexer import tokens
from tocsin.source import Path

_WORDS = {  # annotations that a catalogue has keys for
    "summary": "summary",
    "description": "description",
    "runbook_url": "runbook",
    "dashboard_url": "dashboard",
}
_LINKS = {"runbook_url", "dashboard_url"}
_WIDEST = 88  # characters of a mapping that is written in one line


def runs(rules: Sequence[Rule], severities: Sequence[str]) -> list[tuple[Rule, ...]]:
    """The rules in their order; together those that may be the tiers of one threshold."""
    order = {severity: rank for rank, severity in enumerate(severities)}
    found: list[tuple[Rule, ...]] = []
    for rule in rules:
        if found and _next_tier(found[-1][-1], rule, order):
            found[-1] = (*found[-1], rule)
        else:
            found.append((rule,))
    return found


def drafts(rules: tuple[Rule, ...], notes: Notes, severities: Sequence[str]) -> Iterator[Draft]:
    """What may stand for `rules`, the most telling first."""
    rule = rules[0]
    if rule.recording:
        yield _recording(rule, notes)
        return
    judged = [found for one in rules if (found := shapes.comparison(one.expr.value))]
    if len(judged) == len(rules) and rule.severity in severities:
        if ratio := _ratio(rules, judged, notes):
            yield ratio
        yield _threshold(rules, judged, notes)
    if len(rules) > 1:
        return
    selector = shapes.absent(rule.expr.value)
    if selector and "absent" in KINDS and rule.severity in severities:
        yield _absent(rule, selector, notes)
    yield _plain(rule, notes, severities)
    yield _verbatim(rule, notes)


def _next_tier(one: Rule, other: Rule, order: Mapping[str, int]) -> bool:
    """Whether `other` may be the next severer tier of the threshold that `one` is a tier of."""
    first, second = (shapes.comparison(rule.expr.value) for rule in (one, other))
    if first is None or second is None or _shared(one) != _shared(other):
        return False
    if first.side != second.side or _meaning(first.value) != _meaning(second.value):
        return False
    sign = 1 if first.side == "above" else -1
    farther = sign * (second.number - first.number) >= 0
    severer = order.get(one.severity, len(order)) < order.get(other.severity, -1)
    return severer and farther


def _meaning(expr: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens(expr))


def _shared(rule: Rule) -> tuple[object, ...]:
    """What tiers of one rule have in common."""
    labels = {name: text.value for name, text in rule.labels.items() if name != "severity"}
    annotations = {name: text.value for name, text in rule.annotations.items()}
    return rule.recording, rule.name, rule.keep_firing_for, labels, annotations


def _recording(rule: Rule, notes: Notes) -> Draft:
    labels = _labels(rule, notes, without=())
    entries = (_head(rule, "record"), _expr(rule), *labels)
    return Draft("record", entries, (rule.path,))


def _threshold(rules: tuple[Rule, ...], judged: list[Comparison], notes: Notes) -> Draft:
    value = Entry("value", Text(judged[0].value), _origins(rules, "expr"))
    body = (value, _tiers(rules, judged))
    return _typed("threshold", rules, body, notes, _said(judged))


def _ratio(rules: tuple[Rule, ...], judged: list[Comparison], notes: Notes) -> Draft | None:
    found = shapes.ratio(judged[0].value)
    if found is None:
        return None
    body = [Entry("of", Text(found.of), _origins(rules, "expr")), Entry("to", Text(found.to))]
    if float(found.min_traffic):
        body.append(Entry("min_traffic", Bare(found.min_traffic)))
    return _typed("ratio", rules, (*body, _tiers(rules, judged)), notes, _said(judged))


def _said(judged: list[Comparison]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(comment for found in judged for comment in found.said))


def _tiers(rules: tuple[Rule, ...], judged: list[Comparison]) -> Entry:
    tiers = tuple(
        Entry(rule.severity, _limit(rule, found), (*_of_severity(rule), (*rule.path, "for")))
        for rule, found in zip(rules, judged, strict=True)
    )
    return Entry(judged[0].side, tiers)


def _limit(rule: Rule, found: Comparison) -> Flow:
    lasting = (("for", _duration(rule.for_)),) if rule.for_ else ()
    return Flow((("at", Bare(found.limit)), *lasting))


def _typed(
    kind: str,
    rules: tuple[Rule, ...],
    body: tuple[Entry, ...],
    notes: Notes,
    said: tuple[str, ...] = (),
) -> Draft:
    """A rule of a kind that has tiers; all but these is as in the first of `rules`."""
    entries = (
        _head(rules[0], "alert"),
        Entry(kind, body),
        *_keep(rules[0]),
        *_labels(rules[0], notes, without=("severity",)),
        *_words(rules[0], notes),
    )
    return Draft(kind, entries, tuple(rule.path for rule in rules), said)


def _absent(rule: Rule, selector: str, notes: Notes) -> Draft:
    lasting = (Entry("for", _duration(rule.for_), _origins([rule], "for")),) if rule.for_ else ()
    body = (Entry("series", Text(selector), _origins([rule], "expr")), *lasting)
    said = tuple(
        token.text
        for token in tokens(rule.expr.value, blanks=True)
        if token.text.startswith("#") and token.text not in selector
    )
    severity = Entry("severity", Text(rule.severity), _of_severity(rule))
    entries = (
        _head(rule, "alert"),
        Entry("absent", body),
        *_keep(rule),
        severity,
        *_labels(rule, notes, without=("severity",)),
        *_words(rule, notes),
    )
    return Draft("absent", entries, (rule.path,), said)


def _plain(rule: Rule, notes: Notes, severities: Sequence[str]) -> Draft:
    own = rule.labels.get("severity", Text(""))
    named = own.value in severities
    severity = Entry("severity", own, _of_severity(rule))
    entries = (
        _head(rule, "alert"),
        _expr(rule),
        *_lasting(rule),
        *([severity] if named else []),
        *_labels(rule, notes, without=("severity",) if named else ()),
        *_words(rule, notes),
    )
    return Draft("expr", entries, (rule.path,))


def _verbatim(rule: Rule, notes: Notes) -> Draft:
    """The rule with no word of it put elsewhere."""
    annotations = _mapping(rule, "annotations", rule.annotations, notes)
    labels = _labels(rule, notes, without=())
    entries = (_head(rule, "alert"), _expr(rule), *_lasting(rule), *labels, *annotations)
    return Draft("expr", entries, (rule.path,))


def _head(rule: Rule, key: str) -> Entry:
    return Entry(key, Text(rule.name), (rule.path, (*rule.path, key)))


def _expr(rule: Rule) -> Entry:
    return Entry("expr", rule.expr, _origins([rule], "expr"))


def _lasting(rule: Rule) -> list[Entry]:
    lasting = [Entry("for", _duration(rule.for_), _origins([rule], "for"))] if rule.for_ else []
    return lasting + _keep(rule)


def _keep(rule: Rule) -> list[Entry]:
    key = "keep_firing_for"
    written = rule.keep_firing_for
    return [Entry(key, _duration(written), _origins([rule], key))] if written else []


def _words(rule: Rule, notes: Notes) -> list[Entry]:
    """The annotations: those that a catalogue has keys for, then the others."""
    entries = []
    kept = dict(rule.annotations)
    for name, key in _WORDS.items():
        text = kept.get(name)
        if text is None or not text.value.strip():
            continue
        if name in _LINKS and not text.value.startswith(("http://", "https://")):
            continue  # the catalogue's pattern would make another URL of it
        if text.value != text.value.strip():
            continue  # compiling strips
        entries.append(Entry(key, kept.pop(name), _origins([rule], "annotations", name)))
    return entries + _mapping(rule, "annotations", kept, notes)


def _labels(rule: Rule, notes: Notes, without: tuple[str, ...]) -> list[Entry]:
    labels = {name: text for name, text in rule.labels.items() if name not in without}
    return _mapping(rule, "labels", labels, notes)


def _mapping(rule: Rule, key: str, texts: Mapping[str, Text], notes: Notes) -> list[Entry]:
    return mapping(key, texts, notes, (*rule.path, key))


def mapping(key: str, texts: Mapping[str, Text], notes: Notes, origin: Path) -> list[Entry]:
    """Labels or annotations: in one line where they are few, short and without comments."""
    if not texts:
        return []
    value: Value = tuple(Entry(name, text, ((*origin, name),)) for name, text in texts.items())
    noted = any((*origin, name) in {*notes.above, *notes.beside} for name in texts)
    width = sum(len(name) + len(text.value) + 4 for name, text in texts.items())
    lines = any("\n" in text.value for text in texts.values())
    if key == "labels" and not noted and not lines and width < _WIDEST:
        value = Flow(tuple(texts.items()))
    return [Entry(key, value, (origin,))]


def _of_severity(rule: Rule) -> tuple[Path, ...]:
    """Where the severity was: alone among the labels, it takes their comments with it."""
    labels = (*rule.path, "labels")
    return ((*labels, "severity"), *([labels] if list(rule.labels) == ["severity"] else []))


def _duration(written: str) -> Text | Bare:
    """A duration; YAML takes `0` for a number, and so does the schema."""
    return Bare("0") if written == "0" else Text(written)


def _origins(rules: Sequence[Rule], *path: str) -> tuple[Path, ...]:
    return tuple((*rule.path, *path) for rule in rules)
