"""Free ports on this machine: the usual one of a program where it is free, else any."""

import socket

HOST = "127.0.0.1"


class Ports:
    """Hands out each port once, so that two parts never get the same before they listen."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def address(self, usual: int = 0) -> str:
        """ "127.0.0.1:port", with the usual port when nobody has it."""
        port = usual if usual and usual not in self._given and _is_free(usual) else self._any()
        self._given.add(port)
        return f"{HOST}:{port}"

    def _any(self) -> int:
        while True:
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port: int = probe.getsockname()[1]
            if port not in self._given:
                return port


def _is_free(port: int) -> bool:
    # The exporters listen on every interface by default: a port taken there counts as taken.
    for host in (HOST, "0.0.0.0"):  # noqa: S104 - a probe, closed at once
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
