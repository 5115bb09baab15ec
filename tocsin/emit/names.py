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


def tests_file(path: str, sort: str = "", every: str = "") -> str:
    """The promtool test file of the catalogue's file `path`.

    promtool evaluates all rules of a test file equally often: tests of another `sort` (the
    generated ones), and of rules that are evaluated not as often as usual, have their own files.
    """
    parts = [stem(path), sort, f"every-{every}" if every else ""]
    return f"tests/{'.'.join(part for part in parts if part)}.test.yml"
