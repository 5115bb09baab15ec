"""promtool's account of a failed test as a sentence, and the place in the YAML that it is about."""

import re

_FAILED = re.compile(
    r'expr: (?P<expr>".*"), time: (?P<time>\w+),\s*exp:(?P<exp>.*)\n\s*got:(?P<got>.*)'
)
_SAMPLE = re.compile(r"(?P<labels>\{(?:\"(?:\\.|[^\"\\])*\"|[^}\"])*\}) (?P<value>\S+?)(?:,|$| )")


def failed_time(output: str) -> str:
    """The time of the expectation that failed first, "" where there is none."""
    match = _FAILED.search(output)
    return match["time"] if match else ""


def sentence(output: str) -> str:
    """promtool's difference as a sentence; its own text where it says something else."""
    match = _FAILED.search(output)
    if match is None:
        kept = [line.strip() for line in output.splitlines() if line.strip()]
        return " ".join(line for line in kept if not line.startswith(("Unit Testing:", "FAILED:")))
    return f"at {match['time']} {_firing(match['got'])}, not {_firing(match['exp'])}"


def _firing(samples: str) -> str:
    found = [(m["labels"], int(float(m["value"]))) for m in _SAMPLE.finditer(samples.strip())]
    if not found:
        return "nothing fires"
    if found[0][0] == "{}":
        count = found[0][1]
        return f"{count} alert{'s fire' if count != 1 else ' fires'}"
    shown = [labels if count == 1 else f"{count} times {labels}" for labels, count in found]
    return " and ".join(shown) + (" fires" if len(found) == 1 else " fire")
