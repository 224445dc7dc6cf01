"""Section 6: what a file system and a receiving system see of the deliveries."""

import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness.drops import AppendFile, DropFolder, append_connector
from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.messages import CANARY, frame, fresh_id, message
from harness.scenario import Scenario
from harness.sink import answering, silent

PYTHON = "/usr/bin/python3"  # Debian's, whose packages hold python-hl7


class Connectors(Scenario):
    def send_all(self, server, payloads):
        with server.connect() as wire:
            for payload in payloads:
                self.assertEqual(wire.ask(payload).code, "AA")


class FileByFile(Connectors):
    def folder_connector(self, file_name=""):
        name = f"    file_name: '{file_name}'\n" if file_name else ""
        return (f"connectors:\n  - name: drop\n    type: file\n    mode: file\n"
                f"    directory: {self.folder}/drop\n{name}")

    def begin(self, file_name=""):
        (self.folder / "drop").mkdir()
        return self.start(self.folder_connector(file_name)), DropFolder(self.folder / "drop")

    def test_each_message_is_a_file_with_its_octets(self):
        server, drop = self.begin()
        payloads = [message(size=size) for size in (0, 100, 70000, 400000)]
        payloads.append(message(body="NTE|1||\x00\xff\x1c \x0b\r"))
        self.send_all(server, payloads)
        drop.expect(payloads)

    def test_names_from_messages_stay_in_the_folder(self):
        server, drop = self.begin("{control_id}.hl7")
        nasty = ["../../escaped", ".hidden", "a/b", "a b%", "x" * 150, "CON", "é", "..", "plain"]
        payloads = [message(control_id) for control_id in nasty]
        self.send_all(server, payloads)
        drop.expect(payloads)
        for path in drop.files():
            self.assertRegex(path.name, r"^[A-Za-z0-9_%-][A-Za-z0-9._%-]{0,199}$")
            self.assertEqual(path.parent, drop.path)
        self.assertIn("plain.hl7", [path.name for path in drop.files()])
        self.assertFalse((self.folder.parent / "escaped.hl7").exists())

    def test_a_name_that_exists_with_other_octets_is_not_overwritten(self):
        server, drop = self.begin("{control_id}.hl7")
        first, second, third = message("SAME"), message("SAME", size=900), message("NEXT")
        self.send_all(server, [first, second, third])
        drop.expect([first, third])
        server.restart()
        self.assert_accepts(server)
        eventually("the lane goes on", lambda: len(drop.files()) == 3)
        self.assertIn(first, [path.read_bytes() for path in drop.files()])
        self.assertNotIn(second, [path.read_bytes() for path in drop.files()])

    def test_a_folder_that_is_missing_is_waited_for(self):
        server = self.start(self.folder_connector() + "    retry: {initial: 50ms, max: 200ms}\n")
        payloads = [message() for _ in range(3)]
        self.send_all(server, payloads)
        (self.folder / "drop").mkdir(exist_ok=True)
        DropFolder(self.folder / "drop").expect(payloads)


class FileAppended(Connectors):
    def test_a_torn_tail_is_cut_back_at_start(self):
        archive = AppendFile(self.folder / "all.mllp")
        server = self.server("connectors:\n" + append_connector(archive.path))
        whole = frame(message("OLD"))
        for tail in (b"\x0bMSH|^~\\&|torn", b"\x0b", frame(message("TORN"))[:-1]):
            with self.subTest(tail[-20:]):
                archive.path.write_bytes(whole + tail)
                server.start()
                payload = message(fresh_id())
                self.send_all(server, [payload])
                archive.expect([message("OLD"), payload])
                server.stop()

    def test_goes_on_where_it_ended(self):
        server, archive = self.start_with_archive()
        payloads = [message() for _ in range(6)]
        self.send_all(server, payloads[:3])
        server.restart()
        self.send_all(server, payloads[3:])
        archive.expect(payloads)


class ToAnotherReceiver(Connectors):
    def begin(self, *behaviour, **connector):
        sink = self.sink(*behaviour).open()
        return self.start("connectors:\n" + sink.connector(**connector)), sink

    def test_delivers_octets_in_order_over_one_connection(self):
        server, sink = self.begin()
        payloads = [message(size=size) for size in (0, 300000, 100, 0, 0)]
        payloads.append(message(body="NTE|1||M\xfcller\x1c\x0b soft\r"))
        self.send_all(server, payloads)
        self.assertEqual(sink.wait_for(len(payloads)), payloads)
        self.assertEqual(sink.connections, 1)

    def test_ae_is_tried_again_and_holds_the_next_back(self):
        server, sink = self.begin(answering(b"AE", b"AE", text=CANARY.encode()))
        self.send_all(server, [message("ONE"), message("TWO")])
        sink.wait_for(4)
        self.assertEqual(sink.control_ids(), ["ONE", "ONE", "ONE", "TWO"])

    def test_ae_for_ever_is_set_aside_after_so_many_attempts(self):
        server, sink = self.begin(answering(b"AE", b"AE", b"AE"))
        self.send_all(server, [message("BAD"), message("GOOD")])
        sink.wait_for(4)
        self.assertEqual(sink.control_ids(), ["BAD", "BAD", "BAD", "GOOD"])

    def test_ar_is_set_aside_at_once_and_stays_there(self):
        server, sink = self.begin(answering(b"AR", text=CANARY.encode()))
        self.send_all(server, [message("BAD"), message("GOOD")])
        sink.wait_for(2)
        server.restart()
        self.send_all(server, [message("MORE")])
        sink.wait_for(3)
        self.assertEqual(sink.control_ids(), ["BAD", "GOOD", "MORE"])

    def test_ca_settles_and_a_second_answer_disturbs_nothing(self):
        def both(sink, peer, payload):
            peer.answer(acknowledge(payload, b"CA"))
            peer.answer(acknowledge(payload, b"AA"))

        server, sink = self.begin(both)
        ids = [f"CA{n}" for n in range(10)]
        self.send_all(server, [message(control_id) for control_id in ids])
        eventually("all arrive", lambda: set(ids) <= set(sink.control_ids()))
        first = [sink.control_ids().index(control_id) for control_id in ids]
        self.assertEqual(first, sorted(first))

    def test_an_answer_with_another_msa2_never_settles(self):
        def stranger(sink, peer, payload):
            wrong = len(sink.received) == 1
            peer.answer(acknowledge(payload, control_id=b"STRANGER" if wrong else None))

        server, sink = self.begin(stranger)
        self.send_all(server, [message("MINE"), message("NEXT")])
        sink.wait_for(3)
        self.assertEqual(sink.control_ids(), ["MINE", "MINE", "NEXT"])
        self.assertNotEqual(sink.received[0].connection, sink.received[1].connection)

    def test_a_late_answer_is_not_taken_for_the_next_ones(self):
        """The first attempt is answered only after its time-out, while the second
        runs; the second is refused. Taking the late AA would lose the message."""
        held = []

        def late(sink, peer, payload):
            if len(sink.received) == 1:
                held.append(peer)
                return
            if held:
                old = held.pop()
                try:
                    old.answer(acknowledge(payload))
                except OSError:
                    pass
                peer.answer(acknowledge(payload, control_id=b"OLDER"))
                return
            peer.answer(acknowledge(payload))

        server, sink = self.begin(late, answer_timeout="400ms")
        self.send_all(server, [message("LATE"), message("NEXT")])
        sink.wait_for(4)
        self.assertEqual(sink.control_ids(), ["LATE", "LATE", "LATE", "NEXT"])

    def test_silence_is_a_time_out_and_a_new_connection(self):
        server, sink = self.begin(silent, answer_timeout="300ms")
        self.send_all(server, [message("QUIET")])
        sink.wait_for(2)
        self.assertEqual([one.connection for one in sink.received[:2]], [1, 2])

    def test_a_target_that_ends_each_connection_gets_all(self):
        def once(sink, peer, payload):
            peer.answer(acknowledge(payload))
            peer.close()

        server, sink = self.begin(once)
        payloads = [message() for _ in range(10)]
        self.send_all(server, payloads)
        eventually("all arrive", lambda: set(payloads) <= set(sink.payloads()))
        self.assertEqual(list(dict.fromkeys(sink.payloads())), payloads)

    def test_garbage_is_no_answer(self):
        def garbage(sink, peer, payload):
            if len(sink.received) == 1:
                peer.answer(b"hello " + CANARY.encode())
            else:
                peer.answer(acknowledge(payload))

        server, sink = self.begin(garbage, answer_timeout="400ms")
        self.send_all(server, [message("G1")])
        sink.wait_for(2)
        self.assertEqual(sink.control_ids(), ["G1", "G1"])

    def test_the_other_address_is_tried(self):
        dead, alive = self.sink(), self.sink().open()
        backup = "    backup_address: {}:{}\n".format(*alive.address)
        server = self.start("connectors:\n" + dead.connector(more=backup))
        self.send_all(server, [message("B1")])
        alive.wait_for(1)


class Lanes(Connectors):
    MORE = "    order_by: msg.get(\"PID-3.1\")\n    lanes: 4\n"

    @staticmethod
    def of_patient(patient, number):
        return message(f"{patient}-{number}", body=f"PID|1||{patient}||DOE^JANE\r")

    @staticmethod
    def answer(peer, payload):
        try:
            peer.answer(payload)
        except OSError:
            pass  # the connection was closed meanwhile

    def by_patient(self, sink):
        """The first arrivals of each patient's messages, by patient."""
        seen = {}
        for control_id in dict.fromkeys(sink.control_ids()):
            patient, number = control_id.rsplit("-", 1)
            seen.setdefault(patient, []).append(int(number))
        return seen

    def test_keys_go_side_by_side_and_each_in_order(self):
        def slow_and_rude(sink, peer, payload):
            if len(sink.received) % 7 == 0:
                peer.close()
                return
            threading.Timer(0.005, self.answer, [peer, acknowledge(payload)]).start()

        server, sink = self.begin_with(slow_and_rude)
        patients = [f"P{n}" for n in range(12)]
        self.send_all(server, [self.of_patient(patient, number)
                               for number in range(15) for patient in patients])
        eventually("all arrive", lambda: len(set(sink.control_ids())) == 180, within=60)
        self.assertEqual(self.by_patient(sink), {patient: list(range(15)) for patient in patients})
        self.assertGreater(len({one.connection for one in sink.received}), 3)

    def test_a_dead_target_is_one_incident_for_all_lanes(self):
        sink = self.sink()
        server = self.start("connectors:\n" + sink.connector(more=self.MORE))
        self.send_all(server, [self.of_patient(f"P{n}", 0) for n in range(40)])
        eventually("it is told", lambda: server.events("delivery_incident_began"))
        time.sleep(1.5)
        self.assertEqual(len(server.events("delivery_incident_began")), 1)
        sink.open()
        eventually("all arrive", lambda: len(set(sink.control_ids())) == 40)
        ended = eventually("it ends", lambda: server.events("delivery_incident_ended"))
        self.assertEqual(len(ended), 1)

    def begin_with(self, behaviour):
        sink = self.sink(behaviour).open()
        return self.start("connectors:\n" + sink.connector(more=self.MORE)), sink


class PythonHl7(Connectors):
    """python-hl7's own server as the receiver."""

    def peer(self, log):
        process = subprocess.Popen([PYTHON, "-BP", str(Path(__file__).parents[1] / "harness" /
                                                      "python_hl7_peer.py"), str(log)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        if not line.strip():
            self.skipTest("python3-hl7 is not installed: " + process.stderr.read()[-120:].strip())
        return int(line)

    def test_takes_and_acknowledges_all(self):
        log = self.folder / "got.txt"
        port = self.peer(log)
        server = self.start(f"connectors:\n  - name: interop\n    type: mllp\n"
                            f"    address: 127.0.0.1:{port}\n")
        payloads = [message(body=f"PID|1||{n}||M\xfcller^J\r") for n in range(60)]
        self.send_all(server, payloads)
        eventually("all arrive", lambda: log.exists() and
                   log.read_text("ascii").count("\n") == 60, within=20)
        got = [bytes.fromhex(line) for line in log.read_text("ascii").split()]
        self.assertEqual([one.rstrip(b"\r") for one in got],
                         [one.rstrip(b"\r") for one in payloads])


if __name__ == "__main__":
    unittest.main()
