"""A network of its own for a test, whose cable can be pulled: Linux only, needs root."""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import unittest

from harness.eventually import stretched

_INSIDE = "MLLP_IN_OWN_NETWORK"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET


def _can_unshare():
    """Tried in a process that ends with it."""
    child = os.fork()
    if child == 0:
        os._exit(ctypes.CDLL(None).unshare(_NEW_NETWORK) != 0)
    return os.waitpid(child, 0)[1] == 0


def in_own_network(test):
    """Decorates a test: it runs again, alone, in a process that has a network of its own."""
    def run(self):
        if os.environ.get(_INSIDE):
            set_cable(True)
            return test(self)
        if not _can_unshare():
            raise unittest.SkipTest("needs root: a network of its own")
        done = subprocess.run(
            [sys.executable, "-B", "-c", f"import ctypes, sys; ctypes.CDLL(None).unshare("
             f"{_NEW_NETWORK}); import unittest; unittest.main(None, argv=sys.argv)", self.id()],
            env={**os.environ, _INSIDE: "1"}, capture_output=True, text=True,
            timeout=stretched(120), check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Ran 1 test", done.stderr)
        return None
    return run


def set_cable(plugged):
    """Of the loopback: pulled, nothing that is sent arrives, and nobody is told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        name, flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))
        flags = flags | _UP if plugged else flags & ~_UP
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", name, flags))
