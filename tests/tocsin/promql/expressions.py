"""Random expressions that Prometheus can evaluate, the same ones for the same seed."""

from random import Random

SERIES = {
    'a{job="x",host="1"}': "0+60x60",
    'a{job="x",host="2",zone="n"}': "5+30x60",
    'a{job="y",host="1"}': "0x60",
    'b{job="x",host="1",mode="on"}': "1x60",
    'b{job="x",host="2",mode="off"}': "-3x60",
    'b{job="y",host="3",mode="on"}': "0+1x60",
    'c{host="1",owner="me"}': "1x60",
    'c{host="2",owner="you"}': "1x60",
    "d": "7x60",
    'h_bucket{job="x",le="1"}': "0+1x60",
    'h_bucket{job="x",le="+Inf"}': "0+2x60",
    'up{job="x"}': "1x60",
    'up{job="y"}': "0x60",
}
LABELS = ["job", "host", "zone", "mode", "owner", "le", "none"]
_VALUES = {"job": ["x", "y"], "host": ["1", "2"], "zone": ["n"], "mode": ["on"], "owner": ["me"]}
_OVER = ["rate", "increase", "delta", "max_over_time", "last_over_time", "count_over_time"]
_OVER += ["changes", "absent_over_time", "present_over_time", "avg_over_time"]
_PLAIN = ["abs", "ceil", "absent", "sort", "timestamp", "sgn", "hour", "day_of_week", "-", "+", ""]
_SUMS = ["sum", "min", "max", "avg", "count", "group", "stddev"]
_TIMES = ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "> bool", "== bool"]


def random_expression(seed: int, depth: int) -> str:
    """An expression whose value is an instant vector; the deeper, the longer."""
    return expression(Random(seed), depth)


def expression(random: Random, depth: int) -> str:
    """An expression whose value is an instant vector."""
    if depth == 0:
        return _selector(random)
    one = random.choice([_selector, _call, _call, _aggregation, _aggregation, _between, _between])
    made = [_with_number, _relabelled, _constant]
    return random.choice([one, one, one, *made])(random, depth)


def _selector(random: Random, _depth: int = 0) -> str:
    name = random.choice(["a", "a", "b", "b", "c", "d", "h_bucket", "up", "nothing"])
    matchers = []
    for label in random.sample(LABELS, random.choice([0, 0, 1, 2])):
        value = random.choice([*_VALUES.get(label, []), "", "z"])
        matchers.append(f'{label}{random.choice(["=", "!=", "=~", "!~"])}"{value}"')
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def _constant(random: Random, _depth: int) -> str:
    return random.choice(["vector(0)", "vector(1)", "vector(time())", "hour()", "vector(-2)"])


def _call(random: Random, depth: int) -> str:
    if random.random() < 0.4:
        return f"{random.choice(_OVER)}({_selector(random)}[10m])"
    inner = expression(random, depth - 1)
    if random.random() < 0.2:
        return f"{random.choice(_OVER)}(({inner})[10m:1m])"
    if random.random() < 0.2:
        limits = random.choice(["clamp_min({}, 1)", "clamp_max({}, -1)", "clamp({}, 0, 5)"])
        return limits.format(inner)
    if random.random() < 0.1:
        return f"histogram_quantile(0.9, {inner})"
    return f"{random.choice(_PLAIN)}({inner})"


def _labels(random: Random, most: int = 3) -> str:
    return ", ".join(random.sample(LABELS, random.randint(0, most)))


def _aggregation(random: Random, depth: int) -> str:
    inner = expression(random, depth - 1)
    grouping = random.choice(["", f" by ({_labels(random)})", f" without ({_labels(random)})"])
    kind = random.random()
    if kind < 0.15:
        return f"{random.choice(['topk', 'bottomk'])}{grouping} (2, {inner})"
    if kind < 0.25:
        return f'count_values{grouping} ("{random.choice(["value", "job"])}", {inner})'
    if kind < 0.3:
        return f"quantile{grouping} (0.5, {inner})"
    return f"{random.choice(_SUMS)}{grouping} ({inner})"


def _between(random: Random, depth: int) -> str:
    left, right = expression(random, depth - 1), expression(random, depth - 1)
    matching = random.choice(["", f"on ({_labels(random, 2)})", f"ignoring ({_labels(random, 3)})"])
    if random.random() < 0.45:
        return f"({left} {random.choice(['and', 'or', 'unless'])} {matching} {right})"
    join = ""
    if matching and random.random() < 0.6:
        added = ", ".join(set(_labels(random, 2).split(", ")) - set(matching[3:-1].split(", ")))
        added = "" if matching.startswith("on") and added in matching else added
        join = f"{random.choice(['group_left', 'group_right'])} ({added})"
    return f"({left} {random.choice(_TIMES)} {matching} {join} {right})"


def _with_number(random: Random, depth: int) -> str:
    inner = expression(random, depth - 1)
    number = random.choice(["0", "1", "-1", "100", "0.5", "time()", "scalar(d)"])
    sides = [inner, number] if random.random() < 0.7 else [number, inner]
    return f"({sides[0]} {random.choice(_TIMES)} {sides[1]})"


def _relabelled(random: Random, depth: int) -> str:
    inner = expression(random, depth - 1)
    target, source = random.choice([*LABELS, "new"]), random.choice(LABELS)
    if random.random() < 0.5:
        replacement = random.choice(["$1", "", "fixed", "v$1"])
        pattern = random.choice(["(.*)", "(.+)", "", "(1|x)"])
        return f'label_replace({inner}, "{target}", "{replacement}", "{source}", "{pattern}")'
    separator, more = random.choice(["", "-"]), random.choice(["", ', "host"'])
    return f'label_join({inner}, "{target}", "{separator}", "{source}"{more})'
