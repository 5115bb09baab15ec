"""`rule/link`: links are asked of a web server on this machine."""

import json
import socket
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from web_kit import Web, send, serving

from tocsin import links, pipeline
from tocsin.cli import cli

PAGES = {"/ok": 200, "/gone": 404, "/broken": 500, "/secret": 403, "/odd%20%C3%A9": 200}


def page(request: BaseHTTPRequestHandler) -> None:
    path = request.path
    if path == "/moved":
        send(request, 302, Location="/ok")
    elif path == "/to-nowhere":
        send(request, 301, Location="/gone")
    elif path == "/no-head" and request.command == "HEAD":
        send(request, 405)
    elif path == "/hangs-up" and request.command == "HEAD":
        request.connection.shutdown(socket.SHUT_RDWR)
    elif path == "/slow":
        time.sleep(0.5)
    elif path == "/huge":
        send(request, 200 if request.command == "GET" else 405, b"x" * 2_000_000)
    elif path in {"/no-head", "/hangs-up"}:
        send(request, 200)
    elif path == "/elsewhere":
        send(request, 302, Location=request.headers["X-Other"])
    else:
        send(request, PAGES.get(path, 404))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(settings: Any, *urls: str, more: str = "") -> list[dict[str, Any]]:
    """What `rule/link` says of a rule per link."""
    rules = "".join(
        f"      - {{alert: A{number}, expr: up == 0, annotations: {{link: '{url}'}}}}\n"
        for number, url in enumerate(urls)
    )
    Path("rules.yml").write_text(f"groups:\n  - name: g\n    rules:\n{rules}{more}")
    Path("tocsin.yaml").write_text(json.dumps({"lint": {"checks": {"rule/link": settings}}}))
    done = CliRunner().invoke(cli, ["lint", "rules.yml", "--format", "json"])
    problems = json.loads(done.stdout)["problems"]
    assert {problem["check"] for problem in problems} <= {"rule/link"}, problems
    return problems


def lines(problems: list[dict[str, Any]], web: Web) -> list[str]:
    return [f"{p['severity']} {p['rule']}: {p['message']}".replace(web.url, "") for p in problems]


def test_what_is_wrong_with_links(folder: Path) -> None:
    with serving(page) as web:
        paths = ["/ok", "/gone", "/broken", "/secret", "/moved", "/to-nowhere", "/no-head"]
        paths += ["/hangs-up", "/huge", "/odd é", "/ok#part"]
        found = told({}, *(web.url + path.replace(" ", "%20") for path in paths))
    assert lines(found, web) == [
        "warning A1: /gone answers 404 Not Found",
        "warning A2: /broken answers 500 Internal Server Error",
        "info A3: /secret answers 403 Forbidden",
        "warning A5: /to-nowhere answers 404 Not Found",
    ]
    gone = found[0]
    text = Path("rules.yml").read_text().split("\n")[gone["line"] - 1]
    assert text[gone["column"] - 1 : gone["end_column"] - 1] == f"{web.url}/gone"


def test_nobody_there(folder: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/x"
        found = told("error", url, "http://no-such-host.invalid/x")
    assert [problem["severity"] for problem in found] == ["error", "error"]
    assert found[0]["message"] == f"{url} leads nowhere: Connection refused"
    assert " leads nowhere: its host is not known: " in found[1]["message"]


def test_a_page_that_takes_too_long(folder: Path) -> None:
    with serving(page) as web:
        settings = {"links": [{"pattern": ".+", "timeout": "100ms"}]}
        found = told(settings, f"{web.url}/slow")
        assert lines(found, web) == [
            "warning A0: /slow leads nowhere: no answer within 0.1 seconds"
        ]
        assert web.asked == [("HEAD", "/slow")]


def test_each_link_is_asked_once(folder: Path) -> None:
    with serving(page) as web:
        found = told("warning", *[f"{web.url}/gone"] * 3, f"{web.url}/gone#a", f"{web.url}/ok")
        assert [problem["rule"] for problem in found] == ["A0", "A1", "A2", "A3"]
        asked = sorted(web.asked)
    assert asked == [("GET", "/gone"), ("HEAD", "/gone"), ("HEAD", "/ok")]


def test_each_link_is_asked_once_before_and_after_a_change(folder: Path) -> None:
    (folder / ".git").rmdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    with serving(page) as web:
        told({}, f"{web.url}/ok", f"{web.url}/gone")
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
            subprocess.run([*git, *command], check=True)
        rules = Path("rules.yml").read_text().replace("/ok", "/broken")
        Path("rules.yml").write_text(rules.replace("expr: up == 0", "expr: 'up{a=~\"b\"} == 0'"))
        done = CliRunner().invoke(
            cli, ["lint", "rules.yml", "--since", "HEAD", "--fix", "--format", "json"]
        )
        said = [problem["message"] for problem in json.loads(done.stdout)["problems"]]
        assert [text.removeprefix(web.url) for text in said] == [
            "/broken answers 500 Internal Server Error",
            "/gone answers 404 Not Found",
        ]
        assert len(set(web.asked)) == len(web.asked)


def test_templates_are_left_alone(folder: Path) -> None:
    with serving(page) as web:
        urls = [f"{web.url}/{{{{ $labels.host }}}}", f"{web.url}/{{{{$value}}}}/x", "a link"]
        assert told("warning", *urls) == []
        assert web.asked == []


def test_nothing_is_asked_unless_somebody_asks(folder: Path) -> None:
    with serving(page) as web:
        assert told("off", f"{web.url}/gone") == []
        Path("tocsin.yaml").unlink()
        done = CliRunner().invoke(cli, ["lint", "rules.yml"])
        assert (done.exit_code, web.asked) == (0, [])


def test_only_the_lint_asks(folder: Path) -> None:
    with serving(page) as web:
        told("error", f"{web.url}/gone")
        count = len(web.asked)
        assert pipeline.run((Path("rules.yml"),)).result.problems == ()
        assert len(web.asked) == count > 0


def test_settings_of_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIKI_TOKEN", "s3cret")
    with serving(page) as web:
        settings = {
            "ignore": ["https://internal[.].*"],
            "links": [
                {
                    "pattern": "https://wiki[.]example[.]com/([a-z]+)/(.+)",
                    "uri": f"{web.url}/${{2}}",
                    "headers": {"Authorization": "Bearer ${WIKI_TOKEN}", "X-Other": "x"},
                    "comment": "write the page first",
                    "severity": "error",
                },
                {"pattern": "https://closed[.].+", "headers": {"X": "${NOT_THERE}"}},
            ],
        }
        wiki = "https://wiki.example.com/page"
        urls = ["https://internal.x/y", "https://other.invalid/z", "https://closed.x/"]
        found = told(settings, *urls, f"{wiki}/gone", f"{wiki}/ok")
        asked, headers = sorted(web.asked), web.headers
    assert [(p["severity"], p["message"], p["hint"]) for p in found] == [
        (
            "info",
            "https://closed.x/ cannot be asked: `NOT_THERE` is not set in the environment",
            "give `headers` for it, or list it under `ignore`",
        ),
        (
            "error",
            f"{wiki}/gone (asked at {web.url}/gone) answers 404 Not Found",
            "write the page first",
        ),
    ]
    assert asked == [("GET", "/gone"), ("HEAD", "/gone"), ("HEAD", "/ok")]
    assert {sent["authorization"] for sent in headers} == {"Bearer s3cret"}


def test_a_redirect_elsewhere_is_not_told_secrets(folder: Path) -> None:
    with serving(page) as other, serving(page) as web:
        headers = {"Authorization": "Bearer x", "X-Other": f"{other.url}/ok"}
        settings = {"links": [{"pattern": ".+", "headers": headers}]}
        assert told(settings, f"{web.url}/elsewhere") == []
        assert other.asked == [("HEAD", "/ok")]
        assert other.headers[0].keys() & {"authorization", "x-other"} == set()


def test_links_that_a_catalogue_makes(folder: Path) -> None:
    with serving(page) as web:
        Path("catalogue.yaml").write_text(
            f"version: 1\nlinks: {{runbook: '{web.url}/{{runbook}}'}}\n"
            "lint: {checks: {rule/link: warning}}\n"
        )
        Path("rules.yml").write_text(
            "group: g\nrules:\n"
            "  - {alert: A, expr: up == 0, runbook: gone, summary: 'see http://127.0.0.1:1/x.'}\n"
        )
        done = CliRunner().invoke(cli, ["lint", ".", "--format", "json"])
        said = [problem["message"] for problem in json.loads(done.stdout)["problems"]]
    assert said == [
        f"{web.url}/gone answers 404 Not Found",
        "http://127.0.0.1:1/x leads nowhere: Connection refused",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.b/c.", ["https://a.b/c"]),
        ("(https://a.b/c_(d)) and <https://e.f|here>", ["https://a.b/c_(d)", "https://e.f"]),
        ("[here](https://a.b/c), HTTP://A.B", ["https://a.b/c", "HTTP://A.B"]),
        ("https://a.b/{{ $labels.x }}/c https://d", ["https://d"]),
        ("ftp://a.b, //c.d, a.b/c, {{ $externalURL }}/graph", []),
    ],
)
def test_links_in_texts(text: str, found: list[str]) -> None:
    assert [link.url for link in links.links(text)] == found
    assert all(text[link.start : link.end] == link.url for link in links.links(text))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"links": [{"pattern": "("}]}, "`(` is no regular expression"),
        ({"links": [{"uri": "http://x"}]}, "pattern"),
        ({"links": [{"pattern": ".", "timeout": "soon"}]}, "duration"),
        ({"link": []}, "did you mean `links`?"),
    ],
)
def test_settings_that_cannot_be(folder: Path, settings: Any, said: str) -> None:
    Path("rules.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n")
    Path("tocsin.yaml").write_text(json.dumps({"lint": {"checks": {"rule/link": settings}}}))
    done = CliRunner().invoke(cli, ["lint", "rules.yml"])
    assert done.exit_code == 1
    assert said in done.stdout
