"""A C++ header of the metrics that a file of `rules/metrics/` declares, for prometheus-cpp:

    python -m daemonkit.cpp rules/metrics/mill.yaml > mill_metrics.hpp

Each metric is a method with an argument per label, so that what is misspelt does not compile.
"""

import json
import re
import sys
from pathlib import Path

import click

from daemonkit import metricsfile
from daemonkit.metricsfile import Declared
from daemonkit.problem import KitError

DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_KINDS = {"counter": "Counter", "gauge": "Gauge", "histogram": "Histogram"}
_HEAD = """\
// Made from {file} by daemonkit.cpp: change that, and make it anew.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace {name} {{

// Each method gives the series of its label values, made by the first call, at 0. It costs a
// look-up: keep what it returns, which lives as long as the registry.
class Metrics {{
 public:
  explicit Metrics(prometheus::Registry& registry)
      : {families} {{}}
"""


def header(file: str, metrics: dict[str, Declared]) -> str:
    """The header's text. KitError for what cannot be exposed from C++."""
    if not metrics:
        raise KitError(f"{file} declares no metric")
    for declared in metrics.values():
        _check(declared)
    families = ",\n        ".join(_made(each) for each in metrics.values())
    name = re.sub(r"\W", "_", Path(file).stem)
    parts = [
        _HEAD.format(file=Path(file).name, name=name, families=families),
        *(_method(each) for each in metrics.values()),
        "\n private:",
        *(f"  prometheus::Family<{_type(each)}>& {each.name}_;" for each in metrics.values()),
        f"}};\n\n}}  // namespace {name}",
    ]
    return "\n".join(parts) + "\n"


def _check(declared: Declared) -> None:
    if declared.type not in _KINDS:
        known = ", ".join(_KINDS)
        raise KitError(f"`{declared.name}` is a {declared.type}; from C++ there are: {known}")
    if ":" in declared.name:
        raise KitError(f"`{declared.name}` is a name for recording rules, not for a daemon")


def _type(declared: Declared) -> str:
    return f"prometheus::{_KINDS[declared.type]}"


def _made(declared: Declared) -> str:
    builder = f"prometheus::Build{_KINDS[declared.type]}()"
    name, text = json.dumps(declared.name), json.dumps(declared.help, ensure_ascii=False)
    return f"{declared.name}_({builder}.Name({name}).Help({text}).Register(registry))"


def _method(declared: Declared) -> str:
    arguments = ", ".join(f"const std::string& {label}_" for label in declared.labels)
    labels = ", ".join(f'{{"{label}", {label}_}}' for label in declared.labels)
    buckets = ""
    if declared.type == "histogram":
        bounds = ", ".join(repr(float(bound)) for bound in declared.buckets or DEFAULT_BUCKETS)
        buckets = f", prometheus::Histogram::BucketBoundaries{{{bounds}}}"
    return (
        # A backslash at the end of a comment would make the next line part of it.
        f"\n  // {' '.join(declared.help.split()).rstrip(chr(92)) or declared.name}\n"
        f"  {_type(declared)}& {declared.name}({arguments}) {{\n"
        f"    return {declared.name}_.Add({{{labels}}}{buckets});\n"
        "  }"
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(path_type=Path))
def main(file: Path) -> None:
    """Prints a C++ header with the metrics of FILE. Exits with 1 if FILE has problems."""
    try:
        click.echo(header(str(file), metricsfile.read(file)), nl=False)
    except KitError as error:
        click.echo(f"daemonkit.cpp: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main(prog_name="python -m daemonkit.cpp")
