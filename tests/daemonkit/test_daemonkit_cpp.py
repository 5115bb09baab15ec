"""The C++ header that is made from a metrics file; examples/ are built and run elsewhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemonkit.cpp import main

FILE = """\
metrics:
  - {name: mill_sacks_total, type: counter, labels: [grain, bin], help: 'Sacks "ground"\\'}
  - {name: mill_depth, type: histogram}
"""


def run(folder: Path, text: str) -> Result:
    (folder / "old-mill.yaml").write_text(text)
    return CliRunner().invoke(main, [str(folder / "old-mill.yaml")])


def test_each_metric_is_a_method_with_an_argument_per_label(tmp_path: Path) -> None:
    text = run(tmp_path, FILE).stdout
    assert "namespace old_mill {" in text
    assert "  prometheus::Counter& mill_sacks_total(" in text
    assert "(const std::string& grain_, const std::string& bin_) {" in text
    assert '.Add({{"grain", grain_}, {"bin", bin_}});' in text
    assert r'.Help("Sacks \"ground\"\\")' in text
    assert '// Sacks "ground"\n' in text
    assert "BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0}" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("metrics: []", "declares no metric"),
        ("metrics: [{name: a, type: summary}]", "from C++ there are: counter, gauge, histogram"),
        ("metrics: [{name: 'a:b', type: gauge}]", "is a name for recording rules"),
        ("metrics: [{name: a, typ: gauge}]", "did you mean `type`?"),
    ],
)
def test_what_cannot_be_made_is_told(tmp_path: Path, text: str, told: str) -> None:
    done = run(tmp_path, text)
    assert done.exit_code == 1
    assert told in done.stderr
    assert done.stderr.startswith("daemonkit.cpp: ")
