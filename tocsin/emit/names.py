"""Every generated name in one place: files, receivers, routes."""

from pathlib import PurePosixPath

RECEIVER = "tocsin-relay"
ALERTMANAGER_FILE = "alertmanager/alertmanager.yml"
ROUTES_FILE = "relay/routes.yaml"
STAMP_FILE = ".tocsin-build"
FOLDERS = ("alertmanager", "prometheus", "relay", "tests")


def stem(path: str) -> str:
    """`rules/host.yaml` is `host`, `rules/db/pg.yaml` is `db.pg`: one flat folder of output."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[1:] if len(parts) > 1 else parts)


def rules_file(path: str) -> str:
    """The Prometheus rule file of the catalogue's file `path`."""
    return f"prometheus/{stem(path)}.rules.yml"


def tests_file(path: str) -> str:
    """The promtool test file of the catalogue's file `path`."""
    return f"tests/{stem(path)}.test.yml"


def generated_tests_file(path: str, every: int | str = "") -> str:
    """The generated tests of the catalogue's file `path`, evaluated each `every` milliseconds."""
    return f"tests/{stem(path)}.generated{f'-{every}ms' if every else ''}.test.yml"
