"""What the real Prometheus returns for expressions: labels and values, through promtool."""

import json
import re
import subprocess
from pathlib import Path

import yaml

Sample = tuple[dict[str, str], float]

_RESULT = re.compile(
    r'expr: (?P<expr>"(?:\\.|[^"\\])*"), time: \w+,\n\s*exp: [^\n]*\n\s*got: (?P<got>[^\n]*)'
)
_SAMPLE = re.compile(r'\{(?P<labels>(?:[^"}]|"(?:\\.|[^"\\])*")*)\} (?P<value>[^\s,]+)')
_LABEL = re.compile(r'(?P<name>\w+)=(?P<value>"(?:\\.|[^"\\])*")')


def evaluate(
    promtool: Path, folder: Path, series: dict[str, str], exprs: list[str]
) -> dict[str, list[Sample]]:
    """The results, after half an hour, of each expression that can be evaluated.

    Each test expects a sample that never comes, so that promtool shows what came instead.
    """
    never = [{"labels": 'marker{never="ever"}', "value": 4711}]
    content = {
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": key, "values": text} for key, text in series.items()],
                "promql_expr_test": [
                    {"expr": expr, "eval_time": "30m", "exp_samples": never} for expr in exprs
                ],
            }
        ],
    }
    file = folder / "vectors.test.yml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    ran = subprocess.run(
        [promtool, "test", "rules", file], capture_output=True, text=True, check=False
    )
    found = {}
    for result in _RESULT.finditer(ran.stderr + ran.stdout):
        found[json.loads(result["expr"])] = [
            (
                {label["name"]: json.loads(label["value"]) for label in labels(sample["labels"])},
                float(sample["value"]),
            )
            for sample in _SAMPLE.finditer(result["got"])
        ]
    return found


def labels(text: str) -> list[re.Match[str]]:
    return list(_LABEL.finditer(text))
