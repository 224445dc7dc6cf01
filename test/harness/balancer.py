"""haproxy in front of servers."""

import socket
import subprocess
from pathlib import Path

from harness.eventually import eventually


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Haproxy:
    """A TCP balancer on a free port; `backends` are the words behind `server NAME`."""

    def __init__(self, folder, backends, options=""):
        self.port = free_port()
        path = Path(folder) / "haproxy.cfg"
        path.write_text(
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n"
            "  timeout server 60s\n  timeout check 1s\n  retries 3\n  option redispatch 1\n"
            f"frontend f\n  bind 127.0.0.1:{self.port}\n  default_backend b\n"
            f"backend b\n  balance roundrobin\n  {options}\n"
            + "".join(f"  server s{n} {one}\n" for n, one in enumerate(backends)),
            encoding="ascii")
        self.process = subprocess.Popen(
            ["haproxy", "-db", "-f", str(path)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually("haproxy listens", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"haproxy ended with {self.process.returncode}")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        self.process.terminate()
        self.process.wait()
