"""What the log says and does not say. That no scenario's log holds patient data is
looked for at the end of each test, in harness/scenario.py; here each kind of input
meets each level, in both formats.
"""

import os
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from harness.balancer import free_port
from harness.eventually import eventually, stretched
from harness.hl7 import acknowledge
from harness.messages import CANARY, frame, message
from harness.scenario import Scenario
from harness.server import BINARY, LISTEN, environment
from harness.wire import Wire
from scenarios.test_modules import Receiver
from scenarios.test_otlp import Collector

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


class EveryField(Scenario):
    """A canary of its own in every field of every segment, but for those that the log may
    tell (MSH-9, MSH-10) and those that make it a message; and everything that the server
    shows, wherever it shows it, at every level but trace."""

    FIELDS = {"MSH": 25, "EVN": 7, "PID": 39, "PD1": 21, "NK1": 39, "PV1": 52, "PV2": 47,
              "OBR": 50, "OBX": 25, "AL1": 6, "DG1": 26, "GT1": 57, "IN1": 53, "NTE": 4,
              "ZZZ": 9}
    KEPT = {("MSH", 7): "20260403120000", ("MSH", 9): "ADT^A01", ("MSH", 11): "P",
            ("MSH", 12): "2.5", ("MSH", 15): "", ("MSH", 16): "", ("MSH", 18): "",
            ("MSH", 20): "", ("PID", 1): "1"}
    RULES = ("validation:\n  rules:\n"
             "    - {name: told, when: 'msh.control_id == \"RULE\"', expression: 'false', "
             "message_expression: '\"no: \" + pid.name + msg.get(\"ZZZ-3\")'}\n"
             "    - {name: broken, when: 'msh.control_id == \"BROKEN\"', "
             "expression: 'int(pid.name) > 0', message: m}\n"
             "    - {name: warned, expression: 'pid.name == \"\"', severity: warning, "
             "message_expression: '\"hm: \" + pid.name'}\n")

    def everywhere(self, control_id):
        segments = []
        for name, count in self.FIELDS.items():
            fields = [name, "^~\\&"] if name == "MSH" else [name]
            for number in range(len(fields) + (name == "MSH"), count + 1):
                kept = self.KEPT.get((name, number))
                fields.append(control_id if (name, number) == ("MSH", 10) else
                              self.canary(name, number) if kept is None else kept)
            segments.append("|".join(fields))
        return ("\r".join(segments) + "\r").encode()

    @staticmethod
    def canary(name, number):
        return f"{CANARY}{name}{number}x^{CANARY}sub&{CANARY}subsub~{CANARY}again"

    def test_is_shown_nowhere(self):
        for level, form in (("debug", "json"), ("debug", "text"), ("info", "json")):
            with self.subTest(level=level, form=form):
                self.show_all(level, form)

    def show_all(self, level, form):
        folder = self.folder / f"{level}-{form}"
        folder.mkdir()
        (folder / "token").write_text("quiet", encoding="ascii")
        sink = self.sink(PatientData.hostile).open()
        web = Receiver(422, 503)
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        collector = Collector()
        self.addCleanup(collector.server_close)
        self.addCleanup(collector.shutdown)
        server = self.server(
            self.RULES + "connectors:\n" + sink.connector(answer_timeout="300ms")
            + web.connector().split("\n", 1)[1]
            + f"  - {{name: filed, type: file, directory: '{folder}', "
              "file_name: '{control_id}-{type}', filter: 'int(pid.name) > 0'}\n",
            folder=folder, LOG_LEVEL=level, LOG_FORMAT=form,
            ADMIN_TOKEN_FILE=folder / "token", ADMIN_ADDR=f"127.0.0.1:{free_port()}",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100")
        server.is_text = form == "text"
        PatientData.start_any(server)
        with server.connect() as wire:
            for control_id in ("PLAIN", "RULE", "BROKEN", "", "PLAIN2"):
                wire.send_frame(self.everywhere(control_id))
            answers = wire.answers(5)
            self.assertEqual([one.code for one in answers], ["AA", "AR", "AE", "AR", "AA"])
            self.assertIn(CANARY.encode(), answers[1].octets, "the sender is told")
            sink.wait_for(2)
            eventually("the web was tried", lambda: web.seen)
            shown = self.everything_shown(server)
        server.stop()
        shown += server.all_logs().encode() + b"".join(body for _, _, body in collector.posts)
        self.assertIn(b"PLAIN", shown)
        self.assertGreater(len(collector.posts), 0)
        found = sorted({one.decode() for one in re.findall(
            rb".{0,60}" + CANARY.encode() + rb".{0,20}", shown, re.I)})
        self.assertEqual(found, [])
        self.assertNotIn(CANARY.encode().hex().encode(), shown.lower())

    def everything_shown(self, server):
        host, port = server.settings["ADMIN_ADDR"].rsplit(":", 1)
        found = b""
        for path in ("/metrics", "/api/status", "/api/connectors", "/api/connections",
                     "/api/logs", "/readyz?lanes=1"):
            request = urllib.request.Request(f"http://{host}:{port}{path}",
                                             headers={"Authorization": "Bearer quiet"})
            try:
                with urllib.request.urlopen(request, timeout=stretched(10)) as reply:
                    found += reply.read()
            except urllib.error.HTTPError as refused:  # 503 of /readyz
                found += refused.read()
        return found


class Level(Scenario):
    def test_changes_while_it_runs_but_never_to_trace(self):
        server = self.start(LOG_LEVEL="info")
        self.assert_accepts(server)
        self.assertEqual(server.events("connection_opened"), [])
        self.change(server, signal.SIGUSR1, "debug")
        self.assert_accepts(server)
        eventually("a line of debug", lambda: server.events("connection_opened"))
        self.change(server, signal.SIGUSR1, "debug")
        self.change(server, signal.SIGUSR2, "info")
        before = len(server.events("connection_opened"))
        self.assert_accepts(server)
        self.assertEqual(len(server.events("connection_opened")), before)

    def test_neither_signal_cuts_a_drain_short(self):
        server = self.start(PRE_SHUTDOWN_DELAY="1s")
        server.signal(signal.SIGTERM)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP):
            time.sleep(0.1)
            server.signal(number)
        self.assert_accepts(server)
        self.assertEqual(server.wait(), 0)

    def change(self, server, number, level):
        before = len(server.events("log_level_changed"))
        server.signal(number)
        eventually("it is told", lambda: len(server.events("log_level_changed")) > before)
        self.assertEqual(server.events("log_level_changed")[-1]["level"], level)


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
