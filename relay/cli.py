"""The command `tocsin-relay`. Exit codes: 0 fine, 1 problems found, 2 cannot run."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

import relay
from relay import logs
from relay.config import file as configfile
from relay.config import settings
from relay.config.model import (
    Config,
    Settings,
)
from relay.config.problem import ConfigError, Problem
from relay.intake.merge import merge
from relay.intake.webhook import WebhookError, parse
from relay.loading import cannot_listen, cannot_run, config_of, loaded, read_settings
from relay.message.template import TemplateError
from relay.message.template import load as load_template
from relay.planning.postsonly import WHAT_IS_LOST, in_one_channel
from relay.starting import apart, run

SETTINGS = """
\b
Settings (environment; a secret can also be read from the file that NAME_FILE names):
  RELAY_LISTEN          address of the relay, default 127.0.0.1:9095
  RELAY_DATABASE_URL    default sqlite:///tocsin-relay.sqlite, in the working directory
  RELAY_WEBHOOK_TOKEN   bearer token that Alertmanager must send          (secret)
  SLACK_BOT_TOKEN       without it, messages go to a local sandbox        (secret)
  SLACK_SIGNING_SECRET  checks what Slack sends when a button is pressed  (secret)
  SLACK_APP_TOKEN       buttons without a public address: Socket Mode     (secret)
  SLACK_WEBHOOK_URL     an incoming webhook, where there is no bot: posts only  (secret)
  SLACK_API_URL         default https://slack.com/api/
"""

CONFIG = click.option(
    "--config", "path", type=click.Path(), metavar="FILE", help="The relay's YAML configuration."
)


@click.group(
    epilog=SETTINGS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(relay.__version__, prog_name="tocsin-relay")
def main() -> None:
    """Takes Alertmanager's webhooks and keeps one truthful Slack message per alert group."""


@main.command(epilog=SETTINGS)
@CONFIG
def serve(path: str | None) -> None:
    """Runs receiver and delivery in one process.

    SIGHUP reads the configuration again; SIGTERM finishes the delivery under way and stops.
    """
    run("serve", loaded(path), path)


@main.command(epilog=SETTINGS)
@CONFIG
def web(path: str | None) -> None:
    """Runs the receiver alone: webhooks, Slack's requests, the pages. Any number of them.

    Needs PostgreSQL (RELAY_DATABASE_URL), and `worker` beside it, which delivers. Signals as for
    `serve`.
    """
    run("web", apart("web", path), path)


@main.command(epilog=SETTINGS)
@CONFIG
def worker(path: str | None) -> None:
    """Runs the delivery alone: to Slack, and what people ask for from there. Any number of them.

    Needs PostgreSQL (RELAY_DATABASE_URL), and `web` beside it, which receives. At RELAY_LISTEN
    there are only /healthz, /readyz and /metrics. Signals as for `serve`.
    """
    run("worker", apart("worker", path), path)


@main.command("check-config", epilog=SETTINGS)
@CONFIG
@click.argument("file", required=False, type=click.Path())
def check_config(path: str | None, file: str | None) -> None:
    """Says all that is wrong with a configuration, or what the relay understood.

    Exits with 0 if it is good, 1 if it has problems, 2 if it cannot be read.
    """
    path = path or file
    if path is None:
        cannot_run(["which file? Give --config FILE"])
    problems: list[Problem] = []
    posts_only = False
    try:
        posts_only = settings.read(os.environ).posts_only
    except ConfigError as error:
        problems += error.problems
    try:
        config = configfile.read(path)
        problems += _template_problems(config)
    except ConfigError as error:
        problems += error.problems
    if problems:
        for problem in problems:
            click.echo(problem, err=True)
        sys.exit(1 if Path(path).is_file() else 2)
    if posts_only:
        config = in_one_channel(config)
    click.echo(f"{path} is good.\n" + "\n".join(_summary(config)))
    if posts_only:
        click.echo(f"  note: {WHAT_IS_LOST}")


def _template_problems(config: Config) -> Iterable[Problem]:
    """What the relay would do without: messages go out without a template that fails."""
    for source in config.templates.values():
        try:
            if source.problem:
                raise TemplateError(source.problem)
            load_template(source.source)
        except TemplateError as error:
            yield Problem(f"template {source.name}", error.line, 0, str(error.args[0]))


def _summary(config: Config) -> list[str]:
    rows = [(str(route.matcher), route.channel, route.mention) for route in config.routes]
    rows.append(("everything else", config.default.channel, config.default.mention))
    width = max(len(row[0]) for row in rows)
    lines = []
    for matched, channel, mention in rows:
        mentions = ", ".join(f"{severity}: {text}" for severity, text in mention.items())
        lines.append(
            f"  {matched:<{width}}  -> {channel}" + (f"  ({mentions})" if mentions else "")
        )
    lines.append(f"  severities, mildest first: {', '.join(config.severities.names)}")
    lines += [f"  heartbeat: {each.matcher}" for each in config.heartbeats]
    return lines


@main.command(epilog=SETTINGS)
@CONFIG
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def doctor(path: str | None, form: str) -> None:
    """Tries token, scopes, channels, buttons, database, Alertmanager and Prometheus.

    Posts nothing. Exits with 0 if the relay can work, 1 if something has to be mended, 2 if the
    configuration cannot be used.
    """
    from relay.doctor import Level, examine  # noqa: PLC0415 - slow to import
    from relay.slack.api import Slack  # noqa: PLC0415 - slow to import

    found = loaded(path)
    findings = list(examine(found, Slack(found.settings)))
    bad = any(finding.level is Level.ERROR for finding in findings)
    if form == "json":
        click.echo(json.dumps({"ok": not bad, "findings": [vars(each) for each in findings]}))
    else:
        for each in findings:
            mark = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}[each.level]
            click.echo(f"{mark} {each.subject}: {each.says}")
            if each.mend:
                click.echo(f"        -> {each.mend}")
    sys.exit(1 if bad else 0)


@main.command("export", epilog=SETTINGS)
@click.argument("target", default="-", type=click.Path())
def export_command(target: str) -> None:
    """Writes all that the store of RELAY_DATABASE_URL holds to a file, or - for standard output.

    With `import` it moves from SQLite to PostgreSQL or back. Stop the relay first: what comes in
    meanwhile is not in the file.
    """
    from relay import moving  # noqa: PLC0415 - slow to import

    moving.export_to(target, read_settings().database_url.reveal())


@main.command("import", epilog=SETTINGS)
@click.argument("source", default="-", type=click.Path())
def import_command(source: str) -> None:
    """Fills the new, empty store of RELAY_DATABASE_URL from a file, or - for standard input.

    All of it is taken in, or nothing. The relay then goes on where the old one stopped.
    """
    from relay import moving  # noqa: PLC0415 - slow to import

    moving.import_from(source, read_settings().database_url.reveal())


@main.command()
@click.argument("payload", type=click.Path())
@CONFIG
@click.option("--resolved", is_flag=True, help="The message once all is over.")
@click.option("--html", type=click.Path(), metavar="FILE", help="Write it as a page.")
@click.option("--png", type=click.Path(), metavar="FILE", help="Write a picture; needs Chromium.")
def preview(
    payload: str, path: str | None, resolved: bool, html: str | None, png: str | None
) -> None:
    """Prints the message that a webhook (a JSON file, or -) would become, or draws it.

    Exits with 1 if the webhook is none or the message's template fails.
    """
    from relay import preview as made  # noqa: PLC0415 - the sandbox is slow to import

    try:
        body = sys.stdin.buffer.read() if payload == "-" else Path(payload).read_bytes()
        webhook = parse(body)
        config = config_of(path, None)
    except WebhookError as error:
        click.echo(f"{payload}: {error}", err=True)
        sys.exit(1)
    except ConfigError as error:
        cannot_run(error.problems)
    except OSError as error:
        cannot_run([f"{payload}: {error.strerror}"])
    now = datetime.now(UTC)
    group = merge(None, webhook, now).group
    shown = made.preview(made.resolved(group, now) if resolved else group, config, now)
    try:
        if html:
            Path(html).write_text(shown.html(now), encoding="utf-8")
        if png:
            made.photograph(shown.html(now), Path(png))
    except (OSError, made.NoPictureError) as error:
        cannot_run([error])
    if not (html or png):
        click.echo(json.dumps(shown.data(), indent=2))
    if shown.message.problem:
        click.echo(f"template {shown.message.problem}", err=True)
        sys.exit(1)


@main.command()
@click.option("--listen", default="127.0.0.1:9096", show_default=True, metavar="HOST:PORT")
@click.option(
    "--relay", "address", metavar="URL", help="Where clicks go; needs SLACK_SIGNING_SECRET."
)
def sandbox(listen: str, address: str | None) -> None:
    """Runs the stand-in for Slack alone: its page at /, its API under /api/."""
    from relay.sandbox import Relay, create_sandbox  # noqa: PLC0415 - slow to import
    from relay.server import AddressError, SandboxServer, reserve  # noqa: PLC0415 - as is this

    try:
        host, port = settings.parse_address(listen)
    except ValueError as error:
        cannot_run([f"--listen {error}"])
    here = Settings(host=host, port=port)
    secret = read_settings().slack_signing_secret if address else None
    if address and (secret is None or not address.startswith(("http://", "https://"))):
        cannot_run(["--relay needs an http:// address, and SLACK_SIGNING_SECRET"])
    acted = Relay(address.rstrip("/"), secret.reveal()) if address and secret else None
    try:
        reserve(host, port)
    except AddressError as error:
        cannot_listen("--listen", here.address, error)
    logs.set_up(())
    click.echo(
        f"Sandbox: http://{here.address}/ with SLACK_API_URL=http://{here.address}/api/", err=True
    )
    SandboxServer(create_sandbox(relay=acted), here.address).run()
