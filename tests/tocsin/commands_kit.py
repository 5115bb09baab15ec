"""The command in this process, and a small catalogue for it."""

from pathlib import Path

from click.testing import CliRunner, Result

from tocsin.cli import cli

GOLDEN = Path(__file__).parent / "golden" / "input"
RULES = """\
group: a
rules:
  - alert: Down
    expr: up == 0
    for: 1m
    severity: warning
    tests:
      - name: gone
        interval: 1m
        series: {'up{host="h1"}': 1 0 0 0 0}
        firing:
          1m: []
          3m: [{host: h1}]
"""


def run(*arguments: object, input: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=input)
