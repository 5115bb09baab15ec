"""Templates: the real promtool says what loads, and what fails when an alert is made of it."""

import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.gotemplate import meaning, template
from tocsin.gotemplate.literals import filled, unquoted

BLOCKS = [
    *("{{ if $value }}", "{{ end }}", "{{ else }}", "{{ else if .Labels.x }}", "text", "{{break}}"),
    *('{{ range $i, $e := query "up" }}', "{{ with $x := $value }}", "{{ $x }}", "{{ $y := 1 }}"),
    *(
        '{{ define "t" }}',
        '{{ template "t" . }}',
        '{{ block "b" . }}',
        "{{ continue }}",
        "{{ $e }}",
    ),
    *(
        "{{/* c */}}",
        "{{- /* c */ -}}",
        "{{ 3 -}}",
        "{{- 3 }}",
        "{{-3}}",
        '{{ "}}" }}',
        "{{ $y = 2 }}",
    ),
    *(
        '{{ (index $labels "a").x }}',
        "{{range .Labels}}",
        "{{ end }}",
        '{{ $value | printf "%.0f" }}',
    ),
]
WORDS = [
    *("$labels", ".Labels", ".x", "$value", "$x", ":=", "=", "|", '"a"', "`b`", "'c'", "(", ")"),
    *("if", "else", "end", "range", "with", "define", "template", "block", "break", "1", "-2"),
    *("1.5e3", "0x1F", "5m", "printf", "humanize", "eq", "xxx", "nil", "true", ".", ",", "$", "{"),
    *(
        "-",
        '"',
        "text",
        "else if",
        "$i, $e :=",
        "query",
        "first",
        "$labels.a-b",
        "(1).x",
        "/* c */",
    ),
]
FAILING = [
    "{{ $value | first }}",
    "{{ if gt $value 100 }}x{{ end }}",
    '{{ eq $value "1" }}',
    "{{ eq $labels.job true }}",
    "{{ .Annotations.summary }}",
    "{{ $labels.job.x }}",
    "{{ $value.x }}",
    '{{ (query "up").Value }}',
    '{{ (query "up" | first).Metric }}',
    "{{ toUpper $value }}",
    "{{ humanize }}",
    "{{ $labels.job | humanize 1 }}",
    '{{ template "elsewhere" . }}',
    "{{ $labels | toUpper }}",
    '{{ label "job" $labels }}',
    "{{ with 2.5 }}{{ . | toUpper }}{{ end }}",
    '{{ range query "up" }}{{ .Labels.job.x }}{{ end }}',
    "{{ $x := $labels }}{{ $x.job | first }}",
    "{{ (toTime $value) | title }}",
]
WORKING = [
    "{{ $value }} {{ .Value | humanize }} {{ $labels.job | toUpper }} {{ $labels.nothing }}",
    "{{ if gt $value 100.0 }}x{{ else if eq $value 1.0 }}y{{ end }}",
    '{{ query "up" | first | value }} {{ (query "up" | first).Labels.job }}',
    '{{ range $i, $e := query "up" }}{{ $i }}{{ $e.Value }}{{ .Labels.job }}{{ end }}',
    '{{ index $labels "job" | title }} {{ len $labels }} {{ (index (query "up") 0).Value }}',
    "{{ range $name, $value := $labels }}{{ $name | title }}={{ $value | title }}{{ end }}",
    '{{ define "t" }}{{ . }}{{ end }}{{ template "t" $value }}',
    '{{ block "b" $labels }}{{ .job }}{{ end }}',
    '{{ (toTime $value).Unix }} {{ or $labels.x "y" | toUpper }} {{ and $labels.job "y" | title }}',
    "{{ with $labels }}{{ .job }}{{ end }} {{ with $x := $labels.job }}{{ $x | title }}{{ end }}",
    '{{ "1.5" | humanize }} {{ 3 | humanizeDuration }} {{ args 1 2 }} {{ (args 1).arg0 }}',
    "{{ $externalLabels.x }} {{ $.Value }} {{ $.Labels.job }}",
    '{{ reReplaceAll "a(.*)" "$1" $labels.job }} {{ match "a" $labels.job }} {{ stripPort "a:1" }}',
    "{{ eq 1 2 }} {{ ne $labels.job $labels.x }} {{ not $value }} {{ 'c' }} {{ print nil }}",
]


def random_templates(count: int) -> list[str]:
    choice = random.Random(20_240_501)
    found = []
    for _ in range(count):
        if choice.random() < 0.5:
            found.append("".join(choice.choice(BLOCKS) for _ in range(choice.randint(1, 6))))
        else:
            blank = choice.choice(["", " "])
            words = [choice.choice(WORDS) for _ in range(choice.randint(1, 6))]
            found.append(f"{{{{{blank}{blank.join(words)}{blank}}}}}")
    return found


def rules_file(folder: Path, templates: list[str]) -> Path:
    rules = [
        {"alert": f"A{number}", "expr": "up > 0", "annotations": {"s": text}}
        for number, text in enumerate(templates)
    ]
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}, width=10_000))
    return path


def test_what_loads_is_what_promtool_loads(promtool: Path, tmp_path: Path) -> None:
    templates = random_templates(1500)
    path = rules_file(tmp_path, templates)
    command = [promtool, "check", "rules", "--lint=none", path]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    wrong = {int(number) for number in re.findall(r'rule \d+, "A(\d+)": annotation', told)}
    assert len(wrong) > 500
    ours = {number for number, text in enumerate(templates) if template(text).faults}
    assert [templates[number] for number in ours ^ wrong] == []


@pytest.fixture(scope="module")
def made(promtool: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What promtool makes of FAILING and WORKING, by number."""
    folder = tmp_path_factory.mktemp("made")
    templates = FAILING + WORKING
    alerts = [
        {"eval_time": "1m", "alertname": f"A{number}", "exp_alerts": [{"exp_labels": {"x": "y"}}]}
        for number in range(len(templates))
    ]
    series = [{"series": 'up{job="a"}', "values": "1 1 1"}]
    tests: dict[str, Any] = {
        "rule_files": [str(rules_file(folder, templates))],
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": alerts}],
    }
    (folder / "t.yml").write_text(yaml.safe_dump(tests))
    command = [promtool, "test", "rules", folder / "t.yml"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    shown = re.findall(r"alertname: A(\d+), time.*?got:\[(.*?)(?=alertname: |\Z)", told, re.DOTALL)
    return {int(number): text for number, text in shown}


def test_what_fails_is_what_promtool_sees_fail(made: dict[int, str]) -> None:
    templates = FAILING + WORKING
    assert len(made) == len(templates)
    failing = [templates[n] for n, text in sorted(made.items()) if "error expanding" in text]
    assert failing == FAILING
    assert [text for text in templates if meaning(text).faults] == FAILING


def test_labels_that_are_asked_for_are_guarded() -> None:
    text = "{{ if $labels.a }}{{ $labels.a }}{{ $labels.b }}{{ else }}{{ $labels.c }}{{ end }}"
    text += (
        '{{ or $labels.d "x" }}{{ if eq $labels.e "y" }}{{ end }}{{ with not $labels.f }}{{ end }}'
    )
    text += "{{ with toUpper $labels.g }}{{ . }}{{ end }}"
    found = {read.name: read.guarded for read in meaning(text).reads if not read.guarded}
    assert found.keys() == {"b", "c", "g"}


def test_a_template_that_does_not_load_means_nothing() -> None:
    found = meaning("{{ $labels.a }}{{ $x }}")
    assert (found.reads, found.faults) == ([], [])


def test_labels_read_in_every_way() -> None:
    text = '{{ .Labels.a }}{{ $labels.b }}{{ $l := .Labels }}{{ $l.c }}{{ index $labels "d-e" }}'
    text += "{{ with .Labels }}{{ .f }}{{ end }}{{ range $.Labels }}{{ . }}{{ end }}"
    reads = list(meaning(text).of_alert)
    assert [read.name for read in reads] == ["a", "b", "c", "d-e", "f"]
    assert [text[read.start : read.end] for read in reads] == ["a", "b", "c", "d-e", "f"]


def test_labels_of_queries() -> None:
    text = '{{ with query "up" }}{{ . | first | label "a" }}{{ end }}'
    text += '{{ (query "sum(up)" | first).Labels.b }}{{ range query "x" }}{{ .Labels.c }}{{ end }}'
    found = [(read.name, getattr(read.of, "texts", None)) for read in meaning(text).reads]
    assert found == [("a", ("up",)), ("b", ("sum(up)",)), ("c", ("x",))]


def test_literals() -> None:
    assert unquoted(r'"a\"b"') == 'a"b'
    assert unquoted(r"`a\b`") == r"a\b"
    assert unquoted(r'"\q"') == r"\q"
    assert filled("x{a='%s'} > %d%%", 2)[0] == "x{a='x'} > 1%"
    assert filled("x{a=%q,b='%s'}", 1)[0] == """x{a="x",b='%s'}"""
