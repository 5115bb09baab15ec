"""Who may do what: bearer tokens, and requests that a foreign page made a browser send."""

import base64
import binascii
import hmac
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from relay.secret import Secret


def bearer_matches(request: Request, tokens: Collection[Secret]) -> bool:
    """Whether the request carries one of the tokens, as Alertmanager sends it."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and _one_of(given.strip(), tokens)


def password_matches(request: Request, tokens: Collection[Secret]) -> bool:
    """Whether the request carries one as a browser does: HTTP Basic, any user name."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    return _one_of(password, tokens)


def comes_from_here(request: Request) -> bool:
    """Whether a request that changes something comes from our own page, or from no page at all.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; programs send neither.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin == request.host_url.rstrip("/")


def browsed(request: Request) -> bool:
    """Whether a browser sent it: no program that sends alerts says so."""
    return "Sec-Fetch-Site" in request.headers or "Origin" in request.headers


def asks_this_machine(request: Request, page: str) -> bool:
    """Whether the request was meant for us: by an address, as localhost, or by the name that `page`
    has. A foreign page whose name was pointed at this machine meanwhile has its own name there."""
    try:
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        known = urlsplit(page).hostname
    except ValueError:
        return False
    if name in {"", "localhost", known} or name.endswith(".localhost"):
        return True
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _one_of(given: str, tokens: Collection[Secret]) -> bool:
    """In constant time: each is compared, whichever matches."""
    # Bytes: compare_digest raises on text that is not ASCII.
    said = given.encode("utf-8", "replace")
    matches = [hmac.compare_digest(said, token.reveal().encode()) for token in tokens]
    return any(matches)
