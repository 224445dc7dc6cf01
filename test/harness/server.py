"""The program itself, in a folder of its own, on a free port of 127.0.0.1."""

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

from harness.eventually import eventually, stretched
from harness.wire import Wire

BINARY = os.environ.get("MLLP_SERVER", "")

# The rest of the caller's environment stays outside: a test must not depend on it.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
              "LD_LIBRARY_PATH", "GCOV_PREFIX")

LISTEN = "127.0.0.1:0"


def environment(**settings):
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env.update({name: str(value) for name, value in settings.items()})
    return env


class Server:
    """A running `mllp-server`. Its log is one file per start: log_1.txt, log_2.txt …

    folder/config.yaml holds `config`, folder/data the store. stop() and kill() end
    it by its process id; start() again is a restart on the same store.
    """

    def __init__(self, folder, config="", **settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.settings = {"LISTEN_ADDR": LISTEN, "ADMIN_ADDR": LISTEN,
                         "DATA_DIR": str(self.folder / "data"),
                         "LOG_FORMAT": "json", "LOG_LEVEL": "debug", **settings}
        self.process = None
        self.wires = []  # all connections made; a scenario closes them at its end
        self.starts = 0
        self.listeners = 1  # how many the configuration has
        self.launch_under = []  # a program that starts it, and its arguments
        self.descriptors = None  # a limit on open files, where a test wants one

    # Starting and stopping.

    def launch(self):
        """Starts the process and does not wait for it."""
        self.starts += 1
        if self.config:
            (self.folder / "config.yaml").write_text(self.config, encoding="utf-8")
        with open(self.log_path(), "wb") as log:
            self.process = subprocess.Popen(
                [*self.launch_under, BINARY, "serve"], cwd=self.folder,
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._limit)
        return self

    def start(self, within=15.0):
        self.launch()
        eventually("the server listens", self._is_up, within, every=0.005)
        return self

    def _limit(self):
        if self.descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode} at its start:\n"
                                 + self.log_text())
        return len(self.events("listening")) >= self.listeners

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, within=35.0):
        """The exit code."""
        try:
            return self.process.wait(stretched(within))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {stretched(within):g} s:\n"
                                 + self.log_text()[-2000:]) from None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, within=35.0):
        """SIGTERM, and the promise that goes with it: exit code 0."""
        if not self.is_running():
            return
        self.signal(signal.SIGTERM)
        code = self.wait(within)
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM:\n{self.log_text()[-3000:]}")

    def kill(self):
        if self.is_running():
            self.signal(signal.SIGKILL)
            self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    # Talking to it.

    def address(self, listener="default"):
        """Where a listener listens, as the server itself says."""
        for event in self.events("listening"):
            if event.get("listener", "default") == listener:
                host, port = event["address"].rsplit(":", 1)
                return host, int(port)
        raise AssertionError(f"no event `listening` of {listener}:\n{self.log_text()}")

    def connect(self, listener="default", **options):
        self.wires.append(Wire(self.address(listener), **options))
        return self.wires[-1]

    # What it shows.

    def log_path(self, start=None):
        return self.folder / f"log_{start or self.starts}.txt"

    def log_text(self, start=None):
        return self.log_path(start).read_bytes().decode("utf-8", "replace")

    def all_logs(self):
        return "".join(self.log_text(start) for start in range(1, self.starts + 1))

    def events(self, name=None):
        """The log lines that are JSON, those of one event if it is named."""
        found = []
        for line in self.log_text().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and (name is None or event.get("event") == name):
                found.append(event)
        return found

    def memory_bytes(self):
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def open_descriptors(self):
        """All but those of the store's files, which it opens when it first needs them."""
        return sum("/data/" not in one for one in self.open_files())

    def open_files(self):
        """What each descriptor is, sockets without their numbers."""
        found = []
        for one in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                found.append(os.readlink(one).split(":[")[0])
            except FileNotFoundError:
                pass  # closed meanwhile
        return sorted(found)

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def run(*arguments, folder=None, within=20.0, **settings):
    """Runs the program to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([BINARY, *map(str, arguments)], cwd=folder, env=environment(**settings),
                          stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=stretched(within))
    shown, told = (octets.decode(errors="replace") for octets in (done.stdout, done.stderr))
    return done.returncode, shown, told


def timed(act):
    """How long act() took, in seconds."""
    start = time.monotonic()
    act()
    return time.monotonic() - start


__all__ = ["BINARY", "LISTEN", "Server", "environment", "run", "timed"]
