"""The environment to Settings, or to every problem it has."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from relay.config.model import SLACK_API, Settings
from relay.config.problem import ConfigError, Problem
from relay.secret import Secret

UNFIT = "holds a character that no HTTP header can carry"
DEFAULT_LISTEN = "127.0.0.1:9095"


def read(environ: Mapping[str, str]) -> Settings:
    """Reads the settings, or raises ConfigError with all that is wrong.

    An empty variable counts as not set: docker-compose passes on unset variables that way.
    """
    problems: list[Problem] = []
    host, port = _listen(environ, problems)
    settings = Settings(
        host=host,
        port=port,
        database_url=_database(environ, problems),
        webhook_tokens=_tokens(environ, "RELAY_WEBHOOK_TOKEN", problems),
        slack_token=_secret(environ, "SLACK_BOT_TOKEN", problems),
        slack_signing_secret=_secret(environ, "SLACK_SIGNING_SECRET", problems),
        slack_app_token=_secret(environ, "SLACK_APP_TOKEN", problems),
        slack_webhook_url=_webhook_url(environ, problems),
        slack_api_url=_api_url(environ, problems),
    )
    if settings.slack_app_token and not settings.slack_token:
        message = "Socket Mode needs SLACK_BOT_TOKEN, too"
        problems.append(Problem("SLACK_APP_TOKEN", 0, 0, message))
    if problems:
        raise ConfigError(problems)
    return settings


def parse_address(text: str) -> tuple[str, int]:
    """ "host:port" or "[v6]:port" or ":port" (every interface); ValueError says what is wrong."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("write an IPv6 address in brackets, as in [::1]:9095")
    if not colon or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise ValueError(f"must be host:port, as in {DEFAULT_LISTEN}")
    return host or "0.0.0.0", int(port)  # noqa: S104 - what ":9095" means everywhere


def _listen(environ: Mapping[str, str], problems: list[Problem]) -> tuple[str, int]:
    try:
        return parse_address(environ.get("RELAY_LISTEN") or DEFAULT_LISTEN)
    except ValueError as error:
        problems.append(Problem("RELAY_LISTEN", 0, 0, str(error)))
        return "", 0


def _database(environ: Mapping[str, str], problems: list[Problem]) -> Secret:
    """The value may hold a password: it is not shown."""
    name = "RELAY_DATABASE_URL"
    known = len(problems)
    url = _raw(environ, name, problems) or Settings().database_url.reveal()
    if url.startswith("postgres://"):  # libpq's other name for it
        url = url.replace("postgres", "postgresql", 1)
    if len(problems) > known:
        return Secret(url)
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        if not _is_database(url):
            message = "must look like postgresql://user@host/database"
            problems.append(Problem(name, 0, 0, message))
    elif not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        message = "must look like sqlite:///path or postgresql://user@host/database"
        problems.append(Problem(name, 0, 0, message))
    elif url.endswith(":memory:"):
        message = "a database in memory would forget everything: give a file"
        problems.append(Problem(name, 0, 0, message))
    return Secret(url)


def _is_database(url: str) -> bool:
    """Whether a database could be there: with a port that is a number, and a database's name."""
    try:
        parts = urlsplit(url)
        return (parts.port is None or parts.port > 0) and len(parts.path) > 1
    except ValueError:
        return False


def _api_url(environ: Mapping[str, str], problems: list[Problem]) -> str:
    url = environ.get("SLACK_API_URL") or SLACK_API
    if not _is_web(url):
        message = "must be an http:// or https:// address"
        problems.append(Problem("SLACK_API_URL", 0, 0, message))
    return url if url.endswith("/") else url + "/"


def _webhook_url(environ: Mapping[str, str], problems: list[Problem]) -> Secret | None:
    url = _secret(environ, "SLACK_WEBHOOK_URL", problems)
    if url and not _is_web(url.reveal()):
        message = "must look like https://hooks.slack.com/services/..."
        problems.append(Problem("SLACK_WEBHOOK_URL", 0, 0, message))
    return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False


def _tokens(environ: Mapping[str, str], name: str, problems: list[Problem]) -> tuple[Secret, ...]:
    """Several secrets, between spaces or on lines."""
    given = _raw(environ, name, problems).split()
    if all(_fits_a_header(token) for token in given):
        return tuple(Secret(token) for token in given)
    problems.append(Problem(name, 0, 0, UNFIT))
    return ()


def _secret(environ: Mapping[str, str], name: str, problems: list[Problem]) -> Secret | None:
    value = _raw(environ, name, problems)
    if not _fits_a_header(value):
        problems.append(Problem(name, 0, 0, UNFIT))
        return None
    return Secret(value) if value else None


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _raw(environ: Mapping[str, str], name: str, problems: list[Problem]) -> str:
    """The variable NAME, or what is in the file that NAME_FILE names. Values are never shown."""
    value, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and path:
        problems.append(Problem(name, 0, 0, f"set either {name} or {name}_FILE, not both"))
        return ""
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            problems.append(Problem(f"{name}_FILE", 0, 0, f"cannot read {path}: {reason}"))
            return ""
        if not value:
            problems.append(Problem(f"{name}_FILE", 0, 0, f"{path} is empty"))
    return value.strip()
