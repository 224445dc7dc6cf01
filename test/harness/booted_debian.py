"""A bare Debian 12 whose systemd runs as process 1, in namespaces of its own: of processes,
mounts, the network, and below a control group that is taken away afterwards.
"""

import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from harness.bare_debian import BareDebian
from harness.eventually import eventually

_BOOT_SECONDS = 40
# The old root cannot be left by chroot(8) alone: in one, the kernel makes no user namespace,
# and PrivateUsers= is one.
_INIT = ("mount -t proc proc {root}/proc && {control_groups} && ip link set lo up && cd {root} && "
         "pivot_root . . && umount -l . && exec /lib/systemd/systemd --log-target=null")

# Mounted anew, they show our own group as their root. Of version 1 systemd needs its own
# hierarchy alone.
_VERSION_2 = "mount -t cgroup2 cgroup2 {root}/sys/fs/cgroup"
_VERSION_1 = ("mount -t tmpfs -o mode=755 tmpfs {root}/sys/fs/cgroup && "
              "mkdir {root}/sys/fs/cgroup/systemd && "
              "mount -t cgroup -o none,name=systemd,xattr cgroup {root}/sys/fs/cgroup/systemd")


def _control_group():
    """The hierarchy's version, and the folder of our own group in it."""
    own = Path("/proc/self/cgroup").read_text(encoding="ascii")
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        return 2, Path("/sys/fs/cgroup" + own.strip().split("::")[1])
    found = re.search(r":name=systemd:(.*)", own)
    if found is None:
        raise unittest.SkipTest("no control groups that systemd could use")
    return 1, Path("/sys/fs/cgroup/systemd" + found[1])


class BootedDebian(BareDebian):
    """prepare(debian) installs into it before it boots. Then run() works in its namespaces."""

    def __init__(self, prepare):
        super().__init__()
        self._init = None
        self._pid = None
        self._group = None
        try:
            prepare(self)
            self._boot()
        except BaseException:
            self.close()
            raise

    def _boot(self):
        subprocess.run(["umount", str(self.root / "proc")], check=True)
        self._mounts.remove(self.root / "proc")
        for name in ("run", "tmp"):
            self._mount("tmpfs", self.root / name, "tmpfs")
        self._mount("sysfs", self.root / "sys", "sysfs", "ro")
        version, own = _control_group()
        self._group = own / f"mllp-test-{os.getpid()}"
        self._group.mkdir(exist_ok=True)
        groups = (_VERSION_2 if version == 2 else _VERSION_1).format(root=self.root)
        with open(self.folder / "init.log", "wb") as log:
            self._init = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net",
                 "--cgroup", "env", "-i", "container=other", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                 "sh", "-c", _INIT.format(root=self.root, control_groups=groups)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._enter_group)
        try:
            eventually("systemd has booted", self._is_up, within=_BOOT_SECONDS, every=0.2)
        except AssertionError as slow:
            told = (self.folder / "init.log").read_text(errors="replace")[-500:]
            raise unittest.SkipTest(f"systemd does not boot here: {slow} {told}") from None

    def _enter_group(self):
        (self._group / "cgroup.procs").write_text(str(os.getpid()))

    def _is_up(self):
        if self._init.poll() is not None:
            raise AssertionError(f"ended with {self._init.returncode}")
        children = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children")
        found = children.read_text(encoding="ascii").split()
        if not found:
            return False
        self._pid = found[0]
        return self.run("systemctl", "is-system-running", code=None, within=20).strip() in (
            "running", "degraded")

    def _words(self, words, user):
        if self._pid is None:
            return super()._words(words, user)
        inside = ["nsenter", "--target", self._pid, "--mount", "--pid", "--uts", "--ipc", "--net",
                  "--root", "--wd"]
        if user:
            inside += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        return [*inside, *map(str, words)]

    def write(self, path, text):
        """Into its file system as it is now, which is no longer where it was made."""
        with tempfile.NamedTemporaryFile() as content:
            content.write(text.encode())
            content.flush()
            with open(content.name, "rb") as given:
                subprocess.run(self._words(["sh", "-c", f"cat >{path}"], None), stdin=given,
                               check=True)

    def close(self):
        if self._init is not None and self._init.poll() is None:
            self._init.kill()
            self._init.wait()
            time.sleep(0.2)  # the kernel ends the rest of the namespace
        if self._group is not None:
            remove = ["find", str(self._group), "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]
            subprocess.run(remove, check=False, capture_output=True)
        super().close()


__all__ = ["BootedDebian"]
