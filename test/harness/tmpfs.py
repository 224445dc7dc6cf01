"""A small disk that can be filled."""

import ctypes
import os
import unittest
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


class SmallDisk:
    """A tmpfs of `size` octets at `path`, which is made for it.

    Skips the test where mounting is not allowed.
    """

    def __init__(self, path, size):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        done = _libc.mount(b"none", os.fsencode(self.path), b"tmpfs", 0,
                           f"size={size}".encode())
        if done != 0:
            raise unittest.SkipTest("a small disk needs mount(2): run as root; "
                                    + os.strerror(ctypes.get_errno()))
        self._ballast = self.path / "ballast"

    def close(self):
        _libc.umount2(os.fsencode(self.path), 2)  # MNT_DETACH

    def free_bytes(self):
        about = os.statvfs(self.path)
        return about.f_bavail * about.f_frsize

    def fill(self, leave):
        """Takes room until only `leave` octets are free."""
        with open(self._ballast, "ab") as ballast:
            while self.free_bytes() > leave:
                ballast.write(b"\0" * min(65536, self.free_bytes() - leave))
                ballast.flush()

    def clear(self):
        """Gives the room back."""
        self._ballast.unlink(missing_ok=True)
