"""The tools of the other scenarios, seen to find faults: a test that cannot fail
proves nothing. No server runs here.
"""

import tempfile
import unittest
from pathlib import Path

from harness import trace
from harness.drops import AppendFile, difference
from harness.hl7 import acknowledge, answer_in, answers_in
from harness.load import Load
from harness.messages import CANARY, frame, fresh_id, message
from harness.reading import enhanced_answer, frames_of, is_sound_batch, read
from harness.sink import Sink
from harness.wire import Closed, Silent, Wire

M = b"MSH|^~\\&|S|F|R|F|20260101||ADT^A01|1|P|2.5\r"


class ReadingOfStreams(unittest.TestCase):
    CASES = [
        ("two frames with CR LF between", frame(b"a") + b"\r\n" + frame(b"b"), [b"a", b"b"]),
        ("1C not followed by 0D is payload", frame(b"a\x1cb"), [b"a\x1cb"]),
        ("1C 1C 0D", b"\x0ba\x1c\x1c\r", [b"a\x1c"]),
        ("a cut frame before a header", b"\x0bMSH|cut\x0bMSH|new\x1c\r", [b"MSH|new"]),
        ("0B before anything else is payload", b"\x0ba\x0bb\x1c\r", [b"a\x0bb"]),
        ("nothing that has not ended", b"\x0ba", []),
    ]

    def test_frames(self):
        for name, stream, wanted in self.CASES:
            with self.subTest(name):
                self.assertEqual(frames_of(stream), wanted)

    KINDS = [
        (b" \r\n", "blank"), (b"hello", "unreadable"), (b"MSH|^^|x", "unreadable"),
        (b"MSH||x", "unreadable"), (M, "single"), (b"\xef\xbb\xbf \r" + M, "single"),
        (M.replace(b"|1|", b"||"), "no_control_id"), (M + M, "several"),
        (b"BHS|^~\\&\r" + M + M + b"BTS|2\r", "batch"),
    ]

    def test_kinds(self):
        for payload, kind in self.KINDS:
            with self.subTest(payload):
                self.assertEqual(read(payload).kind, kind)

    def test_messages_of_a_batch_are_cut_out_whole(self):
        second = M + b"PID|1\r"
        batch = b"FHS|^~\\&\rBHS|^~\\&\r" + M + second + b"BTS|2\rFTS|1\r"
        self.assertEqual(read(batch).parts, [M, second])
        self.assertTrue(is_sound_batch(batch))
        self.assertFalse(is_sound_batch(batch.replace(b"BTS|2", b"BTS|3")))
        self.assertFalse(is_sound_batch(batch.replace(b"FTS|1", b"FTS|x")))
        self.assertTrue(is_sound_batch(b"FHS|^~\\&\r" + M + M + b"FTS|1\r"))
        self.assertFalse(is_sound_batch(b"FHS|^~\\&\rFTS|0\r"))

    def test_table_of_enhanced_answers(self):
        table = {("", ""): "AA", ("AL", "AL"): "CA", ("NE", "AL"): "AA", ("NE", "NE"): None,
                 ("ER", "AL"): "AA", ("ER", ""): None, ("SU", "NE"): "CA", ("", "AL"): "AA",
                 ("odd", ""): "CA", ("AL", "NE"): "CA"}
        for (accept, application), code in table.items():
            msh = M[:-1] + b"|||" + accept.encode() + b"|" + application.encode() + b"\r"
            with self.subTest(accept=accept, application=application):
                self.assertEqual(enhanced_answer(read(msh), True), code)
        refused = read(M[:-1] + b"|||ER|AL\r")
        self.assertEqual(enhanced_answer(refused, False), "CR")


class ReadingOfAnswers(unittest.TestCase):
    def test_reads_both_forms_of_err(self):
        old = answer_in(b"MSH|^~\\&|A\rMSA|AR|7|no\rERR|MSH^1^10^101&Missing&HL70357\r")
        new = answer_in(b"MSH#*!\\%#A\rMSA#AR#7\rERR##MSH*1*10#101*Missing*HL70357#E\r")
        for answer in (old, new):
            self.assertEqual((answer.code, answer.control_id), ("AR", b"7"))
            self.assertEqual(answer.error_codes(), [b"101"])

    def test_refuses_what_is_no_single_answer(self):
        for payload in (b"", b"MSH|^~\\&|A\r", b"MSH|^~\\&\rMSA|AA|1\rMSH|^~\\&\rMSA|AA|2\r"):
            with self.subTest(payload), self.assertRaises(AssertionError):
                answer_in(payload)

    def test_reads_a_batch_of_answers(self):
        found = answers_in(b"BHS|^~\\&\rMSH|^~\\&\rMSA|AA|1\rMSH|^~\\&\rMSA|AR|2\rBTS|2\r")
        self.assertEqual([answer.code for answer in found], ["AA", "AR"])


class FileOfFrames(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = AppendFile(Path(folder.name) / "out")

    def test_sees_octets_that_are_no_frame(self):
        self.file.path.write_bytes(frame(b"a") + b"x" + frame(b"b"))
        with self.assertRaises(AssertionError):
            self.file.payloads()

    def test_allows_a_torn_tail_only_where_told(self):
        self.file.path.write_bytes(frame(b"a") + b"\x0bMSH")
        self.assertEqual(self.file.payloads(torn_tail=True), [b"a"])
        with self.assertRaises(AssertionError):
            self.file.payloads()

    def test_tells_where_two_lists_part(self):
        self.assertIn("message 1 is", difference([b"a", b"b"], [b"a", b"c"]))
        self.assertIn("found 1 messages, expected 2", difference([b"a"], [b"a", b"b"]))


def swapped(sink, peer, payload):
    """Answers each pair of messages in the wrong order."""
    held = getattr(peer, "held", None)
    if held is None:
        peer.held = payload
    else:
        peer.answer(acknowledge(payload))
        peer.answer(acknowledge(held))
        peer.held = None


class LoadAndSink(unittest.TestCase):
    def sink(self, *behaviour):
        sink = Sink(*behaviour).open()
        self.addCleanup(sink.close)
        return sink

    def load(self, sink, each):
        load = Load(sink.address, 3, 4, lambda who, n: _numbered(who, n, each))
        self.addCleanup(load.close)
        return load

    def test_load_sees_every_answer(self):
        sink = self.sink()
        load = self.load(sink, 20)
        self.assertTrue(load.run(20))
        self.assertEqual((load.faults(), load.count("AA")), ([], 60))
        self.assertEqual(sorted(sink.payloads()),
                         sorted(payload for sent in load.accepted() for _, payload in sent))

    def test_load_sees_answers_out_of_order(self):
        load = self.load(self.sink(swapped), 2)
        self.assertTrue(load.run(20))
        self.assertEqual(len(load.faults()), 6)

    def test_wire_tells_silence_from_closing(self):
        sink = self.sink(lambda *_: None)
        with Wire(sink.address) as wire:
            wire.send_frame(message())
            with self.assertRaises(Silent):
                wire.answer(within=0.2)
            wire.expect_silence(0.1)
            sink.wait_for(1)
            sink.shut()
            with self.assertRaises(Closed):
                wire.answer()

    def test_canary_stands_in_every_message(self):
        self.assertIn(CANARY.encode(), message())


def _numbered(who, n, each):
    control_id = fresh_id(f"{who}X")
    return (control_id, message(control_id)) if n < each else None


# A commit of one message and its AA, as strace tells it; 7 is the write-ahead log.
WAL = "7</data/log/00000001.db-wal>"
FRAME = "\\0\\0\\0\\2\\0\\0\\0\\2" + 16 * "x"  # the header of a frame that commits
AA = '"\\vMSH|\\rMSA|AA|M1\\r\\34\\r"'
TRACE = f"""\
11 pwrite64({WAL}, "{FRAME}", 24, 32) = 24
11 pwrite64({WAL}, "row of M1 \\33\\"here\\"", 16, 56) = 16
11 fdatasync({WAL} <unfinished ...>
12 write(3<TCP:[1]>, "MSA|AA|M0\\r", 10) = 10
11 <... fdatasync resumed>)           = 0
12 sendmsg(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, {{msg_iov=[{{iov_base={AA}, iov_len=9}}]}}, 0) = 9
"""
NO_COMMIT = FRAME.replace("\\2\\0\\0\\0\\2", "\\2\\0\\0\\0\\0")
M0 = TRACE.splitlines()[3] + "\n"


class TraceChecker(unittest.TestCase):
    GOOD = TRACE.replace(M0, "")

    def faults(self, text):
        calls = trace.calls_in(text)
        return len(trace.unsynced_promises(calls)), len(trace.promises_ahead_of_disk(calls))

    def test_finds_the_promise_and_its_data(self):
        promises = trace.promises_in(trace.calls_in(self.GOOD))
        self.assertEqual([promise.control_id for promise in promises], [b"M1"])

    def test_takes_an_honest_trace(self):
        self.assertEqual(self.faults(self.GOOD), (0, 0))

    def test_sees_an_answer_while_the_sync_runs(self):
        self.assertEqual(self.faults(TRACE), (1, 1))

    DOCTORED = {
        "syncs removed": lambda text: _without(text, "fdatasync"),
        "sync failed": lambda text: text.replace("resumed>)           = 0",
                                                 "resumed>) = -1 EIO (Input/output error)"),
        "sync of another file": lambda text: text.replace(f"fdatasync({WAL}",
                                                          "fdatasync(8</data/lanes.db-wal>"),
        "sync after the answer": lambda text: _moved_to_end(text, "fdatasync"),
        "sync never ended": lambda text: _without(text, "resumed"),
        "sync before the write": lambda text: _moved_to_front(text, "fdatasync"),
        "commit frame after the sync": lambda text: text.replace(FRAME, NO_COMMIT).replace(
            "12 sendmsg", f'11 pwrite64({WAL}, "{FRAME}", 24, 90) = 24\n'
                          f'11 pwrite64({WAL}, "page", 4, 114) = 4\n12 sendmsg'),
    }

    def test_sees_every_doctored_trace(self):
        for name, doctor in self.DOCTORED.items():
            with self.subTest(name):
                text = doctor(self.GOOD)
                self.assertNotEqual(text, self.GOOD)
                self.assertEqual(self.faults(text), (1, 1))

    def test_sees_an_answer_to_what_was_never_written(self):
        text = self.GOOD.replace("row of M1", "row of MX")
        self.assertEqual(len(trace.promises_ahead_of_disk(trace.calls_in(text))), 1)


def _without(text, word):
    return "".join(line for line in text.splitlines(True) if word not in line)


def _picked(text, word):
    return "".join(line for line in text.splitlines(True) if word in line)


def _moved_to_end(text, word):
    return _without(text, word) + _picked(text, word)


def _moved_to_front(text, word):
    return _picked(text, word) + _without(text, word)


if __name__ == "__main__":
    unittest.main()
