"""`tocsin lint` and `tocsin build` against `promtool check rules`, on 10,000 rules in 500 files.

promtool reads what `tocsin build` makes of the rules; Tocsin reads the rules themselves and, once
more, the compiled files as plain Prometheus rules.
"""

import shutil
import sys
from pathlib import Path

from bench import catalogue
from bench.measure import Command, Failed, once, side_by_side
from bench.options import Options
from bench.report import Commands, Report, Row

TITLE = "Lint and build"
FILES = 500
PROMTOOL = "promtool check rules, as compiled"
FIRST = "tocsin lint, first run"


def run(options: Options) -> Report:
    """Generates the catalogue, measures, and says how the targets are met."""
    home = options.scratch / "catalogue"
    written = catalogue.write(home, max(1, round(FILES * options.scale)))
    compiled = options.scratch / "compiled"
    commands = _commands(home, compiled, options.scratch / "cache", written.files[0])
    found = side_by_side(commands, options.rounds)
    rows = [
        Row(PROMTOOL, found[PROMTOOL], ours=False),
        *(Row(name, found[name], _other(name)) for name in found if name != PROMTOOL),
    ]
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in written.files)
    plain = sorted((compiled / "prometheus").iterdir())
    compiled_lines = sum(path.read_text(encoding="utf-8").count("\n") for path in plain)
    intro = (
        f"{written.rules:,} rules in {len(written.files):,} files ({lines:,} lines) of a generated "
        f"catalogue; compiled, they have {compiled_lines:,} lines. A first run finds no cache and "
        "writes one; every run is a process of its own."
    )
    return Commands("lint", TITLE, intro, rows)


def _other(name: str) -> str:
    return FIRST if name.startswith("tocsin lint, again") else PROMTOOL


def _commands(home: Path, compiled: Path, cache: Path, changed: Path) -> dict[str, Command]:
    tocsin, promtool = _tocsin(), _promtool()
    # As it is once installed: its modules are compiled, whatever whoever measures has in mind.
    env = {"XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": ""}
    lint = (tocsin, "lint", "rules")
    build = Command((tocsin, "build", "rules", "--out", str(compiled)), home, env)
    edits = iter(range(1_000_000))

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    once(build)  # promtool needs something to read
    plain = sorted(str(path) for path in (compiled / "prometheus").iterdir())
    return {
        PROMTOOL: Command((promtool, "check", "rules", *plain), home),
        FIRST: Command(lint, home, env, forget),
        "tocsin lint, again, nothing changed": Command(lint, home, env),
        "tocsin lint, again, one file changed": Command(
            lint, home, env, lambda: catalogue.change(changed, next(edits))
        ),
        "tocsin lint of the compiled files, first run": Command(
            (tocsin, "lint", str(compiled / "prometheus")), home, env, forget
        ),
        "tocsin build": Command(build.argv, home, env, forget),
    }


def _tocsin() -> str:
    """The program that belongs to this Python."""
    return str(Path(sys.executable).with_name("tocsin"))


def _promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        raise Failed("promtool is not on PATH: run `make tools`")
    return found
