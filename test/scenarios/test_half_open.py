"""Peers that have gone without a word: a cable is pulled, and no FIN and no RST ever comes."""

import signal
import time
import unittest

from harness.eventually import eventually, stretched
from harness.messages import frame, message
from harness.own_network import in_own_network, set_cable
from harness.scenario import Scenario

# Idle for a second, then three probes, a second apart (product.md, section 2).
PATIENCE = 4


class HalfOpen(Scenario):
    def start_patient(self, keep_alive):
        """No other deadline may end a connection."""
        return self.start(KEEP_ALIVE_PERIOD=keep_alive, IDLE_TIMEOUT="1h", FRAME_TIMEOUT="1h",
                          WRITE_TIMEOUT="1h")

    def closed(self, server):
        return server.events("connection_closed")

    @in_own_network
    def test_a_silent_peer_is_found_gone_by_keep_alive(self):
        server = self.start_patient("1s")
        wire = server.connect()
        self.assert_answer(wire.ask(message()), "AA")
        set_cable(False)
        since = time.monotonic()
        eventually("the connection is closed", lambda: self.closed(server), PATIENCE + 6)
        self.assertGreater(time.monotonic() - since, 2)
        self.assertEqual(self.closed(server)[0]["reason"], "peer_reset")

    @in_own_network
    def test_a_peer_that_is_owed_an_answer_is_given_up(self):
        server = self.start_patient("1s")
        wire = server.connect()
        self.assert_answer(wire.ask(message()), "AA")
        server.signal(signal.SIGSTOP)
        wire.send(frame(message()))
        set_cable(False)
        server.signal(signal.SIGCONT)  # the answer goes out to nobody
        eventually("the connection is closed", lambda: self.closed(server), PATIENCE + 8)
        self.assertEqual(self.closed(server)[0]["frames"], 2)

    @in_own_network
    def test_without_keep_alive_nobody_would_notice(self):
        server = self.start_patient("0s")
        wire = server.connect()
        self.assert_answer(wire.ask(message()), "AA")
        set_cable(False)
        time.sleep(stretched(PATIENCE + 3))
        self.assertEqual(self.closed(server), [])
        set_cable(True)
        self.assert_answer(wire.ask(message()), "AA")


if __name__ == "__main__":
    unittest.main()
