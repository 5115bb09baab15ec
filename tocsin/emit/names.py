"""Every generated name in one place: files, receivers, routes."""

import re
from pathlib import PurePosixPath

RECEIVER = "tocsin-relay"
ALERTMANAGER_FILE = "alertmanager/alertmanager.yml"
ROUTES_FILE = "relay/routes.yaml"
STAMP_FILE = ".tocsin-build"
FOLDERS = ("alertmanager", "kubernetes", "prometheus", "relay", "tests")


def stem(path: str) -> str:
    """`rules/host.yaml` is `host`, `rules/db/pg.yaml` is `db.pg`: one flat folder of output."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[1:] if len(parts) > 1 else parts)


def rules_file(path: str) -> str:
    """The Prometheus rule file of the catalogue's file `path`."""
    return f"prometheus/{stem(path)}.rules.yml"


def branch_label(number: int) -> str:
    """The empty label that tells the alerts of a rule's overrides apart in a rule file."""
    return f"override_{number}"


def resource_name(path: str) -> str:
    """The name of the Kubernetes resource of the catalogue's file `path`: lower case, no dots.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/names
    """
    word = re.sub(r"[^a-z0-9]+", "-", stem(path).lower()).strip("-") or "rules"
    return f"tocsin-{word}"[:63].rstrip("-")


def resource_file(path: str) -> str:
    """The file of that resource."""
    return f"kubernetes/{resource_name(path)}.yaml"


def tests_file(path: str, sort: str = "", every: str = "") -> str:
    """The promtool test file of the catalogue's file `path`.

    promtool evaluates all rules of a test file equally often: tests of another `sort` (the
    generated ones), and of rules that are evaluated not as often as usual, have their own files.
    """
    parts = [stem(path), sort, f"every-{every}" if every else ""]
    return f"tests/{'.'.join(part for part in parts if part)}.test.yml"
