"""Files of the strict stand-in for Slack: announced, uploaded, shared, each once, in this order."""

from typing import Any

from strict_parts import Refusal


class Files:
    """By ID, with their bytes."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def announce(self, given: dict[str, Any]) -> str:
        """files.getUploadURLExternal: the new file's ID."""
        length = int(given.get("length") or 0)
        if not given.get("filename") or length < 1:
            raise Refusal("invalid_arguments")
        name = f"F{len(self._known) + 1:08}"
        self._known[name] = {"length": length, "data": None, "shared": False}
        return name

    def take(self, name: str, data: bytes) -> bool:
        """The bytes themselves; False if they are not what was announced."""
        file = self._known.get(name)
        if file is None or len(data) != file["length"]:
            return False
        file["data"] = data
        return True

    def share(self, listed: list[Any]) -> list[str]:
        """files.completeUploadExternal: the IDs of those that are now seen."""
        for each in listed:
            file = self._known.get(each.get("id"))
            if file is None or file["data"] is None or file["shared"]:
                raise Refusal("file_not_found")
            file["shared"] = True
        return [each["id"] for each in listed]

    def bytes_of(self, name: str) -> bytes:
        return bytes(self._known[name]["data"])
