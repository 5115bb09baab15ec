"""Which series stand for the selectors of an expression: their labels, and what they are."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin.promql.operators import CannotTell
from tocsin.promql.selectors import Matcher, Selector
from tocsin.testing.series import Stand

COUNTER_FUNCTIONS = {"rate", "increase", "irate", "resets"}
SLOPE_FUNCTIONS = {"delta", "idelta", "deriv"}
_CLASSES = {r"\d": "1", r"\w": "a", r"\.": ".", r"[0-9]": "1", r"[a-z]": "a", r"[^/]": "a"}


def stands(
    selectors: Iterable[Selector],
    common: Mapping[str, str],
    levels: Iterator[float],
    bounds: Sequence[str] = (),
) -> list[Stand]:
    """A series for each selector; selectors that the same series fits share it.

    bounds: those of the buckets of histograms, each of which has a series.
    """
    found: dict[tuple[str, frozenset[tuple[str, str]]], Stand] = {}
    for selector, bound in _each(selectors, bounds):
        labels = frozenset(labels_of(selector, {**common, **bound}).items())
        mode = mode_of(selector)
        known = found.get((selector.name, labels))
        if known is None or (known.mode == "level" and mode == "rate"):
            level = next(levels) if known is None else known.fixed
            found[selector.name, labels] = Stand(selector.name, labels, mode, level)
    return list(found.values())


def _each(
    selectors: Iterable[Selector], bounds: Sequence[str]
) -> Iterator[tuple[Selector, dict[str, str]]]:
    for selector in selectors:
        asked = any(matcher.name == "le" for matcher in selector.matchers)
        if bounds and selector.name.endswith("_bucket") and not asked:
            yield from ((selector, {"le": bound}) for bound in bounds)
        else:
            yield selector, {}


def mode_of(selector: Selector) -> str:
    """What the series is, by the function that reads it."""
    return "rate" if selector.function in COUNTER_FUNCTIONS | SLOPE_FUNCTIONS else "level"


def labels_of(selector: Selector, common: Mapping[str, str]) -> dict[str, str]:
    """Labels that the selector accepts, the common ones where it lets us choose."""
    labels = dict(common)
    for name in dict.fromkeys(matcher.name for matcher in selector.matchers):
        matchers = [matcher for matcher in selector.matchers if matcher.name == name]
        value = _accepted(matchers, labels.get(name))
        labels[name] = value
    return {name: value for name, value in labels.items() if value}


def _accepted(matchers: list[Matcher], wanted: str | None) -> str:
    candidates = [] if wanted is None else [wanted]
    for matcher in matchers:
        candidates += [matcher.value] if matcher.sign == "=" else []
        candidates += examples(matcher.value) if matcher.sign == "=~" else []
    name = matchers[0].name
    candidates += ["", f"{name}1", "a", "1"]
    for candidate in candidates:
        if all(matcher.accepts(candidate) for matcher in matchers):
            return candidate
    raise CannotTell(f"a value of `{name}` that its matchers accept")


def examples(pattern: str) -> list[str]:
    """Texts that a regular expression most likely accepts: the simple ones that people write."""
    found = []
    for part in pattern.strip("^$").replace("(", "").replace(")", "").replace("?:", "").split("|"):
        for short, example in _CLASSES.items():
            part = part.replace(short, example)  # noqa: PLW2901 # step by step
        part = re.sub(r"\[(\w)[^]]*\]", r"\1", part)  # noqa: PLW2901 - and the last
        found += [part.replace(".+", "a").replace(".*", "").replace(".", "0").rstrip("+*?")]
        found += [part.replace(".+", "a").replace(".*", "a").replace("+", "")]
    return found


def strangers(selectors: Iterable[Selector], common: Mapping[str, str]) -> Iterator[Stand]:
    """Series that differ from a selector's in one matched label: it must not see them."""
    told = set()
    for selector in selectors:
        labels = labels_of(selector, common)
        for matcher in selector.matchers:
            other = {"!=": matcher.value, "!~": (examples(matcher.value) or [""])[0]}
            value = other.get(matcher.sign, "another")
            changed = {**labels, matcher.name: value}
            changed = {name: kept for name, kept in changed.items() if kept}
            key = (selector.name, frozenset(changed.items()))
            if not selector.matches(changed) and key not in told:
                told.add(key)
                yield Stand(*key, mode_of(selector), 3.0)
