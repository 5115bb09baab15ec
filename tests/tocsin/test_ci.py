"""The GitHub Action, the GitLab template and the hooks: their own commands, run as they stand."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
CATALOGUE = "version: 1\npolicy: {require: [summary]}\n"
RULES = "group: a\nrules:\n  - alert: A\n    expr: up == 0\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "rules" / "a.yaml").write_text(RULES)
    (tmp_path / "temp" / "tocsin").mkdir(parents=True)
    (tmp_path / "temp" / "tocsin" / "bin").symlink_to(BIN)
    return tmp_path


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **variables}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def step(**inputs: str) -> tuple[str, dict[str, str]]:
    """The Action's lint step: its script, and its environment as the inputs make it."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    values = {name: found["default"] for name, found in action["inputs"].items()} | inputs
    lint = action["runs"]["steps"][1]
    names = {
        key: re.fullmatch(r"\$\{\{ inputs\.(.+) \}\}", lint["env"][key]) for key in lint["env"]
    }
    assert "${{" not in lint["run"], "an input in a script could be a script itself"
    return lint["run"], {key: values[found[1]] for key, found in names.items() if found}


def test_the_action_annotates_and_fails(project: Path) -> None:
    script, environment = step()
    done = shell(script, project, RUNNER_TEMP=str(project / "temp"), **environment)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=rules/a.yaml,line=3,")


def test_the_action_takes_a_baseline_paths_and_writes_sarif(project: Path) -> None:
    known = "rules --baseline known.json --write-baseline"
    assert shell(f"tocsin lint {known}", project).returncode == 0
    more = {"paths": "rules/a.yaml rules", "baseline": "known.json", "sarif": "out.sarif"}
    script, environment = step(**more)
    done = shell(script, project, RUNNER_TEMP=str(project / "temp"), **environment)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert json.loads((project / "out.sarif").read_text())["version"] == "2.1.0"
    script, environment = step(**{**more, "baseline": ""})
    done = shell(script, project, RUNNER_TEMP=str(project / "temp"), **environment)
    assert done.returncode == 1
    assert json.loads((project / "out.sarif").read_text())["runs"][0]["results"]
    script, environment = step(since="nowhere", sarif="out.sarif")
    done = shell(script, project, RUNNER_TEMP=str(project / "temp"), **environment)
    assert done.returncode == 2, "what cannot run is no clean run"


def job(**inputs: str) -> dict[str, Any]:
    """The GitLab job as the inputs make it."""
    head, body = (ROOT / "templates" / "tocsin-lint.yml").read_text().split("\n---\n")
    declared = yaml.safe_load(head)["spec"]["inputs"]
    values = {name: found["default"] for name, found in declared.items()} | inputs
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: values[found[1]], body)
    found: dict[str, Any] = yaml.safe_load(text)["tocsin-lint"]
    return found


def test_the_gitlab_job_reports_and_fails(project: Path) -> None:
    found = job()
    done = shell("\n".join(found["script"]), project)
    assert done.returncode == 1
    assert "rules/a.yaml:3:" in done.stdout, "for people who read the log"
    report = json.loads((project / found["artifacts"]["reports"]["codequality"]).read_text())
    assert [entry["location"]["path"] for entry in report] == ["rules/a.yaml"]
    assert found["artifacts"]["when"] == "always"
    assert shell("\n".join(job(paths="nowhere")["script"]), project).returncode == 2


def test_the_hooks_run_on_the_whole(project: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["tocsin-lint", "tocsin-fix"]
    for hook in hooks:
        assert hook["language"] == "python" and hook["pass_filenames"] is False
        done = shell(hook["entry"], project)
        assert done.returncode == 1, done.stderr
        assert "the rule has no `summary`" in done.stdout
