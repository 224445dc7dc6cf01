"""A full disk: unavailable, no crash, settling goes on, AA again when there is room,
nothing lost. The store stands on a tmpfs of a few MiB.
"""

import time
import unittest

from harness.drops import AppendFile, append_connector
from harness.eventually import eventually
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.tmpfs import SmallDisk

MIB = 1 << 20
KIB = 1 << 10

EACH = 500  # of 3 kB from each of six: more than the room and the store's spare log together


class DiskFull(Scenario):
    MIN_FREE = 4 * MIB

    def setUp(self):
        super().setUp()
        self.disk = SmallDisk(self.folder / "disk", 32 * MIB)
        self.addCleanup(self.disk.close)
        self.addCleanup(self._end_servers)  # before the disk goes away
        self.archive = AppendFile(self.folder / "archive.mllp")
        self.accepted = []

    def begin(self, connectors="", **settings):
        config = "connectors:\n" + append_connector(self.archive.path) + connectors
        return self.start(config, **{"DATA_DIR": self.disk.path / "data", "LOG_LEVEL": "info",
                                     "MIN_FREE": self.MIN_FREE, "UNAVAILABLE_WAIT": "300ms",
                                     **settings})

    def send(self, wire, size=0):
        control_id = fresh_id("D")
        payload = message(control_id, size=size)
        answer = wire.ask(payload)
        self.assertEqual(answer.control_id, control_id.encode())
        if answer.code == "AA":
            self.accepted.append(payload)
        return answer.code

    def until(self, wire, code, what):
        eventually(what, lambda: self.send(wire) == code, within=15, every=0.05)


class BelowMinFree(DiskFull):
    def test_unavailable_until_there_is_room_again(self):
        server = self.begin()
        with server.connect() as wire:
            for _ in range(3):
                self.assertEqual(self.send(wire), "AA")
                self.disk.fill(leave=self.MIN_FREE - MIB)
                self.until(wire, "AE", "refused below MIN_FREE")
                self.assertEqual(self.send(wire), "AE")
                self.disk.clear()
                self.until(wire, "AA", "accepted when there is room")
        self.archive.expect(self.accepted)

    def test_waits_for_room_as_long_as_it_may(self):
        server = self.begin(UNAVAILABLE_WAIT="20s")
        with server.connect() as wire:
            self.assertEqual(self.send(wire), "AA")
            self.disk.fill(leave=self.MIN_FREE - MIB)
            eventually("the store notices", lambda: self.is_held(server), within=10)
            wire.send_frame(waits := message("WAITS"))
            wire.expect_silence(0.5)
            self.disk.clear()
            self.assert_answer(wire.answer(15), "AA", "WAITS")
        eventually("it is delivered", lambda: waits in self.archive.payloads())

    def is_held(self, server):
        """True if a message of a connection of its own gets no answer at once."""
        with server.connect() as wire:
            wire.send_frame(message(fresh_id("HELD")))
            try:
                wire.expect_silence(0.3)
            except AssertionError:
                return False
            return True

    def test_settling_still_works(self):
        sink = self.sink()
        server = self.begin(sink.connector())
        with server.connect() as wire:
            for _ in range(50):
                self.assertEqual(self.send(wire), "AA")
            self.disk.fill(leave=self.MIN_FREE - MIB)
            self.until(wire, "AE", "refused below MIN_FREE")
            sink.open()
            self.assertEqual(sink.wait_for(len(self.accepted)), self.accepted)
            self.assertEqual(self.send(wire), "AE")
        server.restart()  # what was settled stays settled
        with server.connect() as wire:
            self.assertEqual(self.send(wire), "AE")
            self.disk.clear()
            self.until(wire, "AA", "accepted when there is room")
        sink.wait_for(len(self.accepted))
        server.stop()
        self.assertEqual(sink.payloads(), self.accepted, "delivered once each")
        self.archive.expect(self.accepted)

    def test_frames_behind_one_that_is_unavailable_are_unavailable(self):
        """Room comes back while the frames wait: never is one answered AA behind an
        AE that was read before it."""
        server = self.begin(UNAVAILABLE_WAIT="250ms")
        patterns = set()
        with server.connect() as wire:
            for round_ in range(12):
                self.disk.fill(leave=self.MIN_FREE - MIB)
                payloads = [message(fresh_id(f"R{round_}X")) for _ in range(20)]
                wire.send_frame(*payloads[:10])
                time.sleep(0.12 * (round_ % 2))
                wire.send_frame(*payloads[10:])
                if round_ % 3 == 0:
                    self.disk.clear()
                codes = [one.code for one in wire.answers(20)]
                self.disk.clear()
                self.until(wire, "AA", "accepted when there is room")
                self.accepted[-1:-1] = [payload for payload, code in zip(payloads, codes)
                                        if code == "AA"]
                patterns.add("".join(codes).replace("AA", "+").replace("AE", "-"))
                self.assertEqual(codes, sorted(codes), "AA behind AE on one connection")
        self.archive.expect(self.accepted)
        self.assertIn("-" * 20, patterns)


class TargetsDiskFull(Scenario):
    """The file connector's own disk is full: its trouble, and nobody else's."""

    def test_is_waited_out_and_leaves_no_torn_frame(self):
        disk = SmallDisk(self.folder / "disk", 8 * MIB)
        self.addCleanup(disk.close)
        self.addCleanup(self._end_servers)
        archive = AppendFile(disk.path / "archive.mllp")
        sink = self.sink().open()
        server = self.start("connectors:\n" + append_connector(archive.path) + sink.connector(),
                            LOG_LEVEL="info")
        disk.fill(leave=300 * KIB)
        payloads = [message(fresh_id("T"), size=20000) for _ in range(60)]
        with server.connect() as wire:
            for payload in payloads:
                self.assertEqual(wire.ask(payload).code, "AA")
        self.assertEqual(sink.wait_for(60), payloads)
        eventually("the disk is full", lambda: disk.free_bytes() < 20000)
        server.kill()
        server.start()
        disk.clear()
        eventually("all arrive", lambda: set(payloads) <= set(archive.payloads(True)), within=20)
        self.assertEqual(list(dict.fromkeys(archive.payloads())), payloads)


class NoRoomAtAll(DiskFull):
    MIN_FREE = 0  # nothing held back: the disk itself says no

    def test_a_large_frame_without_room_takes_the_small_ones_behind_it_along(self):
        server = self.begin(MIN_FREE=1)
        with server.connect() as wire:
            self.assertEqual(self.send(wire), "AA")
            self.disk.fill(leave=600 * KIB)
            large = message("LARGE", size=2 * MIB)
            small = [message(fresh_id("SMALL")) for _ in range(19)]
            wire.send_frame(large, *small)
            self.assertEqual([one.code for one in wire.answers(20)], ["AE"] * 20)
            self.disk.clear()
            self.until(wire, "AA", "accepted when there is room")
        self.archive.expect(self.accepted)

    def test_load_through_a_full_disk_loses_nothing(self):
        server = self.begin(MIN_FREE=1, UNAVAILABLE_WAIT="100ms")
        for round_ in range(3):
            load = Load(server.address(), 6, 8, lambda who, n: self.make(who, n, EACH))
            self.disk.fill(leave=MIB)
            self.assertTrue(load.run(within=60))
            load.close()
            self.assertEqual(load.faults(), [])
            self.assertEqual(load.count("AA") + load.count("AE"), 6 * EACH)
            self.assertGreater(load.count("AE"), 0)
            self.accepted += [payload for sent in load.accepted() for _, payload in sent]
            self.disk.clear()
            with server.connect() as wire:
                self.until(wire, "AA", "accepted when there is room")
        self.assertEqual(sorted(self.archive.wait_for(len(self.accepted))),
                         sorted(self.accepted))

    @staticmethod
    def make(who, n, each):
        control_id = fresh_id(f"{who}L")
        return (control_id, message(control_id, size=3000)) if n < each else None

    def test_start_on_a_full_disk_serves_what_is_there(self):
        sink = self.sink()
        server = self.begin(sink.connector(), MIN_FREE=1)
        with server.connect() as wire:
            for _ in range(20):
                self.assertEqual(self.send(wire), "AA")
        self.disk.fill(leave=200 * KIB)
        server.kill()
        server.start()
        sink.open()
        self.assertEqual(sink.wait_for(20)[:20], self.accepted)
        self.disk.clear()
        with server.connect() as wire:
            self.until(wire, "AA", "accepted when there is room")


if __name__ == "__main__":
    unittest.main()
