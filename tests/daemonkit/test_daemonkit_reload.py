"""Services whose configuration changes: told by URL or signal, or started anew; and refusals."""

import time
from pathlib import Path

from daemonkit_kit import free_port, until
from prometheus_client import CollectorRegistry
from supervisor_kit import Told, server, value

from daemonkit.supervisor import RESTART, Service, Supervisor


def test_a_changed_configuration_is_posted_and_a_refusal_told(
    supervisor: Supervisor, told: Told, registry: CollectorRegistry, tmp_path: Path
) -> None:
    config, seen = tmp_path / "config", tmp_path / "told"
    config.write_text("good")
    supervisor.start(server(seen, config, reload="POST"))
    supervisor.wait_ready(20)
    assert not seen.exists()
    config.write_text("better")
    until(told.has("server reloads"), "the reload")
    assert seen.read_text() == "posted"
    config.write_text("bad")
    until(told.has("server refuses its changed configuration: 400 line 7 is wrong"), "the refusal")
    assert value(registry, "reloads_total", "server") == 2
    assert value(registry, "reload_failures_total", "server") == 1
    assert value(registry, "starts_total", "server") == 1


def test_a_url_that_nobody_answers_is_a_failed_reload(
    supervisor: Supervisor, told: Told, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    url = f"http://127.0.0.1:{free_port()}/"
    supervisor.start(Service("deaf", ("sleep", "60"), watch=(str(config),), reload=url))
    supervisor.wait_ready(20)
    time.sleep(0.3)
    config.write_text("new")
    until(told.has("deaf refuses its changed configuration: [Errno 111]"), "the failure")


def test_a_changed_configuration_is_told_by_a_signal_or_a_new_start(
    supervisor: Supervisor, told: Told, registry: CollectorRegistry, tmp_path: Path
) -> None:
    config, seen = tmp_path / "rules", tmp_path / "told"
    config.mkdir()
    pattern = (str(config / "*.yml"),)
    supervisor.start(
        server(seen, config, watch=pattern),
        Service("anew", ("sleep", "60"), watch=pattern, reload=RESTART),
    )
    supervisor.wait_ready(20)
    until(lambda: value(registry, "ready", "anew") == 1, "readiness")
    time.sleep(0.3)
    (config / "a.yml").write_text("new")
    until(seen.exists, "the signal")
    assert seen.read_text() == "HUP"
    until(lambda: value(registry, "starts_total", "anew") == 2, "the new start")
    assert value(registry, "failures_total", "anew") == 0
    (config / "a.yml").unlink()
    until(lambda: value(registry, "starts_total", "anew") == 3, "the next, for a file that is gone")
