"""A service manager's end of systemd's notification protocol."""

import socket
import time

from harness.eventually import stretched


class Manager:
    """A unix datagram socket at `path` that notes when each datagram came."""

    def __init__(self, path):
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def next(self, *expected, within=10.0):
        """The lines of the next datagram that begins with one of `expected`, as a dictionary
        with the time of its arrival as `at`. Signs of life between are passed over."""
        deadline = time.monotonic() + stretched(within)
        while True:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                text = self._socket.recv(4096).decode()
            except TimeoutError:
                raise AssertionError(f"no datagram {expected} within {within:g} s") from None
            if text.startswith(expected):
                found = dict(line.split("=", 1) for line in text.splitlines())
                return found | {"at": time.monotonic()}
            if not text.startswith("WATCHDOG=1"):
                raise AssertionError(f"awaited {expected}, came {text!r}")

    def signs_of_life(self, during):
        """When each came, for so many seconds."""
        seen = []
        deadline = time.monotonic() + during
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                if self._socket.recv(4096) == b"WATCHDOG=1":
                    seen.append(time.monotonic())
            except TimeoutError:
                break
        return seen

    def close(self):
        self._socket.close()


__all__ = ["Manager"]
