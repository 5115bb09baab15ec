"""Rules as text, the tests that are made of them, and promtool's word on these."""

import textwrap
from pathlib import Path

from tocsin import pipeline
from tocsin import promtool as runner
from tocsin.emit import prometheus
from tocsin.model import Compiled
from tocsin.testing import generate, promtool_files
from tocsin.testing.model import Generated, Tests


def compiled(folder: Path, rules: str, catalogue: str = "version: 1\n") -> Compiled:
    """What the rules (a list, as text) of one file compile to; they must be without a problem."""
    place = folder / "rules"
    place.mkdir(exist_ok=True)
    (place / "catalogue.yaml").write_text(catalogue)
    body = textwrap.indent(textwrap.dedent(rules), "  ")
    (place / "a.yaml").write_text(f"group: a\nrules:\n{body}")
    outcome = pipeline.run((place,))
    assert outcome.result.problems == ()
    return outcome.compiled


def made_of(folder: Path, rules: str, catalogue: str = "version: 1\n") -> Tests:
    """The tests that nobody wrote."""
    return generate.tests(compiled(folder, rules, catalogue))


def generated(folder: Path, rules: str, catalogue: str = "version: 1\n") -> dict[str, Generated]:
    """The tests that nobody wrote, by name; everything could be tested."""
    found = made_of(folder, rules, catalogue)
    assert found.unsolved == []
    by_name = {test.name: test for test in found.generated}
    assert len(by_name) == len(found.generated), "names are unique"
    return by_name


def disagree(promtool: Path, folder: Path, rules: Compiled, tests: list[Generated]) -> str:
    """What promtool holds against the tests, run on what the rules compile to; "" for nothing."""
    files = prometheus.emit(rules) | promtool_files.files(rules, tests)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(content)
    done = [runner.run_tests(promtool, folder / name) for name in files if name.startswith("tests")]
    assert done
    return "".join(found.output for found in done if not found.ok)
