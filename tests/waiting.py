"""What tests of several processes have in common: a port for a server, and waiting for what others do."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """A port of loopback that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what: Callable[[], object], name: str, seconds: float) -> object:
    """What is true at last: tests wait for events, not for seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited in vain for {name}")
