"""PostgreSQL in a folder of its own, on a free port of 127.0.0.1."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness.eventually import eventually

_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
PROGRAMS = _VERSIONS[-1].parent if _VERSIONS else None


def missing():
    """Why there is none here; empty where there is."""
    if PROGRAMS is None:
        return "PostgreSQL is not installed (postgresql)"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "PostgreSQL does not run as root, and setpriv is missing"
    return ""


class Postgres:
    """As its own user where we are root: it refuses to run as root."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mllp-postgres-"))
        self.port = self._free_port()
        self._prefix = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run([*self._prefix, PROGRAMS / "initdb", "-D", self.folder / "data", "-U", "t",
                        "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
                       cwd=self.folder, check=True, capture_output=True)
        with open(self.folder / "log.txt", "wb") as log:
            self.process = subprocess.Popen(
                [*self._prefix, PROGRAMS / "postgres", "-D", self.folder / "data", "-h",
                 "127.0.0.1", "-p", str(self.port), "-k", self.folder, "-c", "fsync=off",
                 "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually("PostgreSQL is ready", self._is_ready, within=30)

    @staticmethod
    def _free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def _is_ready(self):
        return subprocess.run([PROGRAMS / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port),
                               "-q"], check=False).returncode == 0

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} dbname=postgres user=t"

    def rows(self, query):
        """The first column of each row."""
        done = subprocess.run([PROGRAMS / "psql", self.dsn, "-XAtc", query], check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


__all__ = ["Postgres", "missing"]
