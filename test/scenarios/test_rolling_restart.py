"""Two servers behind haproxy are restarted one after the other, as Kubernetes would:
SIGTERM, PRE_SHUTDOWN_DELAY, drain, the next process on the same store, then the other.
Twenty senders with persistent connections go on sending, and connect anew when theirs
is closed.
"""

import os
import shutil
import signal
import sys
import threading
import time
import unittest
from collections import Counter

from harness.balancer import Haproxy, free_port
from harness.drops import AppendFile, append_connector
from harness.eventually import eventually, stretched
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.wire import Closed, Wire

ROUNDS = int(os.environ.get("MLLP_ROLLING_ROUNDS", "1"))  # 10 by scripts/nightly.sh
SENDERS = 20
DELAY, TIMEOUT = 1.0, 10.0  # PRE_SHUTDOWN_DELAY, SHUTDOWN_TIMEOUT; in seconds


class Sender(threading.Thread):
    """Sends one message after the other and each until it is answered, as a hospital's
    system does: when the connection ends it makes another and sends that message again.
    """

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.stopping = threading.Event()
        self.accepted = []      # payloads, in order
        self.faults = []
        self.sent_again = 0
        self.connections = 0

    def run(self):
        try:
            while not self.stopping.is_set():
                self.deliver(message(fresh_id(f"R{self.number:02d}")))
        except Exception as error:  # pylint: disable=broad-except
            self.faults.append(repr(error))
        self.hang_up()

    wire = None

    def hang_up(self):
        if self.wire is not None:
            self.wire.close()
        self.wire = None

    def deliver(self, payload):
        deadline = time.monotonic() + stretched(30)
        while time.monotonic() < deadline:
            if self.ask(payload):
                self.accepted.append(payload)
                return
            self.sent_again += 1
            self.hang_up()
            time.sleep(0.02)
        self.faults.append("not delivered within 30 s")
        self.stopping.set()

    def ask(self, payload):
        """True if it was accepted, False if the connection has ended."""
        try:
            if self.wire is None:
                self.wire = Wire(("127.0.0.1", self.port))
                self.connections += 1
            answer = self.wire.ask(payload)
        except (Closed, OSError):
            return False
        if answer.code != "AA" or answer.control_id != payload.split(b"|")[9]:
            self.faults.append(f"{answer.octets[:200]} answers {payload[:80]}")
        return True


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is missing")
class RollingRestart(Scenario):
    def setUp(self):
        super().setUp()
        self.archives = []
        self.targets = [self.target(name) for name in ("a", "b")]

    def target(self, name):
        folder = self.folder / name
        folder.mkdir()
        archive = AppendFile(folder / "archive.mllp")
        self.archives.append(archive)
        return self.server(
            "connectors:\n" + append_connector(archive.path), folder=folder, LOG_LEVEL="info",
            LISTEN_ADDR=f"127.0.0.1:{free_port()}", ADMIN_ADDR=f"127.0.0.1:{free_port()}",
            PRE_SHUTDOWN_DELAY=f"{DELAY:g}s", SHUTDOWN_TIMEOUT=f"{TIMEOUT:g}s").start()

    def test_with_tcp_checks(self):
        self.roll("check inter 100ms fall 2 rise 1")

    def test_with_checks_of_readiness(self):
        self.roll("check inter 100ms fall 2 rise 1 port {admin}", "option httpchk GET /readyz")

    def roll(self, check, options=""):
        backends = [f"127.0.0.1:{target.address()[1]} " + check.format(
            admin=target.settings["ADMIN_ADDR"].rsplit(":", 1)[1]) for target in self.targets]
        balancer = Haproxy(self.folder, backends, options)
        self.addCleanup(balancer.close)
        senders = [Sender(balancer.port, number) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            for _ in range(ROUNDS):
                for target in self.targets:
                    self.restart(target, senders)
        finally:
            for sender in senders:
                sender.stopping.set()
            for sender in senders:
                sender.join(stretched(60))
        self.judge(senders)

    def restart(self, target, senders):
        before = [len(sender.accepted) for sender in senders]
        time.sleep(0.5)
        started = time.monotonic()
        target.signal(signal.SIGTERM)
        self.assertEqual(target.wait(), 0, target.log_text()[-2000:])
        took = time.monotonic() - started
        self.assertGreaterEqual(took, DELAY)
        self.assertLess(took, stretched(DELAY + 4), "senders that read see the end at once")
        self.assertEqual(target.events("drain_incomplete"), [])
        target.start()
        eventually("every sender goes on", lambda: all(
            len(sender.accepted) > count for sender, count in zip(senders, before)))

    def judge(self, senders):
        accepted = Counter(payload for sender in senders for payload in sender.accepted)
        self.assertEqual([fault for sender in senders for fault in sender.faults], [])
        for target in self.targets:
            target.stop()
        stored = sum((Counter(archive.payloads()) for archive in self.archives), Counter())
        again = sum(sender.sent_again for sender in senders)
        print(f"{2 * ROUNDS} restarts, {sum(accepted.values())} accepted, {again} sent again, "
              f"{sum(sender.connections for sender in senders)} connections", file=sys.stderr)
        self.assertGreater(sum(accepted.values()), 1000 * ROUNDS)
        self.assertEqual(accepted - stored, Counter(), "answered and lost")
        self.assertEqual(stored - accepted, Counter(), "stored and not answered")


if __name__ == "__main__":
    unittest.main()
