"""Free ports on this machine: the usual one of a program where it is free, else any."""

import socket

HOST = "127.0.0.1"

# A port is chosen some time before its program listens on it. Until we end, a name that only one
# process can hold keeps other demos, and other tests, from choosing it as well.
_claimed: set[int] = set()


def free_address(usual: int = 0) -> str:
    """ "127.0.0.1:port", with the usual port when nobody has it; each port is given once."""
    port = usual
    while not (port and _claim(port) and _is_free(port)):
        port = _any()
    return f"{HOST}:{port}"


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _claim(port: int) -> bool:
    if port in _claimed:
        return False
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0tocsin-demo-port-{port}")  # Linux's abstract names: gone with their holder
    except OSError:
        claim.close()
        return False
    claim.detach()  # open for as long as this process lives
    _claimed.add(port)
    return True


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
