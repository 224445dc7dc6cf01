"""kill -9 at random moments under load: what was answered AA is delivered, exactly
as sent, in order per connection; twice only what was in delivery when the end came.
"""

import os
import random
import sys
import time
import unittest

from harness.drops import AppendFile, append_connector
from harness.eventually import eventually, stretched
from harness.hl7 import control_id_of
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario

ROUNDS = int(os.environ.get("MLLP_KILL_ROUNDS", "50"))
CONNECTIONS, IN_FLIGHT = 8, 16

# What a crash may repeat: the batch in hand and what was settled in memory only
# (256 entries or 20 ms, store/outbox.hpp), with room for the moment of the kill.
REPEATED_MAX = 1024
LARGE = 300 * 1024  # goes into a file of its own


class Kill(Scenario):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20260403)
        self.archive = AppendFile(self.folder / "archive.mllp")
        self.target = self.server("connectors:\n" + append_connector(
            self.archive.path, more="    batch: 64\n"), LOG_LEVEL="info")
        self.accepted = []   # lists of payloads: one list for each connection of a round
        self.sent = set()
        self.ends = []       # how many messages the file held after each kill

    def make(self, connection, n):
        control_id = fresh_id(f"{connection}K")
        size = LARGE if self.random.random() < 0.002 else 0
        payload = message(control_id, size=size, body=f"NTE|1||{connection} {n}\r")
        self.sent.add(payload)
        return control_id, payload

    def round(self):
        self.target.start()
        load = Load(self.target.address(), CONNECTIONS, IN_FLIGHT, self.make)
        kill_at = time.monotonic() + self.random.uniform(0.02, 0.8)
        load.run(within=30, until=lambda: time.monotonic() > kill_at)
        self.target.kill()
        load.read_the_rest(5)
        load.close()
        self.assertEqual(load.faults(), [])
        self.assertEqual(sum(load.count(code) for code in ("AE", "AR")), 0)
        self.accepted += [[payload for _, payload in sent] for sent in load.accepted()]
        self.ends.append(len(self.archive.payloads(torn_tail=True)))

    def test_nothing_that_was_promised_is_lost(self):
        for _ in range(ROUNDS):
            self.round()
        self.target.start()
        self.settle_down()
        self.target.stop()
        found = self.archive.payloads()
        accepted = [payload for sent in self.accepted for payload in sent]
        print(f"{ROUNDS} rounds, {len(accepted)} accepted, {len(found)} delivered, "
              f"{len(found) - len(set(found))} of them again", file=sys.stderr)
        self.assertGreater(len(accepted), 50 * ROUNDS, "too little load to prove anything")
        self.check_content(found, accepted)
        self.check_order(found)
        self.check_repeats(found)

    def settle_down(self):
        """Until the file has everything and stays as it is."""
        wanted = {payload for sent in self.accepted for payload in sent}
        eventually("everything promised is in the file",
                   lambda: wanted <= set(self.archive.payloads(torn_tail=True)),
                   within=60, every=0.5)
        sizes = [0]

        def is_still():
            sizes.append(len(self.archive.octets()))
            return sizes[-1] == sizes[-2]

        eventually("the file is still", is_still, within=30, every=0.5)

    def check_content(self, found, accepted):
        self.assertEqual(len(set(accepted)), len(accepted))
        missing = set(accepted) - set(found)
        self.assertEqual(len(missing), 0, sorted(missing)[:3])
        self.assertLessEqual(set(found), self.sent, "something came that was never sent")

    def check_order(self, found):
        first_place = {}
        for place, payload in enumerate(found):
            first_place.setdefault(payload, place)
        for sent in self.accepted:
            places = [first_place[payload] for payload in sent]
            self.assertEqual(places, sorted(places))

    def check_repeats(self, found):
        """After each kill the file goes on with a stretch it ended with: what was
        delivered and not yet settled, in the same order."""
        bounds = self.ends + [len(found)]
        seen = set(found[:bounds[0]])
        self.assertEqual(len(seen), bounds[0], "twice without a crash between")
        for begin, end in zip(bounds, bounds[1:]):
            again = [payload for payload in found[begin:end] if payload in seen]
            self.assertLessEqual(len(again), REPEATED_MAX)
            self.assertEqual(again, found[begin:begin + len(again)], "a repeat out of its place")
            self.assertEqual(again, found[begin - len(again):begin], "not what was in delivery")
            fresh = found[begin + len(again):end]
            self.assertEqual(len(set(fresh)), len(fresh), "twice without a crash between")
            seen.update(fresh)


class KillBatches(Scenario):
    """The messages of a batch commit together or not at all."""

    SIZE = 40

    def make(self, connection, n):
        control_id = fresh_id(f"{connection}B")
        messages = [message(f"{control_id}-{place}", body="NTE|1\r") for place in range(self.SIZE)]
        return (f"{control_id}-0", b"BHS|^~\\&\r" + b"".join(messages) +
                f"BTS|{self.SIZE}\r".encode())

    def test_are_stored_whole_or_not_at_all(self):
        chance = random.Random(99)
        archive = AppendFile(self.folder / "archive.mllp")
        server = self.server("connectors:\n" + append_connector(archive.path), LOG_LEVEL="info")
        accepted = set()
        for _ in range(max(2, ROUNDS // 6)):
            server.start()
            load = Load(server.address(), 6, 8, self.make)
            kill_at = time.monotonic() + chance.uniform(0.05, 0.4)
            load.run(within=30, until=lambda: time.monotonic() > kill_at)
            server.kill()
            load.read_the_rest(5)
            load.close()
            accepted.update(control_id.rsplit("-", 1)[0] for sent in load.accepted()
                            for control_id, _ in sent)
        server.start()
        self.assert_accepts(server)
        eventually("the backlog is delivered", lambda: any(
            control_id_of(payload).startswith(b"OK") for payload in archive.payloads(True)), 60)
        self.check(archive.payloads(), accepted)

    def check(self, found, accepted):
        places = {}
        for payload in set(found):
            name, _, place = control_id_of(payload).decode().partition("-")
            if place:
                places.setdefault(name, set()).add(int(place))
        halves = {name for name, there in places.items() if len(there) != self.SIZE}
        self.assertEqual(halves, set(), "half a batch")
        self.assertEqual(accepted - set(places), set(), "answered and lost")
        self.assertGreater(len(accepted), 10)


class KillWithReceiver(Scenario):
    def test_another_receiver_gets_all_in_order_too(self):
        sink = self.sink().open()
        server = self.server("connectors:\n" + sink.connector(), LOG_LEVEL="info")
        accepted = []
        for _ in range(max(2, ROUNDS // 8)):
            server.start()
            with server.connect() as wire:
                for _ in range(60):
                    payload = message(fresh_id("KR"))
                    self.assertEqual(wire.ask(payload).code, "AA")
                    accepted.append(payload)
            server.kill()
        server.start()
        eventually("all arrive", lambda: set(accepted) <= set(sink.payloads()), within=30)
        self.assertEqual(list(dict.fromkeys(sink.payloads())), accepted)


class KillOnce(Scenario):
    def test_starts_again_at_once(self):
        server, archive = self.start_with_archive()
        payloads = [message(fresh_id()) for _ in range(200)]
        with server.connect() as wire:
            for payload in payloads:
                self.assert_answer(wire.ask(payload), "AA")
            server.kill()
        took = time.monotonic()
        server.start()
        self.assertLess(time.monotonic() - took, stretched(2))
        self.assert_accepts(server)
        self.assertLessEqual(set(payloads), set(archive.wait_for(201)))


if __name__ == "__main__":
    unittest.main()
