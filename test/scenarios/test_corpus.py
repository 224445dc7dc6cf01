"""Every file of the shared corpora, sent twice: in original and in enhanced mode.

Each file is read here by the tests' own reading (harness/reading.py) of the
specification; what the server answers and delivers must agree with it. The counts
by kind are printed and held.
"""

import collections
import csv
import os
import sys
import unittest
from pathlib import Path

from harness.drops import difference
from harness.hl7 import answers_in
from harness.messages import frame, fresh_id, message
from harness.reading import enhanced_answer, frames_of, is_sound_batch, read
from harness.scenario import Scenario

CORPORA = Path(os.environ.get("MLLP_SHARED", "")) / "data" / "hl7"
INDEX = CORPORA / "index.tsv"

# The index names 1,618 files. What each of the frames they make is, by kind.
COUNTS = {"single": 1351, "no_control_id": 142, "batch": 49, "unreadable": 43, "several": 33}


def with_cr(octets):
    return octets.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def corpus():
    """(path, octets with CR as line end) of every file in the index."""
    with open(INDEX, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row["path"], with_cr((CORPORA / row["path"]).read_bytes())) for row in rows]


@unittest.skipUnless(INDEX.is_file(), "the shared folder with data/hl7 is not here")
class Corpus(Scenario):
    """Behind each file goes a sentinel: what comes before its answer belongs to the
    file, and no answer needs no waiting."""

    def run_all(self, check, **settings):
        self.delivered, self.counts = [], collections.Counter()
        self.faults = []
        server, archive = self.start_with_archive(ANSWER_ACKS="true", LOG_LEVEL="info",
                                                  **settings)
        with server.connect() as wire:
            for path, octets in corpus():
                self.send(wire, path, octets, check)
        self.assertEqual(self.faults, [], "\n" + "\n".join(self.faults))
        found = archive.wait_for(len(self.delivered), within=60)
        self.assertEqual(len(found), len(self.delivered), difference(found, self.delivered))
        self.assertTrue(found == self.delivered, difference(found, self.delivered))
        self.assertNotIn("PID|", server.all_logs())
        return self.counts

    def send(self, wire, path, octets, check):
        sentinel = fresh_id("SENTINEL")
        closing = message(sentinel, accept="AL")
        stream = frame(octets) + frame(closing)
        wire.send(stream)
        answers = []
        while True:
            found = answers_in(payload := wire.payload(20))
            if found and found[0].control_id == sentinel.encode():
                break
            answers.append((payload, found))
        readings = [read(payload) for payload in frames_of(stream)[:-1]]
        for reading in readings:
            self.counts[reading.kind] += 1
        for fault in check(readings, answers):
            self.faults.append(f"{path}: {fault}")
        self.delivered.append(closing)

    # Original mode.

    def test_original_mode(self):
        counts = self.run_all(self.original)
        print(f"files by kind: {dict(counts)}", file=sys.stderr)
        self.assertEqual(sum(counts.values()), 1618)
        self.assertEqual(dict(counts), COUNTS)

    def original(self, readings, answers):
        return self.judge(readings, answers, lambda reading, good: "AA" if good else "AR")

    # Enhanced mode.

    def test_enhanced_mode(self):
        self.pairs = collections.Counter()
        counts = self.run_all(self.enhanced, ACK_MODE="enhanced")
        print(f"answers by MSH-15/16: {dict(self.pairs)}", file=sys.stderr)
        self.assertEqual(dict(counts), COUNTS)
        self.assertGreaterEqual(len(self.pairs), 12)

    def enhanced(self, readings, answers):
        for reading in readings:
            if reading.kind == "single":
                code = enhanced_answer(reading, True)
                self.pairs[f"{reading.accept.decode('latin-1')}/"
                           f"{reading.application.decode('latin-1')} {code}"] += 1
        return self.judge(readings, answers, enhanced_answer)

    # Both.

    def judge(self, readings, answers, code_of):
        """Sentences on what is wrong; fills self.delivered as the answers say."""
        faults, answers = [], list(answers)
        for reading in readings:
            faults += getattr(self, "judge_" + reading.kind)(reading, answers, code_of)
        return faults + [f"one answer too many: {payload[:100]!r}" for payload, _ in answers]

    def judge_blank(self, *_):
        return []

    def judge_single(self, reading, answers, code_of):
        self.delivered += reading.parts
        return self.expect_one(reading, answers, code_of(reading, True), reading.control_id)

    def judge_unreadable(self, reading, answers, code_of):
        return self.expect_one(reading, answers, "AR", b"", error=True)

    def judge_no_control_id(self, reading, answers, code_of):
        return self.expect_one(reading, answers, code_of(reading, False), b"", error=b"101")

    def judge_several(self, reading, answers, code_of):
        return self.expect_one(reading, answers, code_of(reading, False), reading.control_id,
                               error=b"100")

    def expect_one(self, reading, answers, code, control_id, error=None):
        if code is None:
            return []
        if not answers:
            return [f"{reading.kind}: no answer, expected {code}"]
        payload, found = answers.pop(0)
        if len(found) != 1 or (found[0].code, found[0].control_id) != (code, control_id):
            return [f"{reading.kind}: {payload[:160]!r}, expected {code} for {control_id!r}"]
        if error is not None and not self.teaches(found[0], error):
            return [f"{reading.kind}: {payload[:300]!r}, expected ERR {error}"]
        return []

    @staticmethod
    def teaches(answer, error):
        """An ERR is there, with this code. Where digits are delimiters (fuzzers do
        that) no code can be read."""
        if not answer.err or error is True:
            return bool(answer.err)
        delimiters = answer.msh[1] + answer.msh[2]
        return any(48 <= octet < 58 for octet in delimiters) or error in answer.error_codes()

    def judge_batch(self, reading, answers, code_of):
        """A sound batch is split, each message answered as if it came alone; another
        is refused whole."""
        parts = [read(part) for part in reading.parts]
        if not is_sound_batch(reading.payload):
            return self.expect_refusal([code_of(part, False) for part in parts], answers)
        wanted = [(code_of(part, part.kind == "single"),
                   part.control_id if part.kind == "single" else b"") for part in parts]
        wanted = [one for one in wanted if one[0] is not None]
        self.delivered += [part.payload for part in parts if part.kind == "single"]
        if not wanted:
            return []
        found = [(one.code, one.control_id) for one in self.pop(answers)]
        return [] if found == wanted else [f"batch: {found}, expected {wanted}"]

    def expect_refusal(self, codes, answers):
        """One answer; none is right only if the first message wants none."""
        found = [one.code for one in self.pop(answers)]
        if found in (["AR"], ["CR"]) or (not found and codes and codes[0] is None):
            return []
        return [f"damaged batch: {found}, expected a refusal"]

    @staticmethod
    def pop(answers):
        return answers.pop(0)[1] if answers else []


if __name__ == "__main__":
    unittest.main()
