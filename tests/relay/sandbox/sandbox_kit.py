"""A sandbox with a clock that tests move, and a client that speaks as slack_sdk does."""

from typing import Any

from relay.sandbox import NO_LIMITS, create_sandbox

NOON = 1_795_176_000.25  # 2026-11-20 12:00 UTC


class Slack:
    """Calls methods of a sandbox through Flask's test client."""

    def __init__(self, **options: Any) -> None:
        self.now = NOON
        self.slept: list[float] = []
        self.app = create_sandbox(**{"limits": NO_LIMITS, "clock": lambda: self.now, **options})
        self.app.extensions["sandbox"].sleep = self.slept.append
        self.http = self.app.test_client()

    def respond(self, method: str, token: str = "xoxb-1", **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.post(f"/api/{method}", json=arguments, headers=headers)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.respond(method, **arguments).get_json()
        return answer

    def post(self, text: str = "hello", channel: str = "#alerts", **more: Any) -> dict[str, Any]:
        return self.call("chat.postMessage", channel=channel, text=text, **more)

    def page(self, path: str = "/") -> str:
        response = self.http.get(path)
        assert response.status_code == 200
        return response.get_data(as_text=True)
