"""The reports. One file each; this registry is the only place that lists them."""

from collections.abc import Callable

from tocsin.report import github, gitlab, json_report, junit, sarif, text
from tocsin.report.report import Result, together

__all__ = ["REPORTS", "Result", "together"]

REPORTS: dict[str, Callable[[Result], str]] = {
    "text": text.render,
    "json": json_report.render,
    "github": github.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "gitlab": gitlab.render,
}
