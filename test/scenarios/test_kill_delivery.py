"""kill -9 in mid-delivery with every connector at work: whatever is where when the end
comes, no target misses what was promised, only what was on its way comes twice, and a
target that can tell a repeat holds each message once.

MLLP_KILL_DELIVERY_ROUNDS says how many rounds (25).
"""

import os
import random
import sys
import time
import unittest

from harness import postgres
from harness.drops import AppendFile
from harness.eventually import eventually
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from scenarios.test_modules import Receiver

ROUNDS = int(os.environ.get("MLLP_KILL_DELIVERY_ROUNDS", "25"))
CONNECTIONS, IN_FLIGHT, EACH = 4, 8, 60

# What a kill may repeat at a target: the batch in hand, and what was settled in memory
# only (256 entries or 20 ms, store/outbox.hpp).
REPEATED_MAX = 256 + 64


@unittest.skipIf(postgres.missing(), postgres.missing())
class KillInMidDelivery(Scenario):
    def setUp(self):
        super().setUp()
        self.dice = random.Random(20260404)
        self.database = postgres.Postgres()
        self.addCleanup(self.database.close)
        self.web = Receiver()
        self.addCleanup(self.web.server_close)
        self.addCleanup(self.web.shutdown)
        self.lab = self.sink().open()
        self.archive = AppendFile(self.folder / "archive.mllp")
        self.drop = self.folder / "drop"
        self.drop.mkdir()
        host, port = self.lab.address
        fast = "    retry: {initial: 20ms, max: 100ms}\n"
        self.target = self.server(
            self.web.connector("    batch: 8\n")
            + f"  - name: lab\n    type: mllp\n    address: {host}:{port}\n    batch: 8\n{fast}"
            + f"  - name: warehouse\n    type: postgres\n    dsn: {self.database.dsn}\n"
              f"    batch: 32\n{fast}"
            + f"  - name: archive\n    type: file\n    directory: {self.folder}\n"
              f"    file_name: archive.mllp\n    mode: append\n    batch: 32\n{fast}"
            + f"  - name: drop\n    type: file\n    directory: {self.drop}\n{fast}",
            LOG_LEVEL="info")
        self.accepted = []  # lists of payloads: one list for each connection of a round
        self.sent = set()

    def make(self, connection, n):
        if n >= EACH:
            return None
        control_id = fresh_id(f"{connection}D")
        payload = message(control_id, body=f"NTE|1||{connection} {n}\r")
        self.sent.add(payload)
        return control_id, payload

    def round(self):
        self.target.start()
        load = Load(self.target.address(), CONNECTIONS, IN_FLIGHT, self.make)
        kill_at = time.monotonic() + self.dice.uniform(0.02, 0.5)
        load.run(within=30, until=lambda: time.monotonic() > kill_at)
        while time.monotonic() < kill_at:
            time.sleep(0.001)
        self.target.kill()
        load.read_the_rest(5)
        load.close()
        self.assertEqual(load.faults(), [])
        self.accepted += [[payload for _, payload in sent] for sent in load.accepted()]

    def in_database(self):
        return [bytes.fromhex(row) for row in self.database.rows(
            "SELECT encode(message, 'hex') FROM mllp_messages ORDER BY entry")]

    def in_drop(self):
        return [path.read_bytes() for path in sorted(self.drop.iterdir())
                if not path.name.startswith(".")]

    def test_nothing_is_lost_and_only_what_was_on_its_way_comes_twice(self):
        for _ in range(ROUNDS):
            self.round()
        self.target.start()
        wanted = {payload for sent in self.accepted for payload in sent}
        self.assertGreater(len(wanted), 20 * ROUNDS, "too little load to prove anything")
        last = message(fresh_id("LAST"), body="NTE|1\r")
        self.sent.add(last)
        with self.target.connect() as wire:
            self.assertEqual(wire.ask(last).code, "AA")
        wanted.add(last)
        targets = {
            "http": lambda: [body for _, body in list(self.web.seen)],
            "mllp": self.lab.payloads,
            "postgres": self.in_database,
            "append": lambda: self.archive.payloads(torn_tail=True),
            "file": self.in_drop,
        }
        for name, read in targets.items():
            eventually(f"everything promised is at {name}",
                       lambda read=read: last in read(), within=120, every=0.5)
        self.target.stop()
        found = {name: read() for name, read in targets.items()}
        for name, payloads in found.items():
            with self.subTest(target=name):
                self.check(name, payloads, wanted)
        with self.subTest("each once where a repeat can be told"):
            self.assertEqual(len(self.web.taken), len(set(self.web.taken.values())))
            for name in ("postgres", "file"):
                self.assertEqual(len(found[name]), len(set(found[name])), name)

    def check(self, name, payloads, wanted):
        repeated = len(payloads) - len(set(payloads))
        print(f"{name}: {ROUNDS} kills, {len(wanted)} accepted, {len(set(payloads))} there, "
              f"{repeated} of them again", file=sys.stderr)
        self.assertEqual(len(wanted - set(payloads)), 0, "lost")
        self.assertLessEqual(set(payloads), self.sent, "something came that was never sent")
        self.assertLessEqual(repeated, REPEATED_MAX * ROUNDS)
        place = {}
        for at, payload in enumerate(payloads):
            place.setdefault(payload, at)
        for sent in self.accepted:
            places = [place[payload] for payload in sent]
            self.assertEqual(places, sorted(places), "out of order")
        self.check_repeats(payloads)

    def check_repeats(self, payloads):
        """What comes again begins a little before where the target had come to, and goes on
        from there, until a later kill begins it anew."""
        seen, due = {}, 0
        for payload in payloads:
            place = seen.setdefault(payload, len(seen))
            self.assertLessEqual(place, due, "a message that was left out before comes later")
            self.assertLessEqual(len(seen) - place, REPEATED_MAX, "that was long settled")
            due = place + 1


if __name__ == "__main__":
    unittest.main()
