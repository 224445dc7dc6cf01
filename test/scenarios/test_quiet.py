"""What the log says and does not say. That no scenario's log holds patient data is
looked for at the end of each test, in harness/scenario.py; here each kind of input
meets each level, in both formats.
"""

import os
import re
import subprocess
import time
import unittest

from harness.eventually import eventually, stretched
from harness.hl7 import acknowledge
from harness.messages import CANARY, frame, message
from harness.scenario import Scenario
from harness.server import BINARY, LISTEN, environment
from harness.wire import Wire

QUIET = ("trace", "debug")


class Probes(Scenario):
    """A balancer opens and closes, every second, for ever."""

    def probe(self, server):
        for n in range(60):
            wire = server.connect()
            if n % 2:
                wire.reset()
            else:
                wire.close()

    def test_leave_no_line_above_debug(self):
        for level in ("info", "debug"):
            with self.subTest(level):
                server = self.server(folder=self.folder / level, LOG_LEVEL=level).start()
                before = len(server.events())
                self.probe(server)
                self.assert_accepts(server)
                loud = [event for event in server.events()[before:]
                        if event["level"] not in QUIET]
                self.assertEqual([event for event in loud if "probe" in str(event)], [])
                self.assertLessEqual(len(loud), 2, loud)  # of the one real connection

    def test_cost_no_descriptors(self):
        server = self.start(LOG_LEVEL="info")
        self.assert_accepts(server)
        before = server.open_descriptors()
        for _ in range(5):
            self.probe(server)
        self.assert_accepts(server)
        time.sleep(0.2)
        self.assertLessEqual(server.open_descriptors(), before + 2)


class Rest(Scenario):
    def test_idle_connections_cost_no_time(self):
        server = self.start(LOG_LEVEL="info")
        wires = [server.connect() for _ in range(200)]
        for wire in wires:
            wire.ask(message())
        time.sleep(0.5)
        before = server.cpu_seconds()
        time.sleep(1.5)
        self.assertLess(server.cpu_seconds() - before, stretched(0.1))


class PatientData(Scenario):
    """Every way in which a message can go wrong, each with the canary inside."""

    INPUTS = [
        frame(message()), frame(message("")), frame(message() + message()),
        frame(CANARY.encode()), frame(b"MSH|^~\\&|" + CANARY.encode()),
        frame(b"BHS|^~\\&\r" + message() + b"BTS|7\r"),
        frame(b"BHS|^~\\&\r" + message() + message("") + b"BTS|2\r"),
        frame(message(size=100000)),                      # too large here
        CANARY.encode() * 3,                              # garbage between frames
        b"\x0b" + message() + b"\x0b" + message() + b"\x1c\r",
        frame(message(version=CANARY)), frame(message(charset=CANARY)),
        b"\x0b" + message(),                              # never ends
    ]

    def test_is_in_no_line_at_any_level_but_trace(self):
        for level in ("debug", "info"):
            for form in ("json", "text"):
                with self.subTest(level=level, form=form):
                    self.show_everything(level, form)

    def show_everything(self, level, form):
        sink = self.sink(self.hostile).open()
        server = self.server("connectors:\n" + sink.connector(answer_timeout="300ms"),
                             folder=self.folder / f"{level}-{form}", LOG_LEVEL=level,
                             LOG_FORMAT=form, MAX_FRAME_SIZE="64KiB", MAX_BUFFERED_BYTES="8MiB")
        server.is_text = form == "text"
        self.start_any(server)
        with server.connect() as wire:
            for octets in self.INPUTS:
                wire.send(octets)
            time.sleep(0.3)
        sink.wait_for(3)
        server.stop()
        self.assertGreater(len(server.log_text()), 100)
        self._look_into_logs()

    @staticmethod
    def start_any(server):
        """In the text form the harness cannot read events: the port is in the line."""
        if not server.is_text:
            server.start()
            return
        server.launch()
        found = eventually("it listens", lambda: re.search(
            r"listening listener=default address=127\.0\.0\.1:(\d+)", server.log_text()))
        server.address = lambda listener="default": ("127.0.0.1", int(found[1]))

    @staticmethod
    def hostile(sink, peer, payload):
        """Refuses in words full of patient data."""
        text = f"{CANARY} is not known".encode()
        codes = [b"AR", b"AE", b"AA"]
        peer.answer(acknowledge(payload, codes[len(sink.received) % 3], text))


class Reader(Scenario):
    def test_a_log_that_nobody_reads_stops_nothing(self):
        """Standard error is a full pipe; each frame would be worth a line."""
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        process = subprocess.Popen([BINARY], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=write_end, stderr=write_end, env=environment(
                                       LISTEN_ADDR=LISTEN, DATA_DIR=self.folder / "data",
                                       LOG_LEVEL="debug"))
        self.addCleanup(process.kill)
        os.close(write_end)
        told = b""
        while not (found := re.search(rb"listener=default address=(127\.0\.0\.1):(\d+)", told)):
            told += os.read(read_end, 4096)
        address = found[1].decode(), int(found[2])
        for _ in range(1500):  # two lines and more each: over the pipe's 64 KiB
            Wire(address).close()
        with Wire(address) as wire:
            for _ in range(20):
                self.assert_answer(wire.ask(message()), "AA")
        process.terminate()
        self.assertEqual(process.wait(stretched(20)), 0)


class Lines(Scenario):
    def test_every_line_is_json_where_asked_for(self):
        server = self.start()
        self.assert_accepts(server)
        server.stop()
        lines = server.log_text().splitlines()
        self.assertEqual(len(server.events()), len(lines), lines)
        for event in server.events():
            self.assertIn("time", event)
            self.assertIn("level", event)

    def test_a_timeout_names_its_kind(self):
        server = self.start(IDLE_TIMEOUT="300ms", FRAME_TIMEOUT="200ms")
        with server.connect() as idle, server.connect() as slow:
            slow.send(b"\x0bMSH|")
            slow.expect_closed()
            idle.expect_closed()
        server.stop()
        for kind in ("idle_timeout", "frame_timeout"):
            self.assertIn(kind, server.log_text())


if __name__ == "__main__":
    unittest.main()
