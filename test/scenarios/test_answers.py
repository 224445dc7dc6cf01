"""Section 4: which answer a message gets, and its octets."""

import re
import unittest

from harness.eventually import eventually
from harness.hl7 import answers_in, segments_of
from harness.messages import frame, fresh_id, header, message, patient
from harness.reading import enhanced_answer, read
from harness.scenario import Scenario

TIME = rb"\d{14}(\.\d{1,4})?[+-]\d{4}"
PLAIN_TIME = rb"\d{14}(\.\d{1,4})?"
NOBODY_HAS_ROOM = 1 << 60  # as MIN_FREE: the store is always short of room


class OctetsOfAnAnswer(Scenario):
    def ask(self, payload, **settings):
        server = self.start(**settings)
        with server.connect() as wire:
            wire.send_frame(payload)
            octets = wire.payload()
        server.stop()
        return octets

    def test_adt_a01_of_version_2_3(self):
        payload = (b"MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01|MSG00001|P|2.3\r"
                   + patient().encode())
        found = re.fullmatch(
            rb"MSH\|\^~\\&\|LAB\|PATHOLOGY\|HIS\|CENTRAL\|" + TIME +
            rb"\|\|ACK\^A01\|([^|\r]+)\|P\|2\.3\rMSA\|AA\|MSG00001\r", self.ask(payload))
        self.assertTrue(found)
        self.assertLessEqual(len(found[2]), 20)

    def test_plain_time(self):
        octets = self.ask(message(version="2.3"), ACK_TIME="plain")
        self.assertTrue(re.fullmatch(PLAIN_TIME, octets.split(b"|")[6]), octets)

    def test_type_by_version(self):
        server = self.start()
        types = {"2.1": b"ACK", "2.2": b"ACK^A01", "2.3": b"ACK^A01", "2.3.1": b"ACK^A01",
                 "2.4": b"ACK^A01^ACK", "2.5": b"ACK^A01^ACK", "2.5.1": b"ACK^A01^ACK",
                 "2.6": b"ACK^A01^ACK", "2.8.2": b"ACK^A01^ACK", "2.5^DEU": b"ACK^A01^ACK"}
        with server.connect() as wire:
            for version, wanted in types.items():
                with self.subTest(version):
                    answer = wire.ask(message(version=version))
                    self.assertEqual((answer.msh[9], answer.msh[12]), (wanted, version.encode()))
            self.assertEqual(wire.ask(message(kind="ADT")).msh[9], b"ACK")

    def test_ids_are_unique(self):
        with self.start().connect() as wire:
            ids = [wire.ask(message()).msh[10] for _ in range(50)]
        self.assertEqual(len(set(ids)), 50)

    def test_fields_are_copied_octet_for_octet(self):
        payload = message("a^b&c\\T\\~d", sender=("S^1.2.3^ISO", "F~G"), receiver=("", "\"\""))
        with self.start().connect() as wire:
            answer = wire.ask(payload)
        self.assertEqual(answer.control_id, b"a^b&c\\T\\~d")
        self.assertEqual(answer.msh[3:7], [b"", b"\"\"", b"S^1.2.3^ISO", b"F~G"])

    def test_a_long_control_id_comes_back_whole(self):
        control_id = "L" * 3000
        with self.start().connect() as wire:
            self.assert_answer(wire.ask(message(control_id)), "AA", control_id)

    def test_character_set_is_echoed_where_it_was_named(self):
        with self.start().connect() as wire:
            self.assertEqual(wire.ask(message(charset="8859/1")).msh[18], b"8859/1")
            self.assertLess(len(wire.ask(message()).msh), 19)

    def test_err_by_version(self):
        server = self.start()
        forms = {"2.3": rb"\rERR\|MSH\^1\^10\^101&Required field missing&HL70357\r$",
                 "2.5": rb"\rERR\|\|MSH\^1\^10[^|]*\|101\^Required field missing\^HL70357\|E[|\r]"}
        with server.connect() as wire:
            for version, form in forms.items():
                with self.subTest(version):
                    answer = wire.ask(message("", version=version))
                    self.assertRegex(answer.octets, form)

    def test_text(self):
        refused = message("", version="2.3")
        self.assertLessEqual(len(answers_in(self.ask(refused))[0].text), 80)
        self.assertNotEqual(answers_in(self.ask(refused))[0].text, b"")

    def test_text_never(self):
        answer = answers_in(self.ask(message(""), ACK_TEXT="never"))[0]
        self.assertEqual((answer.code, answer.text), ("AR", b""))


class EnhancedMode(Scenario):
    CONDITIONS = ("", "AL", "NE", "ER", "SU", "XX")

    def setUp(self):
        super().setUp()
        self.sentinels = []

    def answers(self, wire, payload):
        """All answers to a payload: those before the answer to a message behind it."""
        sentinel = fresh_id("S")
        self.sentinels.append(message(sentinel))
        wire.send_frame(payload, self.sentinels[-1])
        found = []
        while True:
            answer = wire.answer()
            if answer.control_id == sentinel.encode():
                return found
            found.append(answer)

    def check(self, wire, payload, control_id, accepted):
        wanted = enhanced_answer(read(payload), accepted)
        found = self.answers(wire, payload)
        self.assertEqual([(one.code, one.control_id) for one in found],
                         [] if wanted is None else [(wanted, control_id.encode())])

    def test_every_pair_of_conditions(self):
        server, archive = self.start_with_archive(ACK_MODE="enhanced")
        stored = []
        with server.connect() as wire:
            for accept in self.CONDITIONS:
                for application in self.CONDITIONS:
                    with self.subTest(accept=accept, application=application):
                        control_id = fresh_id()
                        good = message(control_id, accept=accept, application=application)
                        self.check(wire, good, control_id, True)
                        self.check(wire, good + good, control_id, False)
                        stored.append(good)
        found = archive.wait_for(len(stored) + len(self.sentinels))
        self.assertEqual([payload for payload in found if payload not in self.sentinels], stored)

    def test_original_mode_ignores_them(self):
        with self.start().connect() as wire:
            for accept in self.CONDITIONS:
                control_id = fresh_id()
                self.assert_answer(wire.ask(message(control_id, accept=accept, application="NE")),
                                   "AA", control_id)


class Acknowledgements(Scenario):
    def test_are_stored_and_not_answered(self):
        server, archive = self.start_with_archive()
        ack = message(kind="ACK^A01", body="MSA|AA|77\r")
        with server.connect() as wire:
            wire.send_frame(ack, other := message("AFTER"))
            self.assert_answer(wire.answer(), "AA", "AFTER")
            wire.expect_silence()
        archive.expect([ack, other])

    def test_are_answered_where_asked_for(self):
        server, archive = self.start_with_archive(ANSWER_ACKS="true")
        ack = message("ACK1", kind="ACK", body="MSA|AA|77\r")
        with server.connect() as wire:
            self.assert_answer(wire.ask(ack), "AA", "ACK1")
        archive.expect([ack])


class Settings(Scenario):
    def test_no_control_id_accepted(self):
        server, archive = self.start_with_archive(NO_CONTROL_ID="accept")
        payload = message("")
        with server.connect() as wire:
            self.assert_answer(wire.ask(payload), "AA", b"")
        archive.expect([payload])

    def test_several_messages_split(self):
        server, archive = self.start_with_archive(SEVERAL_MESSAGES="split")
        first, second = message("SM1"), message("SM2")
        with server.connect() as wire:
            wire.send_frame(first + second)
            self.assertEqual([(one.code, one.control_id) for one in wire.answers(2)],
                             [("AA", b"SM1"), ("AA", b"SM2")])
            wire.expect_silence()
        archive.expect([first, second])


class Batches(Scenario):
    GOOD = [message("B1"), message("B2")]
    BAD = message("")

    @staticmethod
    def batch(messages, count=None, batches=1):
        said = len(messages) if count is None else count
        return (b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r" + b"".join(messages) +
                f"BTS|{said}\rFTS|{batches}\r".encode())

    def answers(self, payload, **settings):
        """(codes and ids of the one answer frame, what was delivered)."""
        server, archive = self.start_with_archive(**settings)
        after = message("AFTER")
        with server.connect() as wire:
            wire.send_frame(payload, after)
            self.frame_ = wire.payload()
            self.assert_answer(wire.answer(), "AA", "AFTER")
            wire.expect_silence(0.2)
        eventually("all is delivered", lambda: after in archive.payloads(torn_tail=True))
        delivered = archive.payloads()
        server.stop()
        archive.path.unlink()
        self.assertEqual(delivered[-1], after)
        return [(one.code, one.control_id) for one in answers_in(self.frame_)], delivered[:-1]

    def test_good_ones_are_delivered_and_all_are_answered(self):
        found, delivered = self.answers(self.batch([self.GOOD[0], self.BAD, self.GOOD[1]]))
        self.assertEqual(found, [("AA", b"B1"), ("AR", b""), ("AA", b"B2")])
        self.assertEqual(delivered, self.GOOD)
        self.assertIn(b"BTS|3", self.frame_)

    def test_only_errors_are_answered(self):
        found, delivered = self.answers(self.batch([self.GOOD[0], self.BAD, self.GOOD[1]]),
                                        BATCH_ANSWER="errors")
        self.assertEqual(found, [("AR", b"")])
        self.assertEqual(delivered, self.GOOD)

    def test_no_error_is_an_empty_batch_of_answers(self):
        found, delivered = self.answers(self.batch(self.GOOD), BATCH_ANSWER="errors")
        self.assertEqual((found, delivered), ([], self.GOOD))
        self.assertIn(b"BTS|0", self.frame_)

    def test_one_answer_with_the_worst_code(self):
        found, delivered = self.answers(self.batch([self.GOOD[0], self.BAD, self.GOOD[1]]),
                                        BATCH_ANSWER="one")
        self.assertEqual([code for code, _ in found], ["AR"])
        self.assertEqual(delivered, self.GOOD)

    def test_one_answer_when_all_are_good(self):
        found, delivered = self.answers(self.batch(self.GOOD), BATCH_ANSWER="one")
        self.assertEqual([code for code, _ in found], ["AA"])
        self.assertEqual(delivered, self.GOOD)

    def test_wrong_counts_refuse_the_whole(self):
        for payload in (self.batch(self.GOOD, count=3), self.batch(self.GOOD, batches=2)):
            with self.subTest(payload[-20:]):
                found, delivered = self.answers(payload)
                self.assertEqual([code for code, _ in found], ["AR"])
                self.assertEqual(delivered, [])

    def test_batches_refused(self):
        found, delivered = self.answers(self.batch(self.GOOD), BATCH="reject")
        self.assertEqual([code for code, _ in found], ["AR"])
        self.assertEqual(delivered, [])

    def test_a_batch_may_be_larger_than_a_commit(self):
        many = [message(f"M{n}", body="NTE|1\r") for n in range(3000)]
        found, delivered = self.answers(self.batch(many))
        self.assertEqual(found, [("AA", f"M{n}".encode()) for n in range(3000)])
        self.assertEqual(delivered, many)

    def test_a_batch_that_cannot_be_stored_is_unavailable_whole(self):
        server = self.start(MIN_FREE=NOBODY_HAS_ROOM, UNAVAILABLE_WAIT="100ms")
        with server.connect() as wire:
            wire.send_frame(self.batch([self.GOOD[0], self.BAD, self.GOOD[1]]))
            found = [(one.code, one.control_id) for one in answers_in(wire.payload())]
        self.assertEqual(found, [("AE", b"B1"), ("AR", b""), ("AE", b"B2")])

    def test_delimiters_of_envelope_and_messages_may_differ(self):
        payload = self.batch(self.GOOD)
        for name in (b"FHS", b"BHS"):
            payload = payload.replace(name + b"|^~\\&|HIS", name + b"#*!\\%#HIS")
        payload = payload.replace(b"BTS|", b"BTS#").replace(b"FTS|", b"FTS#")
        found, delivered = self.answers(payload)
        self.assertEqual(found, [("AA", b"B1"), ("AA", b"B2")])
        self.assertEqual(delivered, self.GOOD)


class Outcomes(Scenario):
    """`answers:` of a listener. A store that is always short of room gives
    `unavailable`, a frame that is no HL7 gives `unreadable`."""

    def listener(self, answers):
        return self.start(f"listeners:\n  - name: default\n    answers: {answers}\n",
                          MIN_FREE=NOBODY_HAS_ROOM, UNAVAILABLE_WAIT="100ms")

    def codes(self, answers):
        server = self.listener(answers)
        with server.connect() as wire:
            codes = wire.ask(b"hello").code, wire.ask(message()).code
        server.stop()
        return codes

    def test_presets(self):
        self.assertEqual(self.codes("ae_retries"), ("AR", "AE"))
        self.assertEqual(self.codes("ar_retries"), ("AR", "AR"))

    def test_single_outcomes_change_a_preset(self):
        self.assertEqual(self.codes("{preset: ar_retries, unreadable: AE}"), ("AE", "AR"))

    def test_none_says_nothing(self):
        with self.listener("{unreadable: none}").connect() as wire:
            wire.send(frame(b"hello"))
            wire.expect_silence()
            self.assertEqual(wire.ask(message()).code, "AE")

    def test_close_ends_the_connection_without_an_answer(self):
        with self.listener("{unreadable: close}").connect() as wire:
            wire.send(frame(b"hello"))
            wire.expect_closed()

    def test_unavailable_in_enhanced_mode_is_ce(self):
        server = self.start(MIN_FREE=NOBODY_HAS_ROOM, UNAVAILABLE_WAIT="100ms",
                            ACK_MODE="enhanced")
        with server.connect() as wire:
            self.assertEqual(wire.ask(message(accept="AL")).code, "CE")
            self.assertEqual(wire.ask(message(application="AL")).code, "AE")
            self.assertEqual(wire.ask(message(accept="ER")).code, "CE")


class Header(unittest.TestCase):
    def test_the_builder_writes_what_the_tests_think(self):
        msh = header("X1", version="2.3", accept="AL", charset="8859/1").split("|")
        self.assertEqual((msh[9], msh[11], msh[14], msh[17]), ("X1", "2.3", "AL", "8859/1"))
        self.assertEqual(segments_of(message("X2"))[0].split(b"|")[9], b"X2")


if __name__ == "__main__":
    unittest.main()
