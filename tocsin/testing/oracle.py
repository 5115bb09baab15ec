"""What a rule with limits means, step by step: an account of its own, not the compiled expression.

Generated tests expect what this says; promtool, on the compiled rule, judges.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin import durations
from tocsin.model import Rule

SIDES = ("above", "below", "outside")


@dataclass(frozen=True)
class Limits:
    """One tier: beyond `low` or `high` for `wait` milliseconds; once firing, until past `clear`."""

    severity: str
    low: float | None
    high: float | None
    wait: int
    clear: float | None = None
    keep: int = 0
    missing: int | None = None  # milliseconds without a value after which it fires; None: never
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def beyond(self, value: float) -> bool:
        """Whether the value is past a limit; the limit itself is allowed."""
        too_low = self.low is not None and value < self.low
        return too_low or (self.high is not None and value > self.high)

    def not_clear(self, value: float) -> bool:
        """Whether what fires goes on firing at this value."""
        if self.clear is None:
            return False
        return value > self.clear if self.high is not None else value < self.clear


def tiers(rule: Rule, severities: Sequence[str]) -> list[Limits]:
    """The tiers of a rule (with an override on top, or not) as it was written."""
    return [found for name in severities if (found := _tier(rule, name))]


def _tier(rule: Rule, severity: str) -> Limits | None:
    low: float | None = None
    high: float | None = None
    wait = ""
    paths = {}
    for side in SIDES:
        written = (rule.body.get(side) or {}).get(severity)
        if not isinstance(written, dict):
            continue
        wait = str(written.get("for") or "")
        if side != "above":
            key = "at" if side == "below" else "low"
            low, paths["low"] = float(written[key]), (rule.kind, side, severity, key)
        if side != "below":
            key = "at" if side == "above" else "high"
            high, paths["high"] = float(written[key]), (rule.kind, side, severity, key)
    if low is None and high is None:
        return None
    clear = rule.body.get("clear")
    clear = clear.get(severity) if isinstance(clear, dict) else clear
    return Limits(
        severity,
        low,
        high,
        milliseconds(wait),
        float(clear) if isinstance(clear, int | float) and clear is not False else None,
        milliseconds(rule.text("keep_firing_for")),
        _missing(rule, wait),
        paths,
    )


def _missing(rule: Rule, wait: str) -> int | None:
    written = rule.data.get("no_data", "ignore")
    if written == "ignore":
        return None
    after = milliseconds(written["after"]) if isinstance(written, dict) else 0
    return max(0, after - milliseconds(wait))


def milliseconds(duration: str) -> int:
    """A duration, 0 for none."""
    return durations.parse(duration) if duration else 0


def firing(
    tier: Limits, values: Sequence[float | None], step: int, opened: Sequence[bool] | None = None
) -> list[bool]:
    """Whether the tier fires at each step, by the value at each step."""
    found: list[bool] = []
    since: int | None = None  # the step at which the condition began
    last: int | None = None  # the last step at which it fired by its condition
    seen: int | None = None  # the last step with a value
    for index, value in enumerate(values):
        before = bool(found and found[-1])
        seen = index if value is not None else seen
        holds = _holds(tier, value, before) or _is_missing(tier, seen, index, step, before)
        if opened is not None and not opened[index]:
            holds = False
        since = (index if since is None else since) if holds else None
        # What is kept and holds again has never stopped: there is no `for` to wait for.
        fires = since is not None and (before or (index - since) * step >= tier.wait)
        last = index if fires else last
        kept = before and not holds and last is not None and (index - last - 1) * step < tier.keep
        found.append(fires or kept)
    return found


def _holds(tier: Limits, value: float | None, before: bool) -> bool:
    return value is not None and (tier.beyond(value) or (before and tier.not_clear(value)))


def _is_missing(tier: Limits, seen: int | None, index: int, step: int, before: bool) -> bool:
    if tier.missing is None or seen is None or seen == index:
        return False
    return before or (index - seen) * step > tier.missing


def changes(found: Sequence[bool]) -> Iterator[int]:
    """The steps at which firing starts or stops."""
    for index in range(1, len(found)):
        if found[index] != found[index - 1]:
            yield index
