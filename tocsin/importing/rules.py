"""Rule files to the files of a catalogue: everything but reading and writing them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.importing import home, needs, plan, read, told
from tocsin.importing.documents import File
from tocsin.importing.home import Home
from tocsin.importing.original import Group
from tocsin.load.files import SETTINGS
from tocsin.problem import Problem


@dataclass(frozen=True)
class Imported:
    """What an import writes, and how much of the original it stands for.

    files: path to text, none where a file was no YAML. kinds: how many catalogue rules are of each.
    """

    files: Mapping[Path, str]
    problems: tuple[Problem, ...]
    groups: int
    rules: int
    alerts: int
    kinds: Mapping[str, int]


def imported(read_files: Iterable[File], target: Home) -> Imported:
    """What rule files become in `target`."""
    read_files = list(read_files)
    problems = [found for file in read_files for found in file.problems]
    groups: list[Group] = []
    for file in read_files:
        for document in file.documents:
            found, more = read.groups(document)
            groups += found
            problems += more
    if any(file.unreadable for file in read_files):
        return Imported({}, tuple(problems), 0, 0, 0, {})
    target = needs.met(target, groups)
    plans, more = plan.settle(_plans(groups, target, problems), target)
    written = _files(plans, target)
    if written and target.new:
        written[target.root / SETTINGS] = target.settings.decode()
    rules = [rule for group in groups for rule in group.rules]
    alerts = sum(not rule.recording for rule in rules)
    kinds = plan.counted(plans)
    return Imported(written, (*problems, *more), len(plans), len(rules), alerts, kinds)


def _plans(groups: Sequence[Group], target: Home, problems: list[Problem]) -> list[plan.Plan]:
    """The groups under names that the catalogue does not have yet."""
    taken = set(target.groups)
    in_file = Counter(group.source.name for group in groups)
    plans = []
    for group in groups:
        name = group.name
        if name in taken:
            # Exporters' rules are often called the same; the file's name tells them apart.
            of_file = Path(group.source.name).stem
            alone = in_file[group.source.name] == 1
            name = home.free(of_file if alone else f"{of_file}-{name}", taken)
            place = group.source.position((*group.path, "name"))
            message = f"there is a group `{group.name}` already: this one is called `{name}`"
            problems.append(told.note(place, message))
        taken.add(name)
        plans.append(plan.plan(group, name, target))
    return plans


def _files(plans: Iterable[plan.Plan], target: Home) -> dict[Path, str]:
    taken: set[str] = set()  # in small letters: not every file system tells them apart
    written = {}
    for one in plans:
        stem = home.stem(one.name)
        found = home.free(stem.lower(), taken)
        taken.add(found)
        written[target.folder / f"{stem}{found[len(stem.lower()) :]}.yaml"] = plan.text(one, target)
    return written
