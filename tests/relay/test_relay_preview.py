"""`tocsin-relay preview`: as data, as a page that stands alone, as a picture."""

import json
import shutil
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from relay_kit import alert, payload

from relay import preview
from relay.cli import main

CONFIG = """\
version: 1
default_channel: "#alerts"
default_template: ops
templates:
  ops: ops.j2
  short: "{% block text %}{{ name }}{% endblock %}"
routes:
  - match: {team: db}
    channel: "#db"
    template: short
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("payload.json").write_text(json.dumps(payload(alert("h1"), alert("h2", severity="info"))))
    Path("relay.yaml").write_text(CONFIG)
    Path("ops.j2").write_text("{% block title %}{{ default }} by ops{% endblock %}")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["preview", "payload.json", *arguments])


def test_a_page_stands_alone() -> None:
    done = run("--html", "out.html", "--config", "relay.yaml")
    assert (done.exit_code, done.output) == (0, "")
    page = Path("out.html").read_text()
    assert "FIRING warning · A (2) by ops" in page
    assert "trouble on h1" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert 'src="/' not in page
    assert 'href="/' not in page


def test_once_all_is_over() -> None:
    shown = json.loads(run("--resolved").stdout)
    assert shown["text"].startswith("✅ RESOLVED warning · A (2) — lasted")


def test_a_route_has_its_own_template_or_the_default_one() -> None:
    assert "by ops" in json.loads(run("--config", "relay.yaml").stdout)["blocks"][0]["text"]["text"]
    Path("payload.json").write_text(json.dumps(payload(alert("h1", team="db"))))
    shown = json.loads(run("--config", "relay.yaml").stdout)
    assert shown["text"] == "A"
    assert "by ops" not in shown["blocks"][0]["text"]["text"]


def test_a_template_that_fails_is_told_and_so_is_the_message() -> None:
    Path("ops.j2").write_text("{% block title %}{{ nmae }}{% endblock %}")
    done = run("--config", "relay.yaml")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["template_problem"].startswith("ops: title: 'nmae' is not known")
    assert "template ops: title: 'nmae'" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% block title %}\n{{ nmae }}{% endblock %}", "template ops:2:0: title: 'nmae' is not"),
        (None, "template ops: ops.j2: No such file or directory"),
        (b"\xff\xfe", "template ops: ops.j2 is not UTF-8 (byte 0)"),
    ],
)
def test_check_config_judges_templates(text: str | bytes | None, said: str) -> None:
    file = Path("ops.j2")
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = CliRunner().invoke(main, ["check-config", "relay.yaml"])
    assert done.exit_code == 1
    assert said in done.stderr
    shown = run("--config", "relay.yaml")  # alerts are told all the same
    assert "FIRING warning · A" in json.loads(shown.stdout)["text"]


def test_a_template_that_is_not_there_is_a_slip() -> None:
    Path("relay.yaml").write_text(CONFIG.replace("template: short", "template: shrot"))
    done = CliRunner().invoke(main, ["check-config", "relay.yaml"])
    assert "relay.yaml:10:15: no template is called `shrot` (did you mean `short`?)" in done.stderr
    Path("relay.yaml").write_text('version: 1\ndefault_channel: "#a"\ndefault_template: x\n')
    done = CliRunner().invoke(main, ["check-config", "relay.yaml"])
    assert "there are no `templates:`" in done.stderr


def test_without_a_browser_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    done = run("--png", "out.png")
    assert done.exit_code == 2
    assert "a PNG needs a browser on PATH: chromium" in done.stderr
    assert not Path("out.png").exists()


@pytest.mark.parametrize("says", ["exit 3", "exit 0"])
def test_a_browser_that_fails_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    fake = folder / "chromium"
    fake.write_text(f"#!/bin/sh\n{says}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(fake))
    with pytest.raises(preview.NoPictureError):
        preview.photograph("<p>", folder / "out.png")


def test_a_page_that_cannot_be_written_is_told() -> None:
    assert run("--html", "no/such/folder.html").exit_code == 2


@pytest.mark.real
def test_a_picture_is_as_high_as_its_message(chromium: Path) -> None:
    heights = []
    for count in (1, 20):
        alerts = [alert(f"h{number}") for number in range(count)]
        Path("payload.json").write_text(json.dumps(payload(*alerts)))
        done = run("--png", "out.png")
        assert (done.exit_code, done.output) == (0, "")
        width, height = struct.unpack(">II", Path("out.png").read_bytes()[16:24])
        assert width == preview.WIDTH
        heights.append(height)
    assert 150 < heights[0] < heights[1] < 1200
