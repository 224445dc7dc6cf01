"""Intake and delivery together, as fast as both go: the lanes read what is being written, moved
and committed at that moment, and every message arrives.

MLLP_FULL_SPEED_MESSAGES says how many messages (30,000).
"""

import os
import unittest

from harness.eventually import SLOWNESS, eventually
from harness.scenario import Scenario
from harness.server import run
from scenarios.test_listen import Listening

MESSAGES = int(os.environ.get("MLLP_FULL_SPEED_MESSAGES", str(int(30_000 / SLOWNESS))))


class FullSpeed(Scenario):
    def test_everything_arrives_once(self):
        target = Listening(self.folder, "--quiet")
        self.addCleanup(target.kill)
        host, port = target.address
        server = self.start("connectors:\n"
                            f"  - name: lab\n    type: mllp\n    address: {host}:{port}\n"
                            "    order_by: pid.id\n    lanes: 8\n    batch: 64\n",
                            LOG_LEVEL="info")
        code, _, told = run("bench", "--to", "%s:%d" % server.address(), "--connections", 64,
                            "--in-flight", 4, "--messages", MESSAGES, "--warm-up", "0s", within=120)
        self.assertEqual(code, 0, told)
        eventually("all have arrived", lambda: len(target.lines()) >= MESSAGES, within=60)
        self.assertEqual(len(target.lines()), MESSAGES)
        self.assertEqual(len(set(target.lines())), MESSAGES, "some arrived twice, others never")
        self.assertEqual(server.events("lane_cannot_claim"), [])


if __name__ == "__main__":
    unittest.main()
