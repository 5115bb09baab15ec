"""Which numbers a part of an expression can give: an interval, such as "1 or more" for `count`.

NaN is outside of all this: no comparison but `!=` holds for it.
Source: Prometheus's documentation, querying/functions and querying/operators.
"""

import math
from typing import NamedTuple


class Numbers(NamedTuple):
    """All numbers from `low` to `high`; an open end is not reached itself."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    zero: bool = True  # False: all of them but 0

    @property
    def constant(self) -> float | None:
        """The one number that it can be, None where there are more."""
        return self.low if self.low == self.high else None

    @property
    def may_be_zero(self) -> bool:
        """Whether 0 is one of them."""
        if not self.zero or self.low > 0 or self.high < 0:
            return False
        return not (self.low == 0 and self.low_open) and not (self.high == 0 and self.high_open)


ANY = Numbers()
NOT_NEGATIVE = Numbers(low=0)
ABOVE_ZERO = Numbers(low=0, low_open=True)
ONE = Numbers(1, 1)
ONE_OR_MORE = Numbers(low=1)
TRUTH = Numbers(0, 1)

OF_FUNCTION = {
    **dict.fromkeys(("absent", "absent_over_time", "present_over_time"), ONE),
    **dict.fromkeys(("abs", "sqrt", "exp"), NOT_NEGATIVE),
    **dict.fromkeys(("time", "timestamp"), ABOVE_ZERO),
    **dict.fromkeys(("changes", "resets"), NOT_NEGATIVE),
    **dict.fromkeys(("stddev_over_time", "stdvar_over_time", "mad_over_time"), NOT_NEGATIVE),
    "count_over_time": ONE_OR_MORE,
    "histogram_fraction": TRUTH,
    "pi": Numbers(math.pi, math.pi),
    "sgn": Numbers(-1, 1),
    "minute": Numbers(0, 59),
    "hour": Numbers(0, 23),
    "day_of_week": Numbers(0, 6),
    "day_of_month": Numbers(1, 31),
    "day_of_year": Numbers(1, 366),
    "days_in_month": Numbers(28, 31),
    "month": Numbers(1, 12),
}
OF_COUNTERS = frozenset({"rate", "irate", "increase"})  # never negative for what never is
# These give one of the numbers that they get, or one between them.
BETWEEN = frozenset(
    """
    avg min max quantile topk bottomk limitk limit_ratio
    avg_over_time min_over_time max_over_time last_over_time first_over_time
    sort sort_desc sort_by_label sort_by_label_desc label_replace label_join vector
    """.split()
)
OF_AGGREGATION = {
    "count": ONE_OR_MORE,
    "count_values": ONE_OR_MORE,
    "group": ONE,
    "stddev": NOT_NEGATIVE,
    "stdvar": NOT_NEGATIVE,
}
OF_METRIC = {"up": TRUTH, "ALERTS": ONE}


def exactly(value: float) -> Numbers:
    """One number."""
    return ANY if math.isnan(value) else Numbers(value, value)


def either(one: Numbers, other: Numbers) -> Numbers:
    """What is one or the other."""
    low = min((one.low, one.low_open), (other.low, other.low_open))
    high = max((one.high, not one.high_open), (other.high, not other.high_open))
    zero = one.may_be_zero or other.may_be_zero
    return Numbers(low[0], high[0], low_open=low[1], high_open=not high[1], zero=zero)


def negative(of: Numbers) -> Numbers:
    """`-x`."""
    return Numbers(-of.high, -of.low, of.high_open, of.low_open, of.zero)


def total(of: Numbers, *, single: bool) -> Numbers:
    """`sum` of numbers; single: there is one of them at most."""
    if single or of.constant == 0:
        return of
    if of.low >= 0:
        return Numbers(of.low, math.inf, of.low_open, zero=of.zero)
    return Numbers(-math.inf, of.high, False, of.high_open) if of.high <= 0 else ANY


def clamped(of: Numbers, low: Numbers, high: Numbers) -> Numbers:
    """`clamp(x, low, high)`; infinite ends for `clamp_min` and `clamp_max`."""
    if math.isinf(low.low) and math.isinf(high.high):
        return of
    least, most = max(of.low, low.low), min(of.high, high.high)
    if least > most:
        return ANY
    low_open = of.low_open and of.low > low.low
    return Numbers(least, most, low_open, of.high_open and of.high < high.high)


def arithmetic(operator: str, one: Numbers, other: Numbers) -> Numbers:
    """`one operator other`, as far as it is easily told."""
    if one.constant is not None and other.constant is not None:
        return _constants(operator, one.constant, other.constant)
    if operator in {"+", "-"}:
        other = negative(other) if operator == "-" else other
        low, high = one.low + other.low, one.high + other.high
        if math.isnan(low) or math.isnan(high):
            return ANY
        low_open = one.low_open or other.low_open
        return Numbers(low, high, low_open, one.high_open or other.high_open)
    if operator == "*" and one.constant is not None:
        one, other = other, one
    factor = other.constant
    if factor and math.isfinite(factor) and operator in {"*", "/"}:
        scale = factor if operator == "*" else 1 / factor
        scaled = negative(one) if scale < 0 else one
        return scaled._replace(low=scaled.low * abs(scale), high=scaled.high * abs(scale))
    if operator in {"*", "/"} and one.low >= 0 and other.low >= 0:
        return NOT_NEGATIVE
    return NOT_NEGATIVE if operator == "^" and factor and factor % 2 == 0 else ANY


def _constants(operator: str, one: float, other: float) -> Numbers:
    try:
        match operator:
            case "+":
                return exactly(one + other)
            case "-":
                return exactly(one - other)
            case "*":
                return exactly(one * other)
            case "/":
                return exactly(one / other)
            case "%":
                return exactly(math.fmod(one, other))
            case "^":
                return exactly(one**other)
    except (ArithmeticError, ValueError, TypeError):  # a division by 0, a complex root
        return ANY
    return ANY


TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}


def never(operator: str, one: Numbers, other: Numbers) -> bool:
    """Whether `one operator other` cannot hold."""
    if operator in {"<", "<="}:
        operator, one, other = TURNED[operator], other, one
    if operator == ">":
        return one.high <= other.low
    if operator == ">=":
        touching = one.high == other.low and (one.high_open or other.low_open)
        return one.high < other.low or touching
    if operator == "==":
        if (one.constant == 0 and not other.may_be_zero) or (
            other.constant == 0 and not one.may_be_zero
        ):
            return True
        return never(">=", one, other) or never(">=", other, one)
    return one.constant is not None and one.constant == other.constant


def always(operator: str, one: Numbers, other: Numbers) -> bool:
    """Whether `one operator other` holds whatever the numbers are."""
    return never(_OPPOSITE[operator], one, other)


def truth(operator: str, one: Numbers, other: Numbers) -> Numbers:
    """What `one operator bool other` gives."""
    if never(operator, one, other):
        return exactly(0)
    known = one.constant is not None and other.constant is not None
    return ONE if known and always(operator, one, other) else TRUTH


def kept(operator: str, of: Numbers, limit: Numbers) -> Numbers:
    """What a comparison with `limit` leaves of `of`."""
    if operator in {">", ">="} and limit.low >= of.low:
        return of._replace(low=limit.low, low_open=operator == ">" or limit.low_open)
    if operator in {"<", "<="} and limit.high <= of.high:
        return of._replace(high=limit.high, high_open=operator == "<" or limit.high_open)
    if operator == "==" and limit.constant is not None:
        return limit
    if operator == "!=" and limit.constant == 0:
        return of._replace(zero=False)
    return of
