"""Mixed load: nothing may grow. Five seconds in CI, so that it keeps working;
MLLP_SOAK_SECONDS says how long elsewhere (scripts/test.sh --soak, scripts/nightly.sh).

All at once: senders that stay, with several messages in flight, and some with TLS that come
and go; hostile ones of each kind; rules, a filter and a connector; certificates that are
renewed, rules that are read again.
"""

import os
import signal
import threading
import time
import unittest

from harness.certificates import Authority, server_settings
from harness.drops import append_connector
from harness.eventually import eventually, stretched
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.tls_wire import TlsWire, client_context
from scenarios.test_hostile import Attack

SECONDS = float(os.environ.get("MLLP_SOAK_SECONDS", "5"))
MIB = 1 << 20


class Soak(Scenario):
    def start_all(self):
        self.authority = Authority(self.folder / "ca")
        self.authority.issue("client")
        tls = server_settings(self.authority)
        self.archive = self.folder / "archive.mllp"
        server = self.server(
            "listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
            "  - name: tls\n    address: 127.0.0.1:0\n"
            f"    tls_cert_file: {tls['TLS_CERT_FILE']}\n    tls_key_file: {tls['TLS_KEY_FILE']}\n"
            f"    tls_client_ca: {self.authority.ca}\n"
            "connectors:\n" + append_connector(self.archive) +
            "    filter: msh.msg_type == 'ADT'\n"
            "validation:\n  rules:\n    - name: type\n      expression: msh.msg_type != ''\n",
            IDLE_TIMEOUT="5s", FRAME_TIMEOUT="5s", WRITE_TIMEOUT="5s", CONNECT_TIMEOUT="3s",
            MAX_FRAME_SIZE="256KiB", MAX_BUFFERED_BYTES="16MiB", LOG_LEVEL="info",
            MAX_HANDSHAKES="100")
        server.listeners = 2
        return server.start()

    def renew(self, server, ends, faults):
        number = 0
        while not ends.wait(5):
            number += 1
            try:
                self.authority.issue("server", f"Server {number}")
            except AssertionError as error:
                faults.append(repr(error))
            server.signal(signal.SIGHUP)

    def come_and_go(self, server, ends, faults):
        context = client_context(self.authority, "client")
        while not ends.is_set():
            try:
                with TlsWire(server.address("tls"), context) as wire:
                    for _ in range(5):
                        wire.ask(message())
            except (OSError, EOFError) as error:
                faults.append(repr(error))
            time.sleep(0.02)

    def test_nothing_grows(self):
        server = self.start_all()
        listening = self.not_of_the_store(server).count("socket")
        self.assert_accepts(server)
        eventually("the sender has gone",
                   lambda: self.not_of_the_store(server).count("socket") == listening)
        descriptors = self.not_of_the_store(server)
        ends, faults, samples = threading.Event(), [], []
        threads = [threading.Thread(target=act, args=(server, ends, faults))
                   for act in (self.come_and_go, self.renew)]
        for thread in threads:
            thread.start()
        answered, until = 0, time.monotonic() + SECONDS
        try:
            with Attack(server.address(), server.address("tls"), 60):
                while time.monotonic() < until:
                    load = Load(server.address(), 16, 4, self.make)
                    load.run(min(5.0, max(1.0, SECONDS / 20)))
                    self.assertEqual(load.faults(), [])
                    answered += load.count("AA")
                    load.close()
                    samples.append(server.memory_bytes())
        finally:
            ends.set()
            for thread in threads:
                thread.join()
        self.assertEqual(faults, [])
        self.assertEqual(server.events("certificates_refused"), [])
        self.assertEqual(server.events("reload_refused"), [])
        settled = max(samples[len(samples) // 4:len(samples) // 2 + 1])
        late = max(samples[-max(1, len(samples) // 4):])
        print(f"\n{answered} messages; memory {samples[0] >> 20} MiB in the beginning, "
              f"{settled >> 20} in the second quarter, {late >> 20} in the last; descriptors "
              f"{len(server.open_files())}")
        self.assertLess(late, settled * 1.1 + 16 * MIB)
        eventually("sockets and all else are what they were",
                   lambda: self.not_of_the_store(server) == descriptors, within=15)
        self.assertLess(len(server.open_files()), len(descriptors) + 40, server.open_files())

    def not_of_the_store(self, server):
        """Descriptors, but for those of the store and of what is still delivered."""
        return [one for one in server.open_files() if not one.startswith(str(self.folder))]

    @staticmethod
    def make(*_):
        control_id = fresh_id("SOAK")
        return control_id, message(control_id)


if __name__ == "__main__":
    unittest.main()
