"""A catalogue as a large company would have one, the same every time: rules, metrics, runbooks.

Each file holds the alerts of one service on one technology, such as `rules/kafka/billing.yaml`.
All texts of PromQL differ, as they do where each team names its own service.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import shapes

SEED = 7
RULES_PER_FILE = len(shapes.SHAPES)
TECHNOLOGIES = """
    postgres mysql redis kafka rabbitmq nginx haproxy jvm http grpc etcd elasticsearch mongodb
    memcached consul vault coredns ceph zookeeper cassandra flink spark airflow minio envoy
""".split()
SERVICES = """
    billing orders payments search catalog checkout identity ledger mediation provisioning
    rating reporting roaming sessions shipping signalling subscriptions tickets usage warehouse
""".split()
OWNERS = ("platform", "data", "core", "edge", "product")
SETTINGS = """\
version: 1
targets: {prometheus: "2.42", alertmanager: "0.25"}
severities: [info, warning, critical]
owners:
  platform: {channel: "#platform-alerts", mention: {critical: "<!here>"}}
  data: {channel: "#data"}
  core: {channel: "#core"}
  edge: {channel: "#edge"}
  product: {channel: "#product"}
links:
  runbook: "https://example.org/runbooks/{runbook}"
  dashboard: "https://example.org/d/{dashboard}"
policy: {require: [summary, runbook, owner]}
alertmanager: {relay_url: "http://127.0.0.1:9095/v1/alertmanager"}
"""


@dataclass(frozen=True)
class Written:
    """What was generated: the catalogue's folder, its rule files, how many rules they hold."""

    folder: Path
    files: tuple[Path, ...]
    rules: int


def write(folder: Path, files: int = 500) -> Written:
    """Writes `files` rule files of 20 rules each below `folder`, with what they refer to."""
    rules = folder / "rules"
    (folder / ".git").mkdir(parents=True, exist_ok=True)  # settings of folders above do not count
    _text(rules / "catalogue.yaml", SETTINGS)
    for technology in TECHNOLOGIES:
        _text(rules / "metrics" / f"{technology}.yaml", shapes.metrics(technology))
        _text(folder / "docs" / "runbooks" / f"{technology}.md", shapes.runbook(technology))
    written = []
    for technology, service in _homes(files):
        path = rules / technology / f"{service}.yaml"
        _text(path, _rule_file(technology, service))
        written.append(path)
    return Written(rules, tuple(written), len(written) * RULES_PER_FILE)


def change(path: Path, times: int) -> None:
    """Edits a rule file as a person would: one limit is another one, each time a new one."""
    text = path.read_text(encoding="utf-8")
    edited = re.sub(r"at: 80(\.\d+)?,", f"at: 80.{times + 1},", text, count=1)
    path.write_text(edited, encoding="utf-8")


def _homes(files: int) -> Iterator[tuple[str, str]]:
    """Technology and service of each file."""
    for number in range(files):
        technology = TECHNOLOGIES[number % len(TECHNOLOGIES)]
        turn, place = divmod(number // len(TECHNOLOGIES), len(SERVICES))
        yield technology, SERVICES[place] + (f"-{turn + 1}" if turn else "")


def _rule_file(technology: str, service: str) -> str:
    chance = random.Random(f"{SEED} {technology} {service}")
    lines = [
        f"# {technology} as {service} uses it.",
        f"group: {technology}-{service}",
        f"owner: {OWNERS[TECHNOLOGIES.index(technology) % len(OWNERS)]}",
        "rules:",
    ]
    home = shapes.Home(technology, service, chance)
    rules = [shape(home) for shape in shapes.SHAPES]
    return "\n".join([*lines, *rules]) + "\n"


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
