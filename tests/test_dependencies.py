"""What is installed is what `constraints.txt` names, and fits together."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def installed(name: str) -> str:
    return metadata.version(name).removeprefix("v")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line.strip() and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "names and versions only"
    return {plain(name): version for name, version in pairs}


def test_every_dependency_is_pinned_and_installed_so() -> None:
    known = pinned()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    for each in [*project["dependencies"], *extras]:
        name = plain(re.split(r"[\[<>=!~;\s]", each)[0])
        assert installed(name) == known[name], name


def test_nothing_is_installed_that_is_not_pinned() -> None:
    ours = {"tocsin", "pip", "setuptools", "wheel"}
    there = {plain(each.name): each.version.removeprefix("v") for each in metadata.distributions()}
    assert {name: there[name] for name in there if name not in ours} == {
        name: version for name, version in pinned().items() if name in there
    }


def test_what_is_installed_fits_together() -> None:
    check = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
