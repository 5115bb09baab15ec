"""What is being measured just now, on standard error: some measurements take minutes."""

import click


def say(what: str) -> None:
    """One line."""
    click.echo(f"... {what}", err=True)
