"""ack: after_delivery: the answer is the other system's own, or AE, and what was answered
AE is never delivered later, whatever crashes or goes away.
"""

import json
import subprocess
import time
import unittest
from pathlib import Path

from harness.drops import AppendFile, append_connector
from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.server import run
from harness.sink import silent
from scenarios.test_connectors import PYTHON
from scenarios.test_listen import Listening


def query(control_id, tag="T1"):
    return message(control_id, kind="QBP^Q22^QBP_Q21",
                   body=f"QPD|IHE PIX Query|{tag}|4711^^^MRN\rRCP|I\r")


class AfterDelivery(Scenario):
    def start_asking(self, port, within="3s", more="", lanes=1, **settings):
        self.archive = AppendFile(self.folder / "archive.mllp")
        order = f"    order_by: msh.control_id\n    lanes: {lanes}\n" if lanes > 1 else ""
        config = ("listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
                  f"    ack: after_delivery\n    answer_from: registry\n"
                  f"    answer_within: {within}\n"
                  "connectors:\n  - name: registry\n    type: mllp\n"
                  f"    address: 127.0.0.1:{port}\n{order}{more}"
                  + append_connector(self.archive.path))
        return self.start(config, LOG_LEVEL="info", **settings)

    def rows(self, *words):
        code, shown, told = run(*words, "--json", folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        return [json.loads(line) for line in shown.splitlines()]

    def await_expired(self, count):
        """Why they did."""
        rows = eventually(f"{count} have expired", lambda: (
            lambda found: found if len(found) >= count else None)(
                self.rows("dead-letters", "discarded")))
        self.assertEqual(len(rows), count)
        self.assertEqual({row["reason"] for row in rows}, {"expired"})
        self.assertEqual({row["connector"] for row in rows}, {"registry+answers"})
        return [row["failure"] for row in rows]

    def assert_nothing_left(self):
        eventually("nothing waits", lambda: all(
            queue["waiting"] == 0 for queue in self.rows("queues")))


class RealReceivers(AfterDelivery):
    def registry(self):
        script = Path(__file__).parents[1] / "harness" / "python_hl7_registry.py"
        process = subprocess.Popen([PYTHON, "-BP", str(script)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        if not line.strip():
            self.skipTest("python3-hl7 is not installed: " + process.stderr.read()[-120:].strip())
        return int(line)

    def test_a_query_is_answered_with_the_response_of_python_hl7(self):
        server = self.start_asking(self.registry())
        with server.connect() as wire:
            for number in range(20):
                control_id = f"Q{number}"
                wire.send_frame(query(control_id, tag=f"T{number}"))
                answer = wire.payload()
                self.assertIn(b"|RSP^K22^RSP_K21|", answer)
                self.assertIn(f"\rMSA|AA|{control_id}\r".encode(), answer)
                self.assertIn(f"\rQAK|T{number}|OK\r".encode(), answer)
                self.assertIn(f"\rPID|1||T{number}-77^^^REG^MR".encode(), answer)
            self.assertEqual(wire.ask(message("A1")).code, "AA")
        self.assertEqual(len(self.archive.wait_for(21)), 21, "stored for the others as ever")
        self.assert_nothing_left()
        self.assertEqual(self.rows("dead-letters", "discarded"), [])

    def listen(self, script):
        listening = Listening(self.folder, "--json", "--answer", script)
        self.addCleanup(listening.kill)
        return listening

    def test_what_listen_answers_or_does_not(self):
        listening = self.listen("AA, AE, AR, wrong, reset, silent, empty, AA")
        server = self.start_asking(listening.address[1], within="1s")
        with server.connect() as wire:
            answers = [wire.ask(message(f"L{n}")) for n in range(8)]
        self.assertEqual([one.code for one in answers],
                         ["AA", "AE", "AR", "AE", "AE", "AE", "AE", "AA"])
        self.assertEqual([one.control_id for one in answers], [b"L%d" % n for n in range(8)])
        reasons = self.await_expired(6)
        self.assertIn("refused", reasons[0])
        for reason, what in zip(reasons[2:], ("mismatch", "reset", "timeout", "mismatch")):
            self.assertTrue(reason.startswith(what + ":"), reason)
        self.assert_nothing_left()
        time.sleep(1.5)  # a retry would come in that time
        self.assertEqual(len(listening.lines()), 8, "one attempt each, and none later")
        self.assertEqual(len(self.archive.wait_for(8)), 8)


class Correlation(AfterDelivery):
    def test_many_senders_each_get_the_answers_to_their_own(self):
        sink = self.sink().open()
        server = self.start_asking(sink.address[1], within="20s", lanes=8)

        def make(who, n):
            control_id = fresh_id(f"{who}C")
            return (control_id, message(control_id)) if n < 60 else None

        load = Load(server.address(), 12, 4, make)
        self.assertTrue(load.run(within=60))
        load.close()
        self.assertEqual((load.faults(), load.count("AA")), ([], 12 * 60))
        self.assertEqual(len(sink.received), 12 * 60)
        self.assert_nothing_left()

    def test_a_late_answer_is_not_taken_for_the_next(self):
        def late(sink, peer, payload):
            if b"|SLOW|" in payload:
                time.sleep(1)
            peer.answer(acknowledge(payload))

        sink = self.sink(late).open()
        server = self.start_asking(sink.address[1], within="500ms")
        with server.connect() as wire:
            self.assertEqual(wire.ask(message("SLOW")).code, "AE")
            time.sleep(0.8)
            answer = wire.ask(message("NEXT"))
        self.assertEqual((answer.code, answer.control_id), ("AA", b"NEXT"))


class WithoutAnswer(AfterDelivery):
    def test_time_is_up_also_where_the_target_is_not_there(self):
        sink = self.sink()
        server = self.start_asking(sink.address[1])
        with server.connect() as wire:
            start = time.monotonic()
            self.assertEqual(wire.ask(message("D1")).code, "AE")
            self.assertLess(time.monotonic() - start, 2.5, "refused at once: why wait")
            self.await_expired(1)
            sink.open()
            self.assertEqual(wire.ask(message("D2")).code, "AA", "no back-off stands in its way")
        self.assertEqual(sink.control_ids(), ["D2"])

    def test_after_a_kill_what_was_not_answered_is_never_delivered(self):
        sink = self.sink(silent).open()
        server = self.start_asking(sink.address[1], within="60s")
        wires = [server.connect() for _ in range(3)]
        for number, wire in enumerate(wires):
            wire.send_frame(message(f"K{number}"))
        sink.wait_for(1)
        self.archive.wait_for(3)
        server.kill()
        asked = sink.control_ids()
        self.assertEqual(len(asked), 1, "one at a time")
        sink.behaviour = lambda sink, peer, payload: peer.answer(acknowledge(payload))
        server.start()
        self.await_expired(3)
        self.assertEqual(sink.control_ids(), asked, "the attempt before the kill, and no other")
        with server.connect() as wire:
            self.assertEqual(wire.ask(message("K9")).code, "AA")
        self.assertEqual(sink.control_ids(), [*asked, "K9"])
        self.assert_nothing_left()

    def test_a_sender_that_has_gone_is_not_asked_for(self):
        gate = []

        def slow(sink, peer, payload):
            while not gate:
                time.sleep(0.01)
            peer.answer(acknowledge(payload))

        sink = self.sink(slow).open()
        server = self.start_asking(sink.address[1], within="20s")
        first, closing, resetting = (server.connect() for _ in range(3))
        first.send_frame(message("G1"))
        sink.wait_for(1)
        closing.send_frame(message("G2"))
        resetting.send_frame(message("G3"))
        self.archive.wait_for(3)
        closing.close()
        resetting.reset()
        time.sleep(0.3)
        gate.append("open")
        self.assertEqual(first.answer().code, "AA")
        self.await_expired(2)
        self.assertEqual(sink.control_ids(), ["G1"])

    def test_a_stop_lets_it_be_answered(self):
        def slow(sink, peer, payload):
            time.sleep(1)
            peer.answer(acknowledge(payload))

        sink = self.sink(slow).open()
        server = self.start_asking(sink.address[1], within="20s")
        with server.connect() as wire:
            wire.send_frame(message("S1"))
            sink.wait_for(1)
            server.signal(15)
            self.assertEqual(wire.answer().code, "AA")
        self.assertEqual(server.wait(), 0)


class Settings(AfterDelivery):
    def test_only_a_connector_that_can_answer(self):
        (self.folder / "config.yaml").write_text(
            "listeners:\n  - {name: default, ack: after_delivery, answer_from: drop}\n"
            f"connectors:\n  - {{name: drop, type: file, directory: {self.folder}}}\n",
            encoding="utf-8")
        code, _, told = run("check", folder=self.folder)
        self.assertNotEqual(code, 0)
        self.assertIn("gives none that could be passed on; type mllp does", told)

    def test_another_answerer_needs_a_restart(self):
        sink = self.sink().open()
        server = self.start_asking(sink.address[1])
        (self.folder / "config.yaml").write_text(
            server.config.replace("    ack: after_delivery\n    answer_from: registry\n"
                                  "    answer_within: 3s\n", ""), encoding="utf-8")
        server.signal(1)
        refused = eventually("it is refused", lambda: server.events("reload_refused"))
        self.assertIn("needs a restart", refused[0]["reason"])


if __name__ == "__main__":
    unittest.main()
