"""Every deadline of section 2. Each test holds both sides: not too early, not too late."""

import select
import time
import unittest

from harness.eventually import SLOWNESS, stretched
from harness.messages import frame, message
from harness.scenario import Scenario
from harness.server import timed

EARLY = 0.15  # a timer may be this much ahead of our clock
LATE = 1.0 * SLOWNESS


class Deadlines(Scenario):
    def assert_about(self, seconds, wanted):
        self.assertGreater(seconds, wanted - EARLY)
        self.assertLess(seconds, wanted + LATE)

    def closed_after(self, wire, since):
        wire.expect_closed()
        return time.monotonic() - since

    def drip(self, wire, octets, every, within):
        """One octet at a time until the server ends the connection; how long it took."""
        start = time.monotonic()
        for octet in octets:
            if time.monotonic() - start > within:
                break
            try:
                wire.send(bytes([octet]))
            except (BrokenPipeError, ConnectionResetError):
                break
            if select.select([wire.socket], [], [], every)[0]:
                break
        wire.expect_closed(within=0.5)
        return time.monotonic() - start


class IdleTimeout(Deadlines):
    def test_closes_a_silent_connection(self):
        server = self.start(IDLE_TIMEOUT="1s")
        with server.connect() as wire:
            self.assert_about(self.closed_after(wire, time.monotonic()), 1)

    def test_counts_from_the_last_answer(self):
        server = self.start(IDLE_TIMEOUT="1s")
        with server.connect() as wire:
            start = time.monotonic()
            while time.monotonic() - start < 2.5:
                self.assert_answer(wire.ask(message()), "AA")
                time.sleep(0.4)
            wire.ask(message())
            self.assert_about(self.closed_after(wire, time.monotonic()), 1)

    def test_is_not_refreshed_by_garbage(self):
        server = self.start(IDLE_TIMEOUT="1s")
        with server.connect() as wire:
            self.assert_about(self.drip(wire, b"\r\n" * 100, 0.1, within=5), 1)

    def test_does_not_run_while_an_answer_is_owed(self):
        server = self.start(IDLE_TIMEOUT="500ms", MIN_FREE=1 << 60, UNAVAILABLE_WAIT="2s")
        with server.connect() as wire:
            self.assert_answer(wire.ask(message("OWED")), "AE", "OWED")
            self.assert_about(self.closed_after(wire, time.monotonic()), 0.5)

    def test_inside_a_frame_each_read_respects_it(self):
        server = self.start(IDLE_TIMEOUT="700ms", FRAME_TIMEOUT="60s")
        with server.connect() as wire:
            wire.send(b"\x0bMSH|")
            self.assert_about(self.closed_after(wire, time.monotonic()), 0.7)
        with server.connect() as wire:
            took = self.drip(wire, frame(message("SLOW"))[:20], 0.2, within=60)
        self.assertGreater(took, 3, "octets that come in time keep a frame alive")

    def test_off(self):
        server = self.start(IDLE_TIMEOUT="0", FRAME_TIMEOUT="1s")
        with server.connect() as wire:
            wire.expect_silence(2)
            self.assert_answer(wire.ask(message()), "AA")


class FrameTimeout(Deadlines):
    def test_closes_a_frame_that_does_not_end(self):
        server = self.start(FRAME_TIMEOUT="1s")
        with server.connect() as wire:
            wire.send(b"\x0bMSH|")
            self.assert_about(self.closed_after(wire, time.monotonic()), 1)

    def test_is_not_refreshed_by_octets(self):
        server = self.start(FRAME_TIMEOUT="1s")
        with server.connect() as wire:
            self.assert_about(self.drip(wire, frame(message())[:100], 0.1, within=5), 1)

    def test_answers_what_was_whole_before(self):
        server, archive = self.start_with_archive(FRAME_TIMEOUT="1s")
        with server.connect() as wire:
            start = time.monotonic()
            wire.send(frame(message("WHOLE")) + b"\x0bMSH|")
            self.assert_answer(wire.answer(), "AA", "WHOLE")
            self.assert_about(self.closed_after(wire, start), 1)
        archive.expect([message("WHOLE")])

    def test_off(self):
        server = self.start(FRAME_TIMEOUT="0")
        with server.connect() as wire:
            wire.send(b"\x0b" + message("LONG"))
            wire.expect_silence(1.5)
            wire.send(b"\x1c\r")
            self.assert_answer(wire.answer(), "AA", "LONG")


class WriteTimeout(Deadlines):
    # Answers echo the control id, so that few of them fill the socket's buffers.
    LONG_ID = "W" * 60000

    def test_closes_on_a_peer_that_never_reads(self):
        server = self.start(WRITE_TIMEOUT="1s", LOG_LEVEL="info")
        with server.connect(receive_buffer=4096) as wire:
            self.assert_about(timed(lambda: self.flood(wire)), 1 + EARLY)
        self.assert_accepts(server)

    def flood(self, wire):
        """Sends without reading until the server ends the connection."""
        octets = frame(message(self.LONG_ID))
        deadline = time.monotonic() + stretched(15)
        wire.socket.setblocking(False)
        while time.monotonic() < deadline:
            try:
                select.select([], [wire.socket], [], 0.05)
                wire.socket.send(octets)
            except BlockingIOError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
        self.fail("the server goes on with a peer that never reads")

    def test_is_kept_by_a_peer_that_reads_slowly(self):
        server = self.start(WRITE_TIMEOUT="1s", MAX_IN_FLIGHT="4", LOG_LEVEL="info")
        with server.connect(receive_buffer=4096) as wire:
            self.assert_answer(wire.ask(message(self.LONG_ID)), "AA", self.LONG_ID)
            for _ in range(8):
                wire.send_frame(message(self.LONG_ID))
            time.sleep(0.3)
            for _ in range(8):
                self.assert_answer(wire.answer(), "AA", self.LONG_ID)


if __name__ == "__main__":
    unittest.main()
