"""What people install: sdist -> wheel -> a clean environment that finds schemas and rules."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROBE = """\
import json, pathlib, daemonkit, relay.resources, tocsin, tocsin.resources
print(pathlib.Path(tocsin.__file__).parent)
print(*sorted(p.name for p in tocsin.resources.folder("schemas").iterdir()))
print(*sorted(p.name for p in tocsin.resources.folder("rules").rglob("*.yaml")))
print(tocsin.resources.folder("schemas"))
print(json.loads(relay.resources.schema("relay.schema.json"))["$schema"])
print(daemonkit.declare("node_exporter.yaml").file)
"""


def run(*command: object, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, built from the sdist as a user's pip would."""
    work = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--no-isolation")
    run(*build, "--sdist", "--outdir", work, ROOT, cwd=work)
    with tarfile.open(next(work.glob("*.tar.gz"))) as archive:
        archive.extractall(work, filter="data")
    unpacked = next(path for path in work.iterdir() if path.is_dir())
    run(*build, "--wheel", "--outdir", work, unpacked, cwd=work)
    target = work / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--target", target, next(work.glob("*.whl")), cwd=work)
    return target


def test_the_installed_package_finds_its_data(installed: Path) -> None:
    shown = run(sys.executable, "-c", PROBE, cwd=installed.parent, PYTHONPATH=str(installed))
    package, schemas, rules, folder, _, metrics = shown.splitlines()
    assert Path(package) == installed / "tocsin"
    assert schemas.split() == sorted(path.name for path in (ROOT / "schemas").iterdir())
    assert rules.split() == sorted(path.name for path in (ROOT / "rules").rglob("*.yaml"))
    assert Path(folder).is_relative_to(installed)
    assert Path(metrics).is_relative_to(installed)


def test_the_installed_commands_run(installed: Path) -> None:
    rules = ROOT / "rules"
    commands = [
        ("tocsin.cli", ["lint", rules]),
        ("relay.cli", ["--help"]),
        ("daemonkit.sdcommand", ["--help"]),
    ]
    for module, arguments in commands:
        code = f"import sys, {module} as m; sys.argv[0] = 'x'; m.main()"
        run(sys.executable, "-c", code, *arguments, cwd=installed.parent, PYTHONPATH=str(installed))


def test_nothing_but_the_product_is_in_the_wheel(installed: Path) -> None:
    tops = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert tops - {"bin"} == {"daemonkit", "relay", "tocsin"}
