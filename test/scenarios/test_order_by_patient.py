"""Order by patient over many lanes: whatever fails on the way, no message of a patient
arrives before what is older, and a merge stands between what is older and younger of
both its patients.

MLLP_ORDER_MESSAGES says how many messages (20,000).
"""

import os
import random
import re
import socket
import threading
import time
import unittest
from collections import defaultdict

from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.messages import frame, message
from harness.scenario import Scenario

MESSAGES = int(os.environ.get("MLLP_ORDER_MESSAGES", "20000"))
PATIENTS, LANES, LATENCY = 1000, 16, 0.005


def make_messages(dice):
    """(patients, octets) of each; every hundredth or so joins two patients."""
    made = []
    for number in range(MESSAGES):
        patients = [f"P{dice.randrange(PATIENTS)}"]
        kind, body = "ADT^A08", f"PID|1||{patients[0]}\r"
        if dice.random() < 0.01:
            patients = [f"P{n}" for n in dice.sample(range(PATIENTS), 2)]
            kind, body = "ADT^A40", f"PID|1||{patients[0]}\rMRG|{patients[1]}\r"
        made.append((patients, message(f"N{number}", kind=kind, body=body)))
    return made


class Judge:
    """Each arrival must be the oldest that any of its patients waits for."""

    def __init__(self, made):
        self.patients = [patients for patients, _ in made]
        self.waiting = defaultdict(list)  # by patient, the oldest last
        for number in reversed(range(len(made))):
            for patient in self.patients[number]:
                self.waiting[patient].append(number)
        self.faults = []
        self.accepted = 0
        self.repeated = 0
        self.lock = threading.Lock()

    def arrived(self, number):
        with self.lock:
            for patient in self.patients[number]:
                heads = self.waiting[patient]
                if not heads or heads[-1] != number:
                    self.faults.append(f"{number} of {patient} arrived before {heads[-1:]}")

    def accept(self, number):
        with self.lock:
            self.accepted += 1
            for patient in self.patients[number]:
                if self.waiting[patient] and self.waiting[patient][-1] == number:
                    self.waiting[patient].pop()


class OrderByPatient(Scenario):
    def send_all(self, server, made):
        """On one connection: the order of the frames is the order of the store."""
        with socket.create_connection(server.address()) as sock:
            writer = threading.Thread(
                target=lambda: sock.sendall(b"".join(frame(octets) for _, octets in made)))
            writer.start()
            answers = b""
            while answers.count(b"MSA|AA|") < len(made):
                octets = sock.recv(1 << 20)
                self.assertTrue(octets, "the server closed the connection")
                answers += octets
            writer.join()

    def test_no_message_overtakes_another_of_its_patients(self):
        dice = random.Random(7)
        made = make_messages(dice)
        judge = Judge(made)

        def behave(sink, peer, payload):
            number = int(re.search(rb"\|N(\d+)\|", payload)[1])
            judge.arrived(number)
            time.sleep(LATENCY)
            luck = dice.random()
            if luck < 0.01:
                peer.answer(acknowledge(payload, b"AE"))
            elif luck < 0.012:
                peer.close()
            else:
                judge.accept(number)
                peer.answer(acknowledge(payload))

        sink = self.sink(behave).open()
        host, port = sink.address
        config = ("connectors:\n"
                  f"  - name: lab\n    type: mllp\n    address: {host}:{port}\n"
                  f"    order_by: pid.id\n    lanes: {LANES}\n"
                  "    retry: {initial: 20ms, max: 100ms, attempts: 1000}\n")
        server = self.start(config, LOG_LEVEL="info")
        self.send_all(server, made)
        eventually("all are accepted", lambda: judge.accepted >= MESSAGES or judge.faults,
                   within=120 + MESSAGES / 500)
        self.assertEqual(judge.faults[:5], [])
        self.assertEqual(judge.accepted, MESSAGES)
        self.assertGreater(len(sink.received), MESSAGES, "nothing failed: the test is too kind")
        self.assertGreaterEqual(sink.connections, LANES, "one connection for each lane")


if __name__ == "__main__":
    unittest.main()
