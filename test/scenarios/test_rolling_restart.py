"""A rolling restart as Kubernetes does it: two servers behind haproxy with TCP checks, the real
signals, and senders that hold their connections and come again when one closes.
"""

import itertools
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from harness.drops import AppendFile, append_connector
from harness.eventually import eventually, stretched
from harness.messages import message
from harness.scenario import Scenario
from harness.wire import Closed, Silent, Wire

SENDERS = 20
ROUNDS = 2
DELAY_SECONDS = 1
DRAIN_SECONDS = 10
_CONFIG = """
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch
frontend senders
  bind 127.0.0.1:{port}
  default_backend servers
backend servers
  balance leastconn
  default-server check inter 100ms fall 1 rise 1
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Sender(threading.Thread):
    """Sends its next message when the last one was answered AA. A connection that ends leaves
    its message open: it is sent again, under the same control id, by the next connection."""

    def __init__(self, number, address, stop):
        super().__init__(daemon=True)
        self.number, self.address, self.stop = number, address, stop
        self.accepted = []
        self.wrong = []
        self.connections = 0

    def run(self):
        ids = (f"S{self.number}N{count}" for count in itertools.count())
        control_id = next(ids)
        while not self.stop.is_set():
            try:
                with Wire(self.address) as wire:
                    self.connections += 1
                    while not self.stop.is_set():
                        payload = message(control_id)
                        answer = wire.ask(payload)
                        if (answer.code, answer.control_id) != ("AA", control_id.encode()):
                            self.wrong.append(answer.octets)
                            return
                        self.accepted.append(control_id)
                        control_id = next(ids)
            except (Closed, ConnectionError, TimeoutError):
                time.sleep(0.01)
            except Silent as silent:
                self.wrong.append(repr(silent).encode())
                return


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is missing")
class RollingRestart(Scenario):
    def serving(self, name):
        folder = self.folder / name
        folder.mkdir()
        archive = AppendFile(folder / "archive.mllp")
        server = self.server("connectors:\n" + append_connector(archive.path), folder,
                             LISTEN_ADDR=f"127.0.0.1:{free_port()}", LOG_LEVEL="info",
                             PRE_SHUTDOWN_DELAY=f"{DELAY_SECONDS}s",
                             SHUTDOWN_TIMEOUT=f"{DRAIN_SECONDS}s")
        return server.start(), archive

    def balance(self, servers):
        port = free_port()
        lines = [f"  server s{number} 127.0.0.1:{server.address()[1]}\n"
                 for number, server in enumerate(servers)]
        (self.folder / "haproxy.cfg").write_text(_CONFIG.format(port=port) + "".join(lines),
                                                 encoding="ascii")
        process = subprocess.Popen(["haproxy", "-db", "-f", "haproxy.cfg"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        address = ("127.0.0.1", port)

        def answers():
            with socket.socket() as sock:
                return sock.connect_ex(address) == 0

        eventually("haproxy listens", answers)
        return address

    def delivered(self, archives):
        """The control ids in both archives, of which one may be at its last frame."""
        return {payload.split(b"|")[9].decode() for archive in archives
                for payload in archive.payloads(torn_tail=True)}

    def test_no_accepted_message_is_lost_and_no_answer_is_wrong(self):
        servers, archives = zip(*(self.serving(name) for name in ("a", "b")))
        stop = threading.Event()
        self.addCleanup(stop.set)
        address = self.balance(servers)
        senders = [Sender(number, address, stop) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(0.5)
        for server in servers * ROUNDS:
            before = sum(len(sender.accepted) for sender in senders)
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0, server.log_text()[-2000:])
            took = time.monotonic() - began
            self.assertGreaterEqual(took, DELAY_SECONDS)
            self.assertLess(took, stretched(DELAY_SECONDS + DRAIN_SECONDS))
            self.assertEqual(server.events("drain_incomplete"), [])
            server.start()
            time.sleep(stretched(0.5))
            after = sum(len(sender.accepted) for sender in senders)
            self.assertGreater(after, before, "nobody could send meanwhile")
        stop.set()
        for sender in senders:
            sender.join(stretched(15))
            self.assertFalse(sender.is_alive())
            self.assertEqual(sender.wrong, [])
            self.assertGreater(len(sender.accepted), 10)
            self.assertGreater(sender.connections, 1)
        accepted = {each for sender in senders for each in sender.accepted}
        eventually("all that was accepted is delivered",
                   lambda: accepted <= self.delivered(archives), within=30)


if __name__ == "__main__":
    unittest.main()
