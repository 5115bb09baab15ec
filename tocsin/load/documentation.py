"""What the problems that loading finds mean: the documentation that checks have as docstrings."""

import re

from tocsin.kinds import KINDS

PROBLEMS = {
    "yaml/syntax": """The file is not YAML 1.1, or uses what a catalogue has no use for: own tags,
keys that are not plain words, numbers in base 60 such as 06:00 without quotes.""",
    "yaml/duplicate": """A key is given twice in one mapping. YAML parsers silently take the last;
here it is an error, because one of the two was meant to count.""",
    "yaml/encoding": "The file is not UTF-8.",
    "file/read": "The file or folder does not exist or cannot be read.",
    "file/empty": "There is no rule: the file is empty, or the folder holds no rule file.",
    "schema/unknown-key": "A key that has no meaning where it stands; mostly a misspelt one.",
    "schema/missing": "A key that must be there is not.",
    "schema/type": "A value of the wrong type, such as a list where text is expected.",
    "schema/value": "A value that is not allowed, such as a duration of `5 minutes`.",
    "rule/nameless": "A rule without a name: neither `alert` nor `record`.",
    "rule/kind": """A rule that does not say what it asserts, or says two things. An alert has
exactly one key that names its kind.""",
    "rule/tiers": """Tiers that contradict each other, such as a critical limit that is reached
before the warning one.""",
    "rule/value": "The `value` of a threshold is not a number per series.",
    "rule/clear": "Hysteresis that cannot be: past the limit, or on two sides at once.",
    "rule/active": "Hours, days or a time zone of an active window that cannot be read.",
    "rule/counter": "The `counter` of a no_events rule is not a metric name or a selector.",
    "rule/remember": """`remember` is not longer than the silence that a no_events rule allows: a
source would be forgotten before it could alert. Or it is not longer than the active window is
closed, over a weekend for example: what vanishes as it closes would be forgotten by then.""",
    "rule/expect": "An `expect` entry that does not name just the labels of `by`.",
    "test/unsolved": """A test that comes with a typed rule could not be made: no series was found
that moves the value to its limit. The rule works all the same; a written test can show it.""",
    "test/uncovered": """No test, written or generated, has seen a tier (of an override), or one of
the ways in which it comes to fire, in this state. `tocsin test --coverage` measures it.""",
    "test/coverage": "The tests have seen less than `policy.coverage` in catalogue.yaml asks for.",
    "test/mutant": """No test, written or generated, notices when this part of the compiled rule is
another: a comparison, a limit, a time, a label or a matcher. `tocsin test --mutate` tries.""",
    "test/unused-explanation": """An entry of a rule's `mutants` that explains nothing: tests do
notice that mutant, or there is none of that name.""",
    "test/failed": "A rule's own test did not see what it expects.",
}

# Of what is said to the lint itself; nothing of it keeps a rule from being compiled.
OF_LINT = {
    "lint/comment": """A comment to the lint that cannot be read, or that stands where it
is about nothing. `# tocsin ignore CHECK [until YYYY-MM-DD]: REASON` covers what it stands beside
or directly above: a rule, a group, a key with its value; `# tocsin ignore-file ...` the file.""",
    "lint/unused-ignore": """An `ignore`, or a comment, that hides nothing: what it was written for
is mended. Take it away, lest it hide something new.""",
    "lint/expired-ignore": """An `ignore`, or a comment, whose `until` has come. What it hid is told
again: mend it, or give it another date.""",
    "lint/stale-baseline": """An entry of the `--baseline` file that stands for nothing: what it was
written for is mended. Write the file anew, lest the problem come back unseen.""",
    "lint/prometheus": """The server of `--prometheus` did not answer what a check asked it of a
rule, or warned that its answer is not everything. What it would have shown is not known.""",
    "lint/ignored-file": """pint's comment `ignore/file`: nothing below it is looked at.""",
}


def of_kind(name: str) -> str:
    """The documentation of a kind: the docstring of its module."""
    return KINDS[name].expand.__globals__["__doc__"] or ""


def text(check: str) -> str:
    """What is said of a problem that no check finds; "" where there is none of that ID."""
    return PROBLEMS.get(check) or OF_LINT.get(check, "")


def summary(text: str) -> str:
    """The first sentence of a documentation; of a long one, what is before its colon."""
    first = " ".join(text.strip().partition("\n\n")[0].split())
    sentence = re.match(r"(.+?\.)(?:\s|$)", first)
    found = sentence[1] if sentence else first
    return found if len(found) <= 110 else found.partition(": ")[0]
