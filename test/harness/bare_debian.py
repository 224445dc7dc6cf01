"""A bare Debian 12 to install into: the base of scripts/debian_base.sh below, what a test
writes above it, in a mount namespace that ends with the tests.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_NEW_MOUNT_NAMESPACE = 0x00020000
_own_namespace = False


def base():
    """The folder of the base system, or a skipped test that says what to do."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("a chroot needs root")
    asked = subprocess.run([PROJECT / "scripts/debian_base.sh", "--path"], capture_output=True,
                           text=True, check=False)
    if asked.returncode != 0:
        raise unittest.SkipTest("no bare Debian 12 here: scripts/debian_base.sh makes one")
    return Path(asked.stdout.strip())


def _leave_the_mounts_of_others():
    global _own_namespace
    if _own_namespace:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNT_NAMESPACE) != 0:
        raise unittest.SkipTest("no mount namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    _own_namespace = True


def _available_bytes():
    with open("/proc/meminfo", encoding="ascii") as lines:
        found = next(line for line in lines if line.startswith("MemAvailable:"))
    return int(found.split()[1]) * 1024


def throwaway_folder(size=2 << 30):
    """A folder in memory, where that has room twice over: what is thrown away needs no disk.
    After _leave_the_mounts_of_others(), with which it ends."""
    folder = Path(tempfile.mkdtemp(prefix="mllp-debian-"))
    if _available_bytes() > 2 * size:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "throwaway",
                        str(folder)], check=True)
    folder.chmod(0o755)
    return folder


def remove_throwaway(folder):
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


class BareDebian:
    """`root` is the folder to copy into; run() and start() work inside."""

    def __init__(self):
        below = base()
        _leave_the_mounts_of_others()
        self.folder = throwaway_folder()
        self.root = self.folder / "root"
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        self._mounts = []
        try:
            self._mount("overlay", self.root, "overlay",
                        f"lowerdir={below},upperdir={self.folder}/upper,workdir={self.folder}/work")
            self._mount("proc", self.root / "proc", "proc")
        except subprocess.CalledProcessError as failed:
            self.close()
            raise unittest.SkipTest(f"cannot mount: {failed.stderr.strip()}") from None

    def _mount(self, what, where, kind, options="defaults"):
        subprocess.run(["mount", "-t", kind, "-o", options, what, str(where)], check=True,
                       capture_output=True, text=True)
        self._mounts.append(where)

    def _words(self, words, user):
        inside = ["chroot", str(self.root)]
        if user:
            inside += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups",
                       "--no-new-privs"]
        return [*inside, *map(str, words)]

    @staticmethod
    def _environment(settings):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/",
                "DEBIAN_FRONTEND": "noninteractive"} | {k: str(v) for k, v in settings.items()}

    def run(self, *words, user=None, code=0, within=120, **settings):
        """Standard output and error together; fails on another exit code."""
        done = subprocess.run(self._words(words, user), env=self._environment(settings),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=within, check=False)
        text = done.stdout.decode(errors="replace")
        if code is not None and done.returncode != code:
            raise AssertionError(f"{words}: exit code {done.returncode}:\n{text[-3000:]}")
        return text

    def start(self, *words, user=None, log, **settings):
        """A program that goes on; `log` is a path outside."""
        with open(log, "wb") as out:
            return subprocess.Popen(self._words(words, user), env=self._environment(settings),
                                    stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    start_new_session=True)

    def inside(self, path):
        return self.root / str(path).lstrip("/")

    def close(self):
        for mounted in reversed(self._mounts):
            subprocess.run(["umount", "--lazy", str(mounted)], check=False, capture_output=True)
        remove_throwaway(self.folder)


__all__ = ["BareDebian", "PROJECT", "remove_throwaway", "throwaway_folder"]
