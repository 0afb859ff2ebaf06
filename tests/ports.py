"""Ports for servers that tests start."""

import random
import socket


def free_port() -> int:
    """A free loopback port below the range from which the kernel gives ports to clients."""
    for _ in range(100):
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port in a hundred tries")
