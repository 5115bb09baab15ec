"""Starts what runs on: the relay's processes."""

import click

import relay
from relay import logs
from relay.config.model import SANDBOX_PATH, Loaded
from relay.loading import cannot_listen, cannot_run, load, loaded
from relay.planning.postsonly import WHAT_IS_LOST


def apart(role: str, path: str | None) -> Loaded:
    """Settings with which several processes can work together."""
    from relay.store.opening import shared  # noqa: PLC0415 - slow to import

    found = loaded(path)
    problems = []
    if not shared(found.settings.database_url.reveal()):
        problems.append(
            f"`{role}` needs PostgreSQL: set RELAY_DATABASE_URL to postgresql://user@host/database,"
            " or run `serve`, which does everything in one process"
        )
    if found.settings.sandboxed:
        problems.append(
            f"`{role}` needs SLACK_BOT_TOKEN; to try it out run `tocsin-relay sandbox`, and set"
            " SLACK_API_URL to the address that it prints and SLACK_BOT_TOKEN to anything"
        )
    if problems:
        cannot_run(problems)
    return found


def run(role: str, loaded: Loaded, path: str | None) -> None:
    from relay.server import AddressError, Server, reserve  # noqa: PLC0415 - gunicorn is slow to import
    from relay.service import Role, build  # noqa: PLC0415 - as is all that it serves
    from relay.store import StoreError  # noqa: PLC0415 - and where it is kept

    logs.set_up(loaded.settings.secrets)
    try:
        build(loaded, Role(role)).store.close()  # a database that cannot be used is told here, once
        reserve(loaded.settings.host, loaded.settings.port)
    except AddressError as error:
        cannot_listen("RELAY_LISTEN", loaded.settings.address, error)
    except StoreError as error:
        cannot_run([error])
    _say_where(loaded, role)
    Server(loaded, lambda: load(path), Role(role)).run()


def _say_where(loaded: Loaded, role: str) -> None:
    log, here = logs.logger("relay"), loaded.settings
    page = f"http://{here.address}/"
    log.info("tocsin-relay starts", version=relay.__version__, role=role, page=page)
    if here.sandboxed:
        page = f"http://{here.address}{SANDBOX_PATH}/"
        log.warning("no SLACK_BOT_TOKEN: messages go to the sandbox, not to Slack", page=page)
        click.echo(f"No Slack token: messages are shown in the sandbox at {page}", err=True)
    if here.posts_only:
        log.warning(WHAT_IS_LOST)
        click.echo(f"Posts only: {WHAT_IS_LOST}.", err=True)
    if not here.local and not here.webhook_tokens:
        log.warning(
            "anybody who reaches this address can send alerts: set RELAY_WEBHOOK_TOKEN",
            address=here.address,
        )
