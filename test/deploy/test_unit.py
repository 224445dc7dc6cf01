"""The unit for systemd: valid, hard, and it lets through what the server asks of the kernel."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT
from harness.messages import message
from harness.scenario import Scenario
from harness.server import BINARY

UNIT = PROJECT / "deploy/systemd/mllp-server.service"
EXPOSURE_MAX = 15  # in tenths

# Asked for as it starts, to give up what it does not have here anyway: refused, it goes on.
MAY_BE_REFUSED = {"capset"}


def analyze(*words, code=0):
    program = shutil.which("systemd-analyze")
    if program is None:
        raise unittest.SkipTest("systemd-analyze is not installed")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=60,
                          check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    if code is not None and done.returncode != code:
        raise AssertionError(f"{words}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout, done.stderr


class Unit(unittest.TestCase):
    def copy(self, change=lambda text: text):
        """A copy that starts the program of this build: it is there."""
        folder = tempfile.TemporaryDirectory(prefix="mllp-unit-")
        self.addCleanup(folder.cleanup)
        unit = Path(folder.name) / "mllp-server.service"
        text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/mllp-server", BINARY)
        unit.write_text(change(text), encoding="utf-8")
        return unit

    def complaints(self, unit):
        """It tells wrong lines on standard error, whatever its exit code."""
        _, told = analyze("verify", "--man=no", unit, code=None)
        return told.replace("running with root privileges is not recommended!", "").strip()

    def test_systemd_finds_nothing_wrong(self):
        self.assertEqual(self.complaints(self.copy()), "")

    def test_and_would_find_a_wrong_line(self):
        wrong = self.copy(lambda text: text.replace("ProtectHome=yes", "ProtectHouse=yes"))
        self.assertIn("ProtectHouse", self.complaints(wrong))

    def test_little_is_exposed(self):
        analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", self.copy())

    def test_the_watchdog_and_the_notification_go_together(self):
        text = UNIT.read_text(encoding="utf-8")
        self.assertIn("\nType=notify\n", text)
        self.assertRegex(text, r"\nWatchdogSec=\d+s\n")

    def test_the_archive_has_the_same_with_its_own_path(self):
        text = (PROJECT / "scripts/package.sh").read_text(encoding="utf-8")
        self.assertIn("s#/usr/bin/mllp-server#/opt/mllp-server/bin/mllp-server#", text)
        self.assertEqual(UNIT.read_text(encoding="utf-8").count("/usr/bin/mllp-server"), 1)


def calls_of(name):
    """One system call, or those of one of systemd's sets and of the sets inside it."""
    if not name.startswith("@"):
        return {name}
    shown, _ = analyze("syscall-filter", name)
    found = set()
    for line in shown.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def allowed_calls():
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(encoding="utf-8"), re.M):
        calls = set().union(*(calls_of(word) for word in line.lstrip("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


class SystemCalls(Scenario):
    def test_everything_that_the_server_asks_for_is_let_through(self):
        """Through a life with receivers, files, a reload, commands and a stop."""
        strace = shutil.which("strace")
        if strace is None or os.geteuid() != 0:
            self.skipTest("needs strace, and root to become another user")
        allowed = allowed_calls()
        self.assertIn("epoll_wait", allowed)
        self.assertNotIn("mount", allowed)
        sink = self.sink().open()
        (self.folder / "out").mkdir()
        server = self.server("connectors:\n" + sink.connector()
                             + f"  - {{name: files, type: file, directory: {self.folder}/out}}\n")
        counts = self.folder / "calls"
        # Not as root: SQLite, for one, then asks for more.
        for folder in (self.folder, self.folder / "out"):
            folder.chmod(0o777)
        server.launch_under = [strace, "-u", "nobody", "-f", "-c", "-S", "name", "-o", str(counts)]
        server.start()
        with server.connect() as wire:
            for _ in range(20):
                self.assertEqual(wire.ask(message()).code, "AA")
        sink.wait_for(20)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        traced = int(children.read_text(encoding="ascii").split()[0])
        os.kill(traced, signal.SIGHUP)
        self.assert_accepts(server)
        os.kill(traced, signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        used = set(re.findall(r"^\s*\d.* ([a-z]\w+)$", counts.read_text(encoding="ascii"), re.M))
        used.discard("total")
        self.assertIn("epoll_wait", used)
        self.assertEqual(sorted(used - allowed - MAY_BE_REFUSED), [])


if __name__ == "__main__":
    unittest.main()
