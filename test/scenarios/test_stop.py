"""Section 10: SIGTERM answers everything that was read, loses nothing, exits 0."""

import os
import random
import signal
import sys
import time
import unittest

from harness.drops import AppendFile, append_connector
from harness.eventually import stretched
from harness.hl7 import acknowledge
from harness.load import Load
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.sink import silent
from harness.trace import Strace
from harness.wire import Closed, Silent

ROUNDS = int(os.environ.get("MLLP_STOP_ROUNDS", "5"))  # 50 by scripts/nightly.sh
CONNECTIONS, LEAVING = 10, 2  # of them, how many go away without a word


class StopUnderLoad(Scenario):
    """What was stored and what was answered AA are the same messages, to the last
    one: a frame that was read is answered, and a frame that was answered is there.
    Only of a peer that had gone may something be stored that was not answered.
    """

    def make(self, connection, n):
        control_id = fresh_id(f"{connection}T")
        return control_id, message(control_id)

    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.accepted, self.sent_by_the_gone = set(), set()
        self.archive = AppendFile(self.folder / "archive.mllp")
        self.target = self.server("connectors:\n" + append_connector(self.archive.path),
                                  LOG_LEVEL="info")

    def test_answers_and_store_agree(self):
        for number in range(ROUNDS):
            with self.subTest(round=number):
                self.round()
        self.target.start()
        self.assert_accepts(self.target)
        found = self.archive.wait_for(len(self.accepted) + 1, within=60)
        self.target.stop()
        found = self.archive.payloads()
        print(f"{ROUNDS} stops, {len(self.accepted)} accepted, {len(found) - 1} stored",
              file=sys.stderr)
        self.assertGreater(len(self.accepted), 50 * ROUNDS, "too little load to prove anything")
        self.assertEqual(len(found), len(set(found)), "twice, though nothing crashed")
        self.assertEqual(self.accepted - set(found), set(), "answered and lost")
        unanswered = set(found) - self.accepted - self.sent_by_the_gone
        self.assertEqual(len(unanswered), 1, "stored and not answered, but for the last of all")

    def round(self):
        self.target.start()
        load = Load(self.target.address(), CONNECTIONS, 16, self.make)
        signal_at = time.monotonic() + self.random.uniform(0.02, 0.9)
        load.run(within=30, until=lambda: time.monotonic() > signal_at)
        for sender in self.random.sample(load.senders, LEAVING):
            load.leave(sender)
            self.sent_by_the_gone.update(payload for _, payload in sender.sent)
        self.target.signal(signal.SIGTERM)
        load.read_the_rest(20)
        self.assertEqual(self.target.wait(), 0, self.target.log_text()[-2000:])
        load.close()
        self.assertEqual(load.faults(), [])
        self.assertEqual(load.count("AE") + load.count("AR"), 0)
        self.assertEqual(self.target.events("drain_incomplete"), [])
        self.accepted.update(payload for sent in load.accepted() for _, payload in sent)


class Stop(Scenario):
    def stopped_after(self, server, code=0):
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), code, server.log_text()[-2000:])
        return time.monotonic() - start

    def test_idle_connections_are_closed_at_once(self):
        server = self.start()
        wires = [server.connect() for _ in range(20)]
        for wire in wires[:10]:
            wire.ask(message())
        # These peers do not close their side, and get a moment to see the end.
        self.assertLess(self.stopped_after(server), stretched(4))
        for wire in wires:
            wire.expect_closed()
            self.assertFalse(wire.was_reset)

    def test_frames_whose_last_octet_was_read_are_answered(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info")
        payloads = [message(fresh_id("OWED")) for _ in range(5)]
        with server.connect() as wire:
            wire.ask(warm := message())
            archive.wait_for(1)
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=fdatasync,fsync:delay_enter=500000")
            wire.send_frame(*payloads)
            wire.expect_silence(0.2)  # all read, none on disk
            server.signal(signal.SIGTERM)
            self.assertEqual([one.code for one in wire.answers(5)], ["AA"] * 5)
            wire.expect_closed()
            strace.detach()
            self.assertEqual(server.wait(), 0)
        server.start()
        archive.expect([warm, *payloads])

    def test_a_half_read_frame_is_dropped_or_done_but_never_both(self):
        server, archive = self.start_with_archive(SHUTDOWN_TIMEOUT="2s")
        payload = message("HALF")
        answered = False
        with server.connect() as wire:
            wire.ask(warm := message())
            wire.send(frame(payload)[:-30])
            wire.expect_silence(0.2)
            server.signal(signal.SIGTERM)
            time.sleep(0.3)
            try:
                wire.send(frame(payload)[-30:])
                answered = wire.answer().code == "AA"
            except (Closed, ConnectionError):
                pass
        self.assertEqual(server.wait(), 0)
        server.start()
        archive.expect([warm, payload] if answered else [warm])

    def test_a_frame_that_never_ends_holds_nothing_up(self):
        server = self.start(SHUTDOWN_TIMEOUT="2s")
        with server.connect() as wire:
            wire.send(b"\x0b" + message("ENDLESS"))
            wire.expect_silence(0.2)
            self.assertLess(self.stopped_after(server), stretched(4))
            wire.expect_closed()

    def test_a_peer_that_never_reads_holds_nothing_up(self):
        server = self.start(SHUTDOWN_TIMEOUT="2s", WRITE_TIMEOUT="60s", LOG_LEVEL="info")
        with server.connect(receive_buffer=4096) as wire:
            wire.push(frame(message("W" * 60000)) * 200, quiet=0.5)
            self.assertLess(self.stopped_after(server), stretched(4))

    def test_a_target_that_never_answers_holds_nothing_up(self):
        sink = self.sink(silent).open()
        server = self.start("connectors:\n" + sink.connector(answer_timeout="60s"),
                            SHUTDOWN_TIMEOUT="2s")
        self.assert_accepts(server)
        sink.wait_for(1)
        self.assertLess(self.stopped_after(server), stretched(5))

    def test_without_a_limit_a_slow_target_is_waited_for(self):
        def slow(sink, peer, payload):
            time.sleep(stretched(2.5))
            peer.answer(acknowledge(payload))

        sink = self.sink(slow).open()
        server = self.start("connectors:\n" + sink.connector(answer_timeout="60s"),
                            SHUTDOWN_TIMEOUT="0")
        self.assert_accepts(server)
        sink.wait_for(1)
        server.stop()
        server.start()
        time.sleep(0.5)
        self.assertEqual(len(sink.payloads()), 1, "it was delivered a second time")

    def test_lanes_stop_between_messages(self):
        """A receiver that takes its time sees each message once, over many stops."""
        def slow(sink, peer, payload):
            time.sleep(0.03)
            peer.answer(acknowledge(payload))

        sink = self.sink(slow).open()
        server = self.start("connectors:\n" + sink.connector(answer_timeout="10s"))
        payloads = [message(fresh_id("L")) for _ in range(40)]
        with server.connect() as wire:
            for payload in payloads:
                self.assertEqual(wire.ask(payload).code, "AA")
        for _ in range(4):
            time.sleep(0.15)
            server.restart()
        sink.wait_for(40)
        server.stop()
        self.assertEqual(sink.payloads(), payloads)

    def test_new_connections_are_not_taken(self):
        server = self.start(SHUTDOWN_TIMEOUT="3s")
        with server.connect() as holding:
            holding.send(b"\x0bMSH|")
            holding.expect_silence(0.2)
            server.signal(signal.SIGTERM)
            time.sleep(0.3)
            try:
                with server.connect() as late:
                    late.send_frame(message("LATE"))
                    with self.assertRaises((Closed, Silent)):
                        late.answer(within=1)
            except ConnectionError:
                pass
        self.assertEqual(server.wait(), 0)

    def test_pre_shutdown_delay_serves_on(self):
        server = self.start(PRE_SHUTDOWN_DELAY="1s")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        time.sleep(0.3)
        self.assert_accepts(server)
        self.assertEqual(server.wait(), 0)
        self.assertGreater(time.monotonic() - start, 0.95)

    def test_sigint_does_the_same(self):
        server = self.start()
        self.assert_accepts(server)
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(), 0)

    def test_without_a_timeout_it_waits_for_the_last_answer(self):
        server, archive = self.start_with_archive(SHUTDOWN_TIMEOUT="0")
        payload = message("LAST")
        with server.connect() as wire:
            wire.ask(warm := message())
            archive.wait_for(1)
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=fdatasync,fsync:delay_enter=500000")
            wire.send_frame(payload)
            wire.expect_silence(0.2)
            server.signal(signal.SIGTERM)
            self.assert_answer(wire.answer(), "AA", "LAST")
            strace.detach()
        self.assertEqual(server.wait(), 0)
        self.assertEqual(server.events("drain_incomplete"), [])
        server.start()
        archive.expect([warm, payload])

    def test_unavailable_waits_are_cut_by_the_shutdown_timeout(self):
        server = self.start(MIN_FREE=1 << 60, UNAVAILABLE_WAIT="60s", SHUTDOWN_TIMEOUT="2s")
        with server.connect() as wire:
            wire.send_frame(message("WAITING"))
            wire.expect_silence(0.2)
            self.assertLess(self.stopped_after(server), stretched(5))


if __name__ == "__main__":
    unittest.main()
