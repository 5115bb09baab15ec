"""Pages of programs that are less strict about the format than its parsers."""

import pytest
import yaml
from commands_kit import run

LAX = """\
# TYPE calls counter
calls_total{path="/#x"} 17.0 1520879607.789 # {trace_id="a"} 0.67
calls_created{path="/#x"} 1520430000.123
# TYPE took histogram
took_bucket{le="0.01"} 0 # {} 0.005
took_bucket{le="+Inf"} 17 # {trace_id="b"} 9.8 1520879607.789
took_count 17
took_sum 324789.3
"""


@pytest.mark.parametrize("end", ["# EOF\n", ""])
def test_timestamps_and_exemplars_do_not_matter(end: str) -> None:
    page = LAX if end else LAX.replace("TYPE calls counter", "TYPE calls_total counter")
    done = run(
        "metrics", "import", "-", "--out", "-", "--exposed-by", "x", input=(page + end).encode()
    )
    assert done.exit_code == 0, done.output
    found = {m["name"]: m for m in yaml.safe_load(done.stdout)["metrics"]}
    assert found["calls_total"] == {"name": "calls_total", "type": "counter", "labels": ["path"]}
    assert found["took"] == {"name": "took", "type": "histogram", "labels": []}


def test_a_page_of_names_that_a_catalogue_cannot_hold_says_so() -> None:
    page = b'{"http.requests","k8s.pod"="a"} 1\n'
    done = run("metrics", "import", "-", "--out", "-", "--exposed-by", "x", input=page)
    assert done.exit_code == 2
    assert "`http.requests`" in done.output
