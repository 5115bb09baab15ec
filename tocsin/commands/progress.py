"""How far a long command has come: counted on a terminal, nothing anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def counter(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """A function that is told how many more are done; the line is gone afterwards."""
    shown, done = sys.stderr.isatty(), 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if shown:
            click.echo(f"\r{done}/{total} {what} ", nl=False, err=True)

    count(0)
    try:
        yield count
    finally:
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
