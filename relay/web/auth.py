"""Who may do what: bearer tokens, and requests that a foreign page made a browser send."""

import base64
import binascii
import hmac

from flask import Request

from relay.secret import Secret


def bearer_matches(request: Request, token: Secret) -> bool:
    """Whether the request carries the token, as Alertmanager sends it."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and _equal(given.strip(), token)


def password_matches(request: Request, token: Secret) -> bool:
    """Whether the request carries the token as a browser does: HTTP Basic, any user name."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    return _equal(password, token)


def comes_from_here(request: Request) -> bool:
    """Whether a request that changes something comes from our own page, or from no page at all.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; programs send neither.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin == request.host_url.rstrip("/")


def _equal(given: str, token: Secret) -> bool:
    # Bytes: compare_digest raises on text that is not ASCII.
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.reveal().encode())
