"""What section 2 of the specification says of each damaged or unusual input: the
cases of the shared probe, one test each, and the probe itself.
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from harness.hl7 import answers_in, segments_of
from harness.messages import frame
from harness.scenario import Scenario

H = b"MSH|^~\\&|S|F|R|F|20260101||ADT^A01|"
T = b"|P|2.5\rPID|1||1||DOE^J\r"


def adt(control_id, tail=T):
    return H + control_id + tail


class DamagedInput(Scenario):
    """One connection each. `self.archive` is what was stored and delivered."""

    def setUp(self):
        super().setUp()
        self.server_, self.archive = self.start_with_archive()
        self.wire = self.server_.connect()
        self.addCleanup(self.wire.close)

    def expect(self, octets, *accepted, stored=()):
        """AA for each id in turn, then silence on an open connection."""
        self.wire.send(octets)
        for control_id in accepted:
            self.assert_answer(self.wire.answer(), "AA", control_id)
        self.wire.expect_silence()
        self.archive.expect(stored)

    def refusal(self, octets):
        """The one answer, which must be AR with ERR and an empty MSA-2."""
        self.wire.send(octets)
        answer = self.wire.answer()
        self.assert_answer(answer, "AR", b"")
        self.assertEqual(len(answer.err), 1, answer.octets)
        self.wire.expect_silence()
        self.archive.expect([])
        return answer

    def test_normal(self):
        self.expect(frame(adt(b"N1")), "N1", stored=[adt(b"N1")])

    def test_no_cr_after_fs(self):
        self.expect(b"\x0b" + adt(b"N2") + b"\x1c")

    def test_lf_after_fs(self):
        self.expect(b"\x0b" + adt(b"N3") + b"\x1c\n")

    def test_crlf_after_fs_twice(self):
        self.expect(frame(adt(b"N4")) + b"\n" + frame(adt(b"N5")), "N4", "N5",
                    stored=[adt(b"N4"), adt(b"N5")])

    def test_junk_before_vt(self):
        self.expect(b"\r\n  \x00" + frame(adt(b"N6")), "N6", stored=[adt(b"N6")])

    def test_no_vt(self):
        self.expect(adt(b"N7") + b"\x1c\r")

    def test_lf_segments(self):
        payload = adt(b"N8", T.replace(b"\r", b"\n"))
        self.expect(frame(payload), "N8", stored=[payload])

    def test_crlf_segments(self):
        payload = adt(b"N8", T.replace(b"\r", b"\r\n"))
        self.expect(frame(payload), "N8", stored=[payload])

    def test_fs_inside(self):
        payload = adt(b"N9", b"|P|2.5\rNTE|1||a\x1cb\r")
        self.expect(frame(payload), "N9", stored=[payload])

    def test_two_fs_before_cr(self):
        self.expect(b"\x0b" + adt(b"NK") + b"\x1c\x1c\r", "NK", stored=[adt(b"NK") + b"\x1c"])

    def test_vt_mid_message_truncated_and_new(self):
        cut = b"\x0b" + adt(b"NA", b"|P|2.5\rPID|1")
        self.expect(cut + frame(adt(b"NB")), "NB", stored=[adt(b"NB")])

    def test_vt_in_a_note_is_payload(self):
        payload = adt(b"NL", b"|P|2.5\rNTE|1||soft\x0bbreak\r")
        self.expect(frame(payload), "NL", stored=[payload])

    def test_two_in_one_segment(self):
        self.expect(frame(adt(b"NC")) + frame(adt(b"ND")), "NC", "ND",
                    stored=[adt(b"NC"), adt(b"ND")])

    def test_empty_frame(self):
        self.expect(b"\x0b\x1c\r")

    def test_blank_frame(self):
        self.expect(b"\x0b \r\n\x1c\r")

    def test_garbage_frame(self):
        self.refusal(b"\x0bhello\x1c\r")

    def test_no_msh10(self):
        answer = self.refusal(frame(b"MSH|^~\\&|S|F|R|F|20260101||ADT^A01||P|2.5\rPID|1\r"))
        self.assertEqual(answer.error_codes(), [b"101"])

    def test_several_messages(self):
        self.wire.send_frame(adt(b"NM") + adt(b"NN"))
        self.assert_answer(self.wire.answer(), "AR", "NM", error="100")
        self.wire.expect_silence()
        self.archive.expect([])

    def test_batch(self):
        payload = (b"FHS|^~\\&|S\rBHS|^~\\&|S\r" + adt(b"NE") + adt(b"NF") + b"BTS|2\rFTS|1\r")
        self.wire.send_frame(payload)
        batch = self.wire.payload()
        names = [segment[:3] for segment in segments_of(batch)]
        self.assertEqual(names, [b"FHS", b"BHS", b"MSH", b"MSA", b"MSH", b"MSA", b"BTS", b"FTS"])
        self.assertEqual([(one.code, one.control_id) for one in answers_in(batch)],
                         [("AA", b"NE"), ("AA", b"NF")])
        self.wire.expect_silence()
        self.archive.expect([adt(b"NE"), adt(b"NF")])

    def test_accept_acknowledgement_asked_for(self):
        payload = adt(b"NG", b"|P|2.5|||AL|AL\rPID|1\r")
        self.expect(frame(payload), "NG", stored=[payload])

    def test_no_acknowledgement_asked_for(self):
        payload = adt(b"NH", b"|P|2.5|||NE|NE\rPID|1\r")
        self.expect(frame(payload), "NH", stored=[payload])

    def test_odd_delimiters(self):
        payload = b"MSH#*!\\%#S#F#R#F#20260101##ADT*A01#NI#P#2.5\rPID#1\r"
        self.wire.send_frame(payload)
        answer = self.wire.answer()
        self.assert_answer(answer, "AA", "NI")
        self.assertTrue(answer.octets.startswith(b"MSH#*!\\%#R#F#S#F#"), answer.octets)
        self.assertEqual(answer.msh[9], b"ACK*A01*ACK")
        self.archive.expect([payload])

    def test_latin1_without_charset(self):
        payload = adt(b"NJ", b"|P|2.5\rPID|1||1||M\xfcller^J\r")
        self.expect(frame(payload), "NJ", stored=[payload])

    def test_byte_order_mark_and_blanks_before_msh(self):
        payload = b"\xef\xbb\xbf \r" + adt(b"NO")
        self.expect(frame(payload), "NO", stored=[payload])

    def test_http_get(self):
        """A browser or a balancer's check that will never say anything else."""
        self.wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.wire.expect_closed()
        self.archive.expect([])

    def test_any_cut_gives_the_same(self):
        """The same stream, an octet at a time."""
        for octet in frame(adt(b"NP")) + b"\r\n" + frame(adt(b"NQ")):
            self.wire.send(bytes([octet]))
        self.assertEqual([one.control_id for one in self.wire.answers(2)], [b"NP", b"NQ"])

    def test_end_of_stream_inside_a_frame(self):
        self.wire.send(b"\x0b" + adt(b"NR"))
        self.wire.half_close()
        self.wire.expect_closed()
        self.archive.expect([])
        self.assert_accepts(self.server_)


PROBE = Path(os.environ.get("MLLP_SHARED", "")) / "tools" / "probe.py"

CLOSED = None  # without an answer

# Its name for a case, and the segments that it must show.
PROBED = {
    "normal": ["MSA|AA|N1"],
    "no-CR-after-FS": [], "LF-after-FS": [],
    "CRLF-after-FS x2": ["MSA|AA|N4", "MSA|AA|N5"],
    "junk-before-VT": ["MSA|AA|N6"],
    "no-VT": [],
    "LF-segments": ["MSA|AA|N8"],
    "FS-inside": ["MSA|AA|N9"],
    "VT-mid (truncated+new)": ["MSA|AA|NB"],
    "two-in-one-segment": ["MSA|AA|NC", "MSA|AA|ND"],
    "empty-frame": [],
    "garbage-frame": ["MSA|AR|", "ERR|"],
    "no-MSH10": ["MSA|AR|", "ERR|"],
    "batch FHS/BHS": ["MSA|AA|NE", "MSA|AA|NF"],
    "enhanced MSH15=AL,16=AL": ["MSA|AA|NG"],
    "MSH15=NE,16=NE": ["MSA|AA|NH"],
    "odd delimiters": ["MSA#AA#NI"],
    "latin1 no MSH18": ["MSA|AA|NJ"],
    "HTTP GET": CLOSED,
}


@unittest.skipUnless(PROBE.is_file(), "the shared folder with tools/probe.py is not here")
class SharedProbe(Scenario):
    def test_every_case(self):
        server = self.start(LOG_LEVEL="info")
        host, port = server.address()
        shown = subprocess.run([sys.executable, str(PROBE), host, str(port)], check=True,
                               capture_output=True, timeout=120).stdout.decode("latin-1")
        lines = dict(line.split(" -> ", 1) for line in shown.splitlines() if " -> " in line)
        self.assertEqual([name.strip() for name in lines], list(PROBED))
        for name, line in lines.items():
            with self.subTest(name.strip()):
                self.check(line, PROBED[name.strip()])

    def check(self, line, wanted):
        if wanted is CLOSED:
            self.assertEqual(line, "NO ACK ( [closed]) [closed]")
            return
        self.assertTrue(line.endswith("[open]"), line)
        if not wanted:
            self.assertTrue(line.startswith("NO ACK ( [open])"), line)
            return
        segments = line[:-len(" [open]")].split(" ; ")
        self.assertEqual(len(segments), len(wanted), line)
        for segment, start in zip(segments, wanted):
            exact = segment == start if start[-1] not in "|#" else segment.startswith(start)
            self.assertTrue(exact, line)


if __name__ == "__main__":
    unittest.main()
