"""Metrics pages in tests: what is taken of them."""

from typing import Any

import yaml
from commands_kit import run

from tocsin import schema as schemas
from tocsin import yamldoc


def taken(page: str | bytes, *options: object) -> dict[str, dict[str, Any]]:
    content = page.encode() if isinstance(page, str) else page
    done = run("metrics", "import", "-", "--out", "-", *options, input=content)
    assert done.exit_code == 0, done.output
    valid(done.stdout)
    return {entry["name"]: entry for entry in yaml.safe_load(done.stdout)["metrics"]}


def valid(text: str) -> None:
    source, problems = yamldoc.read("m.yaml", text.encode())
    assert [*problems, *schemas.check(source, "metrics")] == []
