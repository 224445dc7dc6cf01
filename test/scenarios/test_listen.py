"""`mllp-server listen`: what it shows, and each thing that it can be told to do."""

import json
import signal
import ssl
import subprocess
import time
import unittest

from harness.certificates import Authority
from harness.eventually import eventually, stretched
from harness.messages import message
from harness.scenario import Scenario
from harness.server import BINARY, environment
from harness.tls_wire import TlsWire, client_context
from harness.wire import Closed, Wire


class Listening:
    """A running `mllp-server listen`, on a free port."""

    def __init__(self, folder, *words):
        self.out, self.err = folder / "listen.out", folder / "listen.err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                [BINARY, "listen", "--listen", "127.0.0.1:0", *words], cwd=folder,
                env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        eventually("it listens", self._address)

    def _address(self):
        for line in self.err.read_text("utf-8").splitlines():
            if line.startswith("listening on "):
                host, port = line.split()[2].rsplit(":", 1)
                self.address = (host, int(port))
                return True
        return False

    def connect(self):
        return Wire(self.address)

    def lines(self):
        return self.out.read_text("utf-8").splitlines()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(stretched(10))

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Listen(Scenario):
    def listen(self, *words):
        listening = Listening(self.folder, *words)
        self.addCleanup(listening.kill)
        return listening

    def test_shows_what_came_and_ends_in_order(self):
        listening = self.listen()
        payload = message("ONE", body="NTE|1||M\xfcller \x1b[2J\r")
        with listening.connect() as wire:
            answer = wire.ask(payload)
        self.assert_answer(answer, "AA", "ONE")
        lines = listening.lines()
        self.assertRegex(lines[0], rf"^\d\d:\d\d:\d\d\.\d\d\d #1 127\.0\.0\.1:\d+ ADT\^\S* ONE, "
                                   rf"{len(payload)} bytes: AA$")
        self.assertIn("  NTE|1||M\xfcller \\x1B[2J", lines)
        self.assertEqual(listening.end(), 0)
        self.assertIn("1 message over 1 connection", listening.err.read_text())

    def test_json_loses_nothing_and_a_count_ends_it(self):
        listening = self.listen("--json", "--count", "2", "--answer", "AE,AA")
        payloads = [message("ONE", body="NTE|1||\xe4\x01\x1c x\r"), message("TWO", size=200000)]
        with listening.connect() as wire:
            self.assertEqual([wire.ask(payload).code for payload in payloads], ["AE", "AA"])
        self.assertEqual(listening.process.wait(stretched(10)), 0)
        objects = [json.loads(line) for line in listening.lines()]
        self.assertEqual([one["message"].encode("latin-1") for one in objects], payloads)
        self.assertEqual([one["control_id"] for one in objects], ["ONE", "TWO"])
        self.assertEqual([one["answer"] for one in objects], ["AE", "AA"])
        self.assertEqual([one["number"] for one in objects], [1, 2])

    def test_answers_as_told(self):
        script = self.folder / "script"
        script.write_text("AE*2  # twice\nAR\nCA+AA\nwrong, empty\ngarbage, late, AA\n", "ascii")
        with self.listen("--script", str(script), "--quiet").connect() as wire:
            ids = [f"M{n}" for n in range(9)]
            for control_id, code in zip(ids[:3], ("AE", "AE", "AR")):
                self.assert_answer(wire.ask(message(control_id)), code, control_id)
            self.assert_answer(wire.ask(message(ids[3])), "CA", ids[3])
            self.assert_answer(wire.answer(), "AA", ids[3])
            self.assert_answer(wire.ask(message(ids[4])), "AA", "ANOTHER-MESSAGE")
            self.assert_answer(wire.ask(message(ids[5])), "AA", "")
            wire.send_frame(message(ids[6]))
            self.assertEqual(wire.payload(), b"this is no HL7")
            wire.send_frame(message(ids[7]))
            wire.expect_silence()
            self.assert_answer(wire.ask(message(ids[8])), "AA", ids[7])
            self.assert_answer(wire.answer(), "AA", ids[8])

    def test_takes_its_time(self):
        with self.listen("--answer", "AA@400ms, AA").connect() as wire:
            begin = time.monotonic()
            wire.send_frame(message("SLOW"), message("FAST"))
            self.assert_answer(wire.answer(), "AA", "FAST")
            self.assert_answer(wire.answer(), "AA", "SLOW")
            self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_ends_connections_as_told(self):
        listening = self.listen("--answer", "silent, close, reset, half, AA")
        with listening.connect() as wire:
            wire.send_frame(message())
            wire.expect_silence()
            wire.send_frame(message())
            wire.expect_closed()
            self.assertFalse(wire.was_reset)
        with listening.connect() as wire:
            wire.send_frame(message())
            wire.expect_closed()
            self.assertTrue(wire.was_reset)
        with listening.connect() as wire:
            with self.assertRaises(Closed):
                wire.ask(message())
            self.assertIn(b"\x0bMSH|", wire.unread)
        with listening.connect() as wire:
            self.assertEqual(wire.ask(message()).code, "AA")

    def test_speaks_tls(self):
        authority = Authority(self.folder / "ca")
        certificate, key = authority.issue("server")
        authority.issue("client")
        listening = self.listen("--cert", certificate, "--key", key, "--client-ca", authority.ca)
        with TlsWire(listening.address, client_context(authority, "client")) as wire:
            self.assert_answer(wire.ask(message("SECRET")), "AA", "SECRET")
        with self.assertRaises((ssl.SSLError, OSError, EOFError)):
            with TlsWire(listening.address, client_context(authority)) as wire:
                wire.ask(message())
        eventually("it says why", lambda: "certificate" in listening.err.read_text())

    def test_shows_what_is_no_frame(self):
        listening = self.listen()
        with listening.connect() as wire:
            wire.send(b"\x0bMSH|^~\\&|half")
        eventually("it is told", lambda: "inside a frame" in listening.err.read_text())

    def test_tells_usage_from_failure(self):
        def run(*words):
            done = subprocess.run([BINARY, "listen", *words], env=environment(), timeout=30,
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stderr

        code, words = run("--answer", "AB")
        self.assertEqual(code, 2)
        self.assertIn("found 'AB'", words)
        self.assertEqual(run("--script", "/no/such")[0], 2)
        self.assertEqual(run("--cert", "/no/such")[0], 2)
        self.assertEqual(run("--key", "x")[0], 2)
        taken = "{}:{}".format(*self.listen().address)
        code, words = run("--listen", taken)
        self.assertEqual(code, 1)
        self.assertIn("Address already in use", words)


if __name__ == "__main__":
    unittest.main()
