"""What acting needs of Slack's Web API: dialogs, and who is in a user group."""

from typing import Any

from relay.actions.permit import UnknownError
from relay.slack.api import Slack


class SlackPeople:
    """Over the relay's own client: its token, its time-outs, no retries."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        """Opens a dialog; "" or why it could not."""
        answer = self._slack.call("views.open", json={"trigger_id": trigger, "view": view})
        return "" if isinstance(answer, dict) else answer.reason

    def members(self, usergroup: str) -> list[str]:
        """The IDs of a user group's members, or UnknownError."""
        answer = self._slack.call("usergroups.users.list", params={"usergroup": usergroup})
        if not isinstance(answer, dict):
            raise UnknownError(f"the members of {usergroup}: {answer.reason}")
        users = answer.get("users")
        if not isinstance(users, list):
            raise UnknownError(f"the members of {usergroup}: Slack does not say")
        return [user for user in users if isinstance(user, str)]
