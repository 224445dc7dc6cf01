"""The settings that change how frames are found and answered: FRAME_RESYNC,
FRAME_END, MLLP_RELEASE.
"""

import signal
import unittest

from harness.eventually import stretched
from harness.hl7 import answer_in
from harness.messages import frame, message
from harness.scenario import Scenario
from harness.server import timed

ACK_BLOCK = b"\x06"
NAK_BLOCK = b"\x15"


class FrameResync(Scenario):
    SOFT_BREAK = message("R1", body="NTE|1||soft\x0bbreak\r")

    def test_header_takes_a_soft_break_as_payload(self):
        server, archive = self.start_with_archive(FRAME_RESYNC="header")
        with server.connect() as wire:
            self.assert_answer(wire.ask(self.SOFT_BREAK), "AA", "R1")
        archive.expect([self.SOFT_BREAK])

    def test_header_is_seen_across_reads(self):
        server = self.start()
        with server.connect() as wire:
            wire.send(b"\x0b" + message("CUT")[:-20] + b"\x0bM")
            wire.expect_silence(0.2)
            wire.send(message("NEW")[1:] + b"\x1c\r")
            self.assert_answer(wire.answer(), "AA", "NEW")
            wire.expect_silence(0.2)

    def test_any_begins_anew_at_each_start_octet(self):
        server, archive = self.start_with_archive(FRAME_RESYNC="any")
        with server.connect() as wire:
            wire.send_frame(self.SOFT_BREAK)
            self.assert_answer(wire.answer(), "AR", b"")  # "break" is no message
            self.assert_answer(wire.ask(message("R2")), "AA", "R2")
        archive.expect([message("R2")])

    def test_close_ends_the_connection(self):
        server, archive = self.start_with_archive(FRAME_RESYNC="close")
        with server.connect() as wire:
            wire.send_frame(message("R3"), self.SOFT_BREAK)
            self.assert_answer(wire.answer(), "AA", "R3")
            wire.expect_closed()
        archive.expect([message("R3")])


class FrameEnd(Scenario):
    def test_a_bare_fs_ends_a_frame(self):
        server, archive = self.start_with_archive(FRAME_END="fs")
        first, second, third = message("F1"), message("F2"), message("F3")
        with server.connect() as wire:
            wire.send(b"\x0b" + first + b"\x1c")
            self.assert_answer(wire.answer(), "AA", "F1")
            wire.send(b"\r\x0b" + second + b"\x1c\r\x0b" + third + b"\x1c")
            self.assertEqual([one.control_id for one in wire.answers(2)], [b"F2", b"F3"])
        archive.expect([first, second, third])


class ReleaseTwo(Scenario):
    def release_two(self, **settings):
        return self.start_with_archive(MLLP_RELEASE="2", **settings)

    def test_commit_block_then_answer(self):
        server, archive = self.release_two()
        sent = [message("C1"), message("C2")]
        with server.connect() as wire:
            for payload in sent:
                wire.send_frame(payload)
                self.assertEqual(wire.payload(), ACK_BLOCK)
                self.assert_answer(answer_in(wire.payload()), "AA")
                wire.send(frame(ACK_BLOCK))
            wire.expect_silence(0.2)
        archive.expect(sent)

    def test_reads_commit_blocks_whatever_is_in_flight(self):
        server, archive = self.release_two(MAX_IN_FLIGHT="1")
        sent = [message(f"I{n}") for n in range(4)]
        with server.connect() as wire:
            wire.send_frame(*sent)
            for _ in sent:
                self.assertEqual(wire.payload(), ACK_BLOCK)
                self.assert_answer(answer_in(wire.payload()), "AA")
                wire.send(frame(ACK_BLOCK))
        archive.expect(sent)

    def test_a_peer_that_leaves_without_its_commit_block_holds_nothing_up(self):
        server, _ = self.release_two(SHUTDOWN_TIMEOUT="20s")
        with server.connect() as wire:
            wire.send_frame(message("G1"))
            self.assertEqual(wire.payload(), ACK_BLOCK)
            self.assert_answer(answer_in(wire.payload()), "AA")
        self.assertLess(timed(server.stop), stretched(3))

    def test_stop_answers_what_was_read(self):
        server, archive = self.release_two()
        sent = [message(f"T{n}") for n in range(3)]
        with server.connect() as wire:
            wire.send_frame(*sent)
            self.assertEqual(wire.payload(), ACK_BLOCK)
            server.signal(signal.SIGTERM)
            for n, _ in enumerate(sent):
                if n:
                    self.assertEqual(wire.payload(), ACK_BLOCK)
                self.assert_answer(answer_in(wire.payload()), "AA")
                wire.send(frame(ACK_BLOCK))
            wire.expect_closed()
        self.assertEqual(server.wait(), 0)
        server.start()
        archive.expect(sent)

    def test_no_answer_where_the_mode_asks_for_none(self):
        server, archive = self.release_two(ACK_MODE="enhanced")
        payload = message("C3", accept="NE", application="NE")
        with server.connect() as wire:
            wire.send_frame(payload)
            self.assertEqual(wire.payload(), ACK_BLOCK)
            wire.expect_silence(0.2)
        archive.expect([payload])

    def test_a_refusal_is_final(self):
        server, archive = self.release_two()
        with server.connect() as wire:
            wire.send_frame(message(""))
            self.assertEqual(wire.payload(), ACK_BLOCK)
            self.assert_answer(answer_in(wire.payload()), "AR")
        archive.expect([])

    def test_what_may_be_retried_is_nak(self):
        server, archive = self.release_two(MIN_FREE=1 << 60, UNAVAILABLE_WAIT="100ms")
        with server.connect() as wire:
            wire.send_frame(message("C4"))
            self.assertEqual(wire.payload(), NAK_BLOCK)
        archive.expect([])


if __name__ == "__main__":
    unittest.main()
