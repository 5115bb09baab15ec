"""Who may speak to the sandbox: programs, and its own page; no other site's page."""

from urllib.parse import urlsplit

from flask import Request, abort


def refuse_other_sites(request: Request) -> None:
    """403 for what a browser sends on behalf of another site.

    Browsers say so in Sec-Fetch-Site and Origin (https://developer.mozilla.org/docs/Web/HTTP/
    Headers/Sec-Fetch-Site); slack_sdk, requests and curl send neither.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "")
    if site not in {None, "none", "same-origin"}:
        abort(403, "not for other sites")
    # A form of our own page says "Origin: null", since the page sends no referrer.
    if site == "same-origin" and origin == "null":
        return
    if origin and urlsplit(origin).netloc != request.host:
        abort(403, "not for other sites")
