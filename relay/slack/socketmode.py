"""Socket Mode: what Slack sends comes over a connection that we open, so no address is needed.

https://docs.slack.dev/apis/events-api/using-socket-mode. An envelope is
acknowledged only once what it asks for is stored; one that is not is sent again by Slack.
"""

import hashlib
import logging
import threading
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from relay.actions.handler import Handler
from relay.actions.payloads import Asked, Other, PayloadError, command, interactive
from relay.config.model import Settings
from relay.logs import logger
from relay.metrics import Metrics
from relay.store import StoreError

AGAIN_SECONDS = 10.0  # between attempts to connect for the first time; then the client does it

log = logger("relay.slack.socketmode")


class SocketMode:
    """A connection that is held open by threads of slack_sdk's own client, from `start` on."""

    def __init__(self, settings: Settings, handler: Handler, metrics: Metrics) -> None:
        self._settings, self._handler, self._metrics = settings, handler, metrics
        self._client: SocketModeClient | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    def start(self) -> None:
        self._client = _client(self._settings)
        self._client.socket_mode_request_listeners.append(self._heard)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._client:
            self._client.close()

    def _connect(self) -> None:
        """Until it works once; from then on the client keeps the connection itself."""
        assert self._client  # noqa: S101 - made before the thread; for the type checker
        while not self._stop.is_set():
            try:
                self._client.connect()
                log.info("connected by Socket Mode")
                return
            except Exception as error:  # whatever the SDK or the network raises: try again
                log.error("cannot connect by Socket Mode", reason=type(error).__name__)
                self._client.wss_uri = None  # an address is good for one connection
                self._stop.wait(AGAIN_SECONDS)

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            key = hashlib.sha256(str(request.envelope_id).encode("utf-8", "replace")).hexdigest()
            reply = self._handler.handle(_asked(request), key)
        except PayloadError as error:
            log.warning("an envelope that makes no sense", reason=error)
            reply = None
        except StoreError as error:
            log.error("the store failed", reason=error)
            self._metrics.errors.labels("store").inc()
            return
        except Exception:  # in a thread of the SDK's, which would swallow it
            log.exception("an envelope could not be handled")
            self._metrics.errors.labels("fault").inc()
            return
        self._metrics.slack_requests.labels("0").inc()
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, reply))


def _client(settings: Settings) -> SocketModeClient:
    quiet = logging.getLogger("relay.slack_sdk.socket")  # it would log what it gets
    quiet.propagate = False
    quiet.setLevel(logging.CRITICAL + 1)
    web = WebClient(base_url=settings.slack_api_url, retry_handlers=[], logger=quiet)
    token = settings.slack_app_token.reveal() if settings.slack_app_token else ""
    client = SocketModeClient(token, quiet, web)
    if proxy_bypass(urlsplit(settings.slack_api_url).hostname or ""):
        web.proxy = client.proxy = None  # the SDK heeds HTTPS_PROXY but not NO_PROXY
    return client


def _asked(request: SocketModeRequest) -> Asked:
    payload: Any = request.payload
    match request.type:
        case "interactive":
            return interactive(payload)
        case "slash_commands":
            return command(payload if isinstance(payload, dict) else {})
    return Other()
