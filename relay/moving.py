"""`tocsin-relay export` and `import`: a store to a file and back."""

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

import click
from sqlalchemy.engine import make_url

from relay.loading import cannot_run
from relay.store import StoreError
from relay.store.moving import MovingError
from relay.store.opening import export_store, import_store, shared


def export_to(target: str, url: str) -> None:
    """Writes the whole file or none."""
    path = str(make_url(url).database)
    if not shared(url) and not Path(path).is_file():
        cannot_run([f"there is no database {path}: set RELAY_DATABASE_URL"])
    try:
        if target == "-":
            for line in export_store(url):
                sys.stdout.write(line)
            return
        _write(Path(target), export_store(url))
    except (StoreError, OSError) as error:
        cannot_run([f"cannot export: {_reason(error)}"])
    click.echo(f"{target}: the whole store", err=True)


def _write(target: Path, lines: Iterable[str]) -> None:
    with NamedTemporaryFile(
        "w", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        try:
            file.writelines(lines)
            file.flush()
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink()
            raise


def import_from(source: str, url: str) -> None:
    """Takes in the whole file or nothing of it."""
    try:
        if source == "-":
            count = import_store(url, sys.stdin)
        else:
            with Path(source).open(encoding="utf-8") as file:
                count = import_store(url, file)
    except (MovingError, StoreError, OSError, UnicodeDecodeError) as error:
        cannot_run([f"cannot import, and nothing was changed: {_reason(error)}"])
    click.echo(f"{count} rows taken in", err=True)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'output'}: {error.strerror or error}"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
