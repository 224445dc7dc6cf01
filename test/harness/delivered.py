"""What scripts/package.sh has made, and a server started from it inside a bare Debian."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT, BareDebian
from harness.eventually import eventually

PACKAGES = Path(os.environ.get("MLLP_PACKAGES", PROJECT / "build/release/package"))


def newest(pattern):
    found = sorted(PACKAGES.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise AssertionError(f"no {pattern} in {PACKAGES}: scripts/package.sh makes it")
    return found[-1]


class Running:
    """A server inside `debian`, stopped by its process id."""

    def __init__(self, debian, *words, user, log, **settings):
        self.log = Path(log)
        self.process = debian.start(*words, user=user, log=log, LOG_FORMAT="json",
                                    LISTEN_ADDR="127.0.0.1:0", ADMIN_ADDR="127.0.0.1:0",
                                    **settings)
        eventually("it listens", self._is_up, within=20)

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended at its start:\n{self.log.read_text()}")
        return self.events("started")

    def events(self, name):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()
                 if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]

    def address(self):
        return self.events("listening")[-1]["address"]

    def admin_address(self):
        return self.events("admin_listening")[-1]["address"]

    def libraries(self):
        """The shared objects in its memory, by their paths inside."""
        maps = Path(f"/proc/{self.process.pid}/maps").read_text(encoding="utf-8")
        return sorted(set(re.findall(r" (/\S+\.so[.\d]*)$", maps, re.M)))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM:\n{self.log.read_text()[-2000:]}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Delivery(unittest.TestCase):
    """A bare Debian for each test, and what was started in it ended."""

    maxDiff = 2000

    def setUp(self):
        self.debian = BareDebian()
        self.addCleanup(self.debian.close)
        self.logs = tempfile.TemporaryDirectory(prefix="mllp-delivery-")
        self.addCleanup(self.logs.cleanup)
        self.started = []
        self.addCleanup(lambda: [one.kill() for one in self.started])

    def serve(self, *words, user, **settings):
        log = Path(self.logs.name) / f"log_{len(self.started)}.txt"
        self.started.append(Running(self.debian, *words, user=user, log=log, **settings))
        return self.started[-1]

    def assert_accepts(self, program, server, user):
        """A message that is sent by the delivered program itself gets its AA."""
        message = self.debian.inside("/srv/admit.hl7")
        message.write_bytes((PROJECT / "docs/examples/admit.hl7").read_bytes())
        message.chmod(0o644)
        shown = self.debian.run(program, "send", "--verbose", "--to", server.address(),
                                "/srv/admit.hl7", user=user)
        self.assertIn("MSA|AA|MSG00001", shown)


def unpack(archive, folder):
    subprocess.run(["tar", "-C", str(folder), "-xzf", str(archive)], check=True)


__all__ = ["Delivery", "PACKAGES", "Running", "newest", "unpack"]
