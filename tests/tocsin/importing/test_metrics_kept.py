"""A file of metrics that is there keeps what people wrote."""

from pathlib import Path

import pytest
from commands_kit import run
from metrics_kit import valid

EDITED = """\
# Ours.
exposed_by: app
metrics:
  # The first.
  - name: b
    type: counter  # for sure
    help: Our own words.

  - name: d_total
    type: gauge
    labels: [z,
      y]  # ours
  # About f.
  - name: f
    type: gauge
    labels:
      - one
# The end.
"""


MORE = """\
# HELP a First.
# TYPE a gauge
a 1
# HELP b Their words.
# TYPE b counter
b{x="1"} 1
# HELP d_total Theirs.
# TYPE d_total counter
d_total{q="1"} 1
# TYPE e gauge
e 1
# TYPE f gauge
f{two="2"} 1
# TYPE g gauge
g 1
# TYPE h gauge
h 1
"""


def test_a_file_keeps_what_people_wrote(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(EDITED)
    done = run("metrics", "import", "-", "--out", file, input=MORE.encode())
    assert done.exit_code == 1
    assert ":10:11: warning: `d_total` is exposed as a counter, not a gauge" in done.stderr
    assert "4 new metrics, 3 known already" in done.stdout
    assert (
        file.read_text()
        == """\
# Ours.
exposed_by: app
metrics:
  - name: a
    type: gauge
    labels: []
    help: First.
  # The first.
  - name: b
    type: counter  # for sure
    labels: [x]
    help: Our own words.

  - name: d_total
    type: gauge
    labels: [z, y, q]  # ours
    help: Theirs.
  - name: e
    type: gauge
    labels: []
  # About f.
  - name: f
    type: gauge
    labels:
      - one
      - two
  - name: g
    type: gauge
    labels: []
  - name: h
    type: gauge
    labels: []
# The end.
"""
    )
    again = run("metrics", "import", "-", "--out", file, input=MORE.encode())
    assert "0 new metrics, 7 known already" in again.stdout


def test_a_file_in_an_order_of_its_own_is_added_to_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("metrics:\n- name: z\n  type: gauge\n- name: y\n  type: gauge\n")
    assert run("metrics", "import", "-", "--out", file, input=b"a 1\n").exit_code == 0
    assert file.read_text().endswith("  type: gauge\n- name: a\n  type: unknown\n  labels: []\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("metrics: [{name: a, type: gauge}]\n", "one metric below the other"),
        ("metrics: []\n", "one metric below the other"),
        ("metrics:\n  -\n    name: a\n    type: gauge\n", "one metric below the other"),
        ("metrics:\n  - name: a\n    typ: gauge\n", "m.yaml:3: `typ` is not known here"),
        ("metrics: [\n", "m.yaml:2: this is not valid YAML"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(content)
    done = run("metrics", "import", "-", "--out", file, input=b"a 1\n")
    assert done.exit_code == 2
    assert said in done.stderr and "--force" in done.stderr
    assert file.read_text() == content
    forced = run("metrics", "import", "-", "--out", file, "--force", input=b"a 1\n")
    assert forced.exit_code == 0
    valid(file.read_text())
