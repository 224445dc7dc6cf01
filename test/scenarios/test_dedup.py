"""DEDUP: what came before is stored and delivered once and answered as it was then,
between connections, over restarts and a kill -9; another message with its control id is
found. 600 messages thrice, or as many as MLLP_DEDUP_MESSAGES says (10000 takes a minute).
"""

import json
import os
import signal
import unittest

from harness import admin
from harness.drops import AppendFile, append_connector
from harness.eventually import eventually
from harness.hl7 import answers_in
from harness.load import Load
from harness.messages import fresh_id, frame, message
from harness.scenario import Scenario
from harness.server import run
from harness.sink import answering, silent

MESSAGES = int(os.environ.get("MLLP_DEDUP_MESSAGES", "600"))
CONNECTIONS, IN_FLIGHT = 20, 16
TOKEN = "scenario-dedup"


def at(payload, clock):
    """The same message, sent at another time: MSH-7."""
    return payload.replace(b"|20260403120000|", b"|" + clock + b"|", 1)


class Known(Scenario):
    def begin(self, config="", **settings):
        (self.folder / "token").write_text(TOKEN, encoding="ascii")
        self.archive = AppendFile(self.folder / "archive.mllp")
        settings = {"DEDUP": "answer", "LOG_LEVEL": "info", **settings}
        self.target = self.server("connectors:\n" + append_connector(self.archive.path) + config,
                                  ADMIN_TOKEN_FILE=self.folder / "token", **settings)
        return self.target.start()

    def counted(self, kind):
        return admin.metrics(self.target, TOKEN).get(
            f'mllp_dedup_messages_total{{kind="{kind}"}}', 0)

    def rows(self, *words):
        code, shown, told = run("messages", "list", "--json", *words, folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        return [json.loads(line) for line in shown.splitlines()]

    def newest_id(self):
        code, shown, told = run("messages", "list", "--limit", "1", folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        return int(shown.split()[0])


class Thrice(Known):
    def setUp(self):
        super().setUp()
        self.messages = [(control_id, message(control_id, body=f"NTE|1||{number}\r"))
                         for number, control_id in
                         enumerate(fresh_id("D") for _ in range(MESSAGES))]
        self.told = {}  # what each control id was told

    def send_all(self, shift, clock, copies=1, kill_after=None):
        """All of them over the connections, each by another one than with another shift;
        `copies` of each at about the same time. kill -9 after so many answers. True if all
        were answered."""
        lanes = CONNECTIONS // copies

        def make(connection, n):
            number = n * lanes + (connection + shift) % lanes
            if number >= len(self.messages):
                return None
            control_id, payload = self.messages[number]
            return control_id, at(payload, clock)

        load = Load(self.target.address(), CONNECTIONS, IN_FLIGHT, make)
        finished = load.run(within=120, until=lambda: kill_after is not None and sum(
            len(sender.codes) for sender in load.senders) >= kill_after)
        if kill_after is not None:
            self.target.kill()
            load.read_the_rest(5)
        load.close()
        self.assertEqual(load.faults(), [])
        answered = 0
        for sender in load.senders:
            for (control_id, _), told in zip(sender.sent, sender.told):
                self.assertEqual(self.told.setdefault(control_id, told), told)
                answered += 1
        self.assertEqual(set(code for sender in load.senders for code in sender.codes), {"AA"})
        return finished and answered == copies * len(self.messages)

    def assert_delivered_once(self):
        found = self.archive.wait_for(len(self.messages))
        wanted = {control_id for control_id, _ in self.messages}
        ids = [payload.split(b"|")[9].decode() for payload in self.archive.payloads()]
        self.assertEqual(len(ids), len(set(ids)), "delivered twice")
        self.assertEqual(set(ids), wanted)
        return found

    def test_with_a_restart_and_a_kill_between(self):
        self.begin()
        self.assertTrue(self.send_all(0, b"20260403120001", copies=2))
        self.assert_delivered_once()
        self.assertEqual(self.counted("duplicate"), MESSAGES)
        eventually("all is settled", lambda: admin.metrics(self.target, TOKEN)[
            'mllp_connector_queue_messages{connector="archive"}'] == 0)
        self.target.restart()
        self.assertFalse(self.send_all(7, b"20260403120002", kill_after=MESSAGES // 3))
        self.target.start()
        self.assertTrue(self.send_all(13, b"20260403120003"))
        self.assertEqual(self.counted("duplicate"), MESSAGES)
        self.assert_delivered_once()
        self.assertEqual(self.newest_id(), MESSAGES)
        self.conflicts()

    def conflicts(self):
        """One of a hundred is another message with the same control id."""
        others = self.messages[::100]
        with self.target.connect() as wire:
            for control_id, payload in others:
                answer = wire.ask(payload + b"NTE|2||other\r")
                self.assert_answer(answer, "AA", control_id)
        self.assertEqual(self.counted("conflict"), len(others))
        self.assertEqual(self.newest_id(), MESSAGES + len(others))
        eventually("the log tells of conflicts",
                   lambda: self.target.events("control_id_conflict"))

    def test_a_kill_while_they_are_stored(self):
        """What had no answer is sent again: each is stored once, whatever had come that far."""
        self.begin()
        for clock, count in ((b"20260403120001", MESSAGES // 20), (b"20260403120002", MESSAGES)):
            self.assertFalse(self.send_all(0, clock, copies=2, kill_after=count))
            self.target.start()
        self.assertTrue(self.send_all(3, b"20260403120003"))
        self.assertEqual(self.newest_id(), MESSAGES)


class Answers(Known):
    def ask(self, payload):
        with self.target.connect() as wire:
            return wire.ask(payload)

    def test_reject_teaches_and_keeps_it_among_the_refused(self):
        self.begin(DEDUP="reject")
        control_id = fresh_id()
        payload = message(control_id)
        self.assert_answer(self.ask(payload), "AA", control_id)
        answer = self.ask(at(payload, b"20260403130000"))
        self.assert_answer(answer, "AR", control_id, error="205")
        self.assertIn(b"duplicate", answer.text)
        self.assertIn(b"as message 1", answer.octets)
        eventually("it is kept", lambda: [row for row in self.rows("--state", "rejected")
                                          if row["control_id"] == control_id])
        self.archive.expect([payload])

    def test_a_conflict_is_refused_where_that_is_asked_for(self):
        self.begin(DEDUP_CONFLICT="reject")
        control_id = fresh_id()
        payload = message(control_id)
        self.assert_answer(self.ask(payload), "AA", control_id)
        answer = self.ask(payload + b"NTE|1||more\r")
        self.assert_answer(answer, "AR", control_id, error="205")
        self.assertIn(b"conflict", answer.text)
        self.assert_answer(self.ask(payload), "AA", control_id)
        self.assertEqual((self.counted("conflict"), self.counted("duplicate")), (1, 1))
        self.archive.expect([payload])

    def records(self, *kinds):
        code, shown, told = run("audit", "export", folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        return [each for each in map(json.loads, shown.splitlines()) if each["kind"] in kinds]

    def test_each_that_came_before_leaves_a_record(self):
        self.begin(DEDUP_CONFLICT="reject")
        control_id = fresh_id()
        payload = message(control_id)
        for one, code in ((payload, "AA"), (at(payload, b"20260403130000"), "AA"),
                          (payload + b"NTE|1||more\r", "AR")):
            self.assert_answer(self.ask(one), code, control_id)
        eventually("all are recorded",
                   lambda: len(self.records("message", "duplicate", "refused")) == 3)
        again, = self.records("duplicate")
        first, = self.records("message")
        other, = self.records("refused")
        self.assertEqual((again["control_id"], again["answer"], again["earlier"]),
                         (control_id, "AA", first["entry"]))
        self.assertNotEqual(again["sha256"], first["sha256"])  # it was sent at another time
        self.assertEqual((other["reason"], other["answer"], other["earlier"]),
                         ("conflict", "AR", first["entry"]))

    RULE = ("validation:\n  rules:\n    - {name: has-room, expression: 'pv1.assigned_location "
            "== \"\"', message: \"%s\", severity: %s}\n")

    def test_the_earlier_answer_stands_when_the_rules_have_changed(self):
        server = self.begin(self.RULE % ("no room yet", "warning"))
        control_id = fresh_id()
        payload = message(control_id)
        first = self.ask(payload)
        self.assert_answer(first, "AA", control_id)
        self.assertIn(b"no room yet", first.octets)
        server.config = server.config.replace("no room yet", "refused").replace(
            "severity: warning", "severity: error")
        (self.folder / "config.yaml").write_text(server.config, encoding="utf-8")
        server.signal(signal.SIGHUP)
        eventually("the rules are taken", lambda: server.events("reloaded"))
        self.assert_answer(self.ask(message(fresh_id())), "AR")
        again = self.ask(payload)
        behind = first.octets.index(b"\rMSA")
        self.assertEqual(again.octets[again.octets.index(b"\rMSA"):], first.octets[behind:])
        self.assertNotEqual(again.msh[10], first.msh[10])
        server.restart()
        self.assertIn(b"no room yet", self.ask(payload).octets)

    def test_what_was_refused_is_judged_anew(self):
        server = self.begin(self.RULE % ("refused", "error"))
        payload = message()
        self.assert_answer(self.ask(payload), "AR")
        server.config = server.config.replace("severity: error", "severity: warning")
        server.restart()
        self.assert_answer(self.ask(payload), "AA")
        self.archive.expect([payload])

    def test_enhanced_mode_repeats_the_commit_code_and_silence(self):
        self.begin(ACK_MODE="enhanced")
        commit = message(accept="AL", application="NE")
        silent = message(accept="NE", application="NE")
        for _ in range(2):
            self.assertEqual(self.ask(commit).code, "CA")
        with self.target.connect() as wire:
            wire.send_frame(silent, silent)
            wire.expect_silence()
        self.archive.expect([commit, silent])

    def test_each_message_of_a_batch_is_looked_at_by_itself(self):
        self.begin(BATCH_ANSWER="all")
        first, second, third = (message(body="NTE|1\r") for _ in range(3))
        self.assert_answer(self.ask(first), "AA")
        with self.target.connect() as wire:
            wire.send(frame(b"BHS|^~\\&\r" + first + second + second + third + b"BTS|4\r"))
            answers = answers_in(wire.payload())
        self.assertEqual([answer.code for answer in answers], ["AA"] * 4)
        self.archive.expect([first, second, third])
        self.assertEqual(self.counted("duplicate"), 2)

    def test_several_in_a_frame_and_without_control_id(self):
        self.begin(SEVERAL_MESSAGES="split", NO_CONTROL_ID="accept", DEDUP="reject")
        one, nameless = message(body="NTE|1\r"), message("", body="NTE|1\r")
        with self.target.connect() as wire:
            wire.send(frame(one + one))
            self.assertEqual([answer.code for answer in wire.answers(2)], ["AA", "AR"])
            for _ in range(2):
                self.assertEqual(wire.ask(nameless).code, "AA")
        self.archive.expect([one, nameless, nameless])

    def test_listeners_and_senders_are_apart(self):
        self.begin("listeners:\n  - {name: a, address: '127.0.0.1:0'}\n"
                   "  - {name: b, address: '127.0.0.1:0', dedup: 'off'}\n")
        eventually("both listen", lambda: len(self.target.events("listening")) == 2)
        payload = message("SAME1", body="NTE|1\r")
        other = message("SAME1", body="NTE|1\r", sender=("HIS", "BRANCH"))
        for name, one in (("a", payload), ("a", payload), ("a", other), ("b", payload),
                          ("b", payload)):
            with self.target.connect(name) as wire:
                self.assert_answer(wire.ask(one), "AA", "SAME1")
        self.archive.expect([payload, other, payload, payload])

    def test_the_memory_store_knows_them_as_long_as_it_lives(self):
        self.begin(STORE="memory", ALLOW_LOSS="true")
        payload = message()
        for _ in range(3):
            self.assert_answer(self.ask(payload), "AA")
        self.archive.expect([payload])
        self.assertEqual(self.counted("duplicate"), 2)

    def test_answers_of_other_systems_are_asked_for_again(self):
        registry = self.sink(answering()).open()
        config = ("listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
                  "    ack: after_delivery\n    answer_from: registry\n    answer_within: 1s\n"
                  "connectors:\n  - name: registry\n    type: mllp\n"
                  f"    address: 127.0.0.1:{registry.address[1]}\n")
        self.target = self.start(config, DEDUP="answer")
        payload = message(fresh_id())
        for _ in range(2):
            self.assertEqual(self.ask(payload).code, "AA")
        self.assertEqual(len(registry.received), 2)
        registry.behaviour = silent  # the first still waits when it comes again
        waiting = message(fresh_id())
        with self.target.connect() as one, self.target.connect() as other:
            one.send_frame(waiting)
            registry.wait_for(3)
            other.send_frame(waiting)
            self.assertEqual((one.answer().code, other.answer().code), ("AE", "AE"))
        registry.behaviour = answering()
        self.assertEqual(self.ask(waiting).code, "AA")


if __name__ == "__main__":
    unittest.main()
