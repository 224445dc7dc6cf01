"""Minutes of mixed load: nothing may grow. Runs where MLLP_SOAK_SECONDS says how long
(scripts/test.sh --soak); ctest leaves it out.
"""

import os
import threading
import time
import unittest

from harness.certificates import Authority, server_settings
from harness.eventually import eventually, stretched
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.tls_wire import TlsWire, client_context
from scenarios.test_hostile import Attack

SECONDS = float(os.environ.get("MLLP_SOAK_SECONDS", "0"))
MIB = 1 << 20


@unittest.skipUnless(SECONDS, "MLLP_SOAK_SECONDS is not set")
class Soak(Scenario):
    def start_all(self):
        self.authority = Authority(self.folder / "ca")
        tls = server_settings(self.authority)
        server = self.server(
            "listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
            "  - name: tls\n    address: 127.0.0.1:0\n"
            f"    tls_cert_file: {tls['TLS_CERT_FILE']}\n    tls_key_file: {tls['TLS_KEY_FILE']}\n",
            IDLE_TIMEOUT="5s", FRAME_TIMEOUT="5s", WRITE_TIMEOUT="5s", CONNECT_TIMEOUT="3s",
            MAX_FRAME_SIZE="256KiB", MAX_BUFFERED_BYTES="16MiB", LOG_LEVEL="info",
            MAX_HANDSHAKES="100")
        server.listeners = 2
        return server.start()

    def come_and_go(self, server, ends, faults):
        context = client_context(self.authority)
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
        self.assert_accepts(server)
        descriptors = server.open_descriptors()
        ends, faults, samples = threading.Event(), [], []
        thread = threading.Thread(target=self.come_and_go, args=(server, ends, faults))
        thread.start()
        until = time.monotonic() + SECONDS
        try:
            with Attack(server.address(), server.address("tls"), 60):
                while time.monotonic() < until:
                    load = Load(server.address(), 16, 4, self.make)
                    load.run(min(5.0, max(1.0, SECONDS / 20)))
                    self.assertEqual(load.faults(), [])
                    load.close()
                    samples.append(server.memory_bytes())
        finally:
            ends.set()
            thread.join()
        self.assertEqual(faults, [])
        settled = max(samples[len(samples) // 4:len(samples) // 2 + 1])
        late = max(samples[-max(1, len(samples) // 4):])
        print(f"\nmemory {samples[0] >> 20}, {settled >> 20}, {late >> 20} MiB")
        self.assertLess(late, settled * 1.1 + 16 * MIB)
        eventually("descriptors are where they were",
                   lambda: server.open_descriptors() <= descriptors, within=stretched(10))

    @staticmethod
    def make(*_):
        control_id = fresh_id("SOAK")
        return control_id, message(control_id)


if __name__ == "__main__":
    unittest.main()
