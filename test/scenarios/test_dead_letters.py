"""Dead letters, queues and messages from the command line: on a running server by its
control.sock, and on the folder of a stopped one.
"""

import json
import os
import socket
import stat
import time
import unittest

from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.messages import CANARY, message
from harness.scenario import Scenario
from harness.server import run

_LAB = """
connectors:
  - name: lab
    type: mllp
    address: 127.0.0.1:{port}
"""


class Refusing:
    """AR to what holds a mark, for as long as it refuses; AA to all else."""

    def __init__(self, mark=b"BAD"):
        self.mark, self.refuses = mark, True

    def __call__(self, sink, peer, payload):
        refuse = self.refuses and self.mark in payload
        peer.answer(acknowledge(payload, b"AR" if refuse else b"AA",
                                b"patient class is missing" if refuse else b""))


class DeadLetters(Scenario):
    def setUp(self):
        super().setUp()
        self.target = Refusing()
        self.lab = self.sink(self.target).open()
        self.running = self.server(_LAB.format(port=self.lab.address[1]))
        self.running.start()

    def command(self, *words, code=0):
        """What the command shows on standard output; the folder's config.yaml counts."""
        done, shown, told = run(*words, folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        self.told = told
        return shown

    def rows(self, *words):
        return [json.loads(line) for line in self.command(*words, "--json").splitlines()]

    def letters(self, *words):
        return self.rows("dead-letters", "list", *words)

    def send(self, *control_ids, **options):
        with self.running.connect() as wire:
            for control_id in control_ids:
                self.assert_answer(wire.ask(message(control_id, **options)), "AA", control_id)

    def arrived(self):
        return [each.control_id.decode() for each in self.lab.received]

    def await_parked(self, count):
        eventually("the dead letters are there", lambda: len(self.letters()) == count)

    # Looking.

    def test_lists_and_shows_what_was_refused(self):
        self.send("GOOD1", "BAD1", "BAD2", "GOOD2")
        self.await_parked(2)
        first, second = self.letters()
        self.assertEqual([first["control_id"], second["control_id"]], ["BAD1", "BAD2"])
        self.assertEqual(first["type"], "ADT")
        self.assertIn("AR", first["reason"])
        self.assertEqual(self.letters("--control-id", "BAD2"), [second])
        self.assertEqual(self.letters("--type", "ADT^A01"), [first, second])
        self.assertEqual(self.letters("--type", "ORU"), [])
        self.assertEqual(self.letters("--reason-has", "AR"), [first, second])
        self.assertEqual(self.letters("--until", "1h"), [])
        self.assertEqual(self.letters("--since", "1h"), [first, second])
        self.assertEqual(self.letters("--limit", "1"), [first])
        self.assertIn(f"more: --after {first['id']}", self.told)
        self.assertEqual(self.letters("--after", first["id"]), [second])

        plain = self.command("dead-letters", "list").splitlines()
        self.assertEqual([line.split("\t")[0] for line in plain], [first["id"], second["id"]])
        shown = self.command("dead-letters", "show", first["id"])
        self.assertIn("patient class is missing", shown)
        self.assertIn("Patient Identification", shown)
        self.assertIn(CANARY, shown)
        self.assertEqual(self.command("dead-letters", "show", "--raw", first["id"]),
                         message("BAD1").decode().replace("\r", "\n"))
        whole, = self.rows("dead-letters", "show", first["id"])
        self.assertEqual(whole["message"].encode("latin-1"), message("BAD1"))
        self.assertEqual([each["number"] for each in whole["tries"]], [1])
        self.command("dead-letters", "show", "lab/9999", code=1)
        self.command("dead-letters", "list", "--connector", "lap", code=1)

    def test_the_socket_is_the_owners_and_bears_nonsense(self):
        path = self.folder / "data" / "control.sock"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        for request in (b"\n", b"nonsense\n", b"[]\n", b'{"op":"x"}\n', b'{"op":7}\n',
                        b'{"op":"letters","count":"many"}\n', b'{"op":"letters","filter":1}\n',
                        b'{"op":"replay","connector":"lab","ids":[-1]}\n',
                        b'{"op":"attempts"}\n', b'{"op":"edit","id":"lab/1","message":"x"}\n',
                        b'{"op":"edit","id":"lab/1","message":"\\u20ac"}\n'):
            with self.subTest(request=request):
                self.assertIn(b'{"error":', self.ask(path, request))
        slow = self.dial(path)  # sends nothing: must not keep others waiting for long
        self.assertEqual(len(self.rows("queues")), 1)
        slow.close()

    def dial(self, path):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        folder = os.open(path.parent, os.O_PATH)
        self.addCleanup(os.close, folder)
        sock.settimeout(20)
        sock.connect(f"/proc/self/fd/{folder}/{path.name}")
        return sock

    def ask(self, path, request):
        sock = self.dial(path)
        sock.sendall(request)
        answer = b""
        while piece := sock.recv(4096):
            answer += piece
        return answer

    # Replaying.

    def test_replays_in_order_after_a_dry_run(self):
        bad = [f"BAD{number}" for number in range(10)]
        self.send(*bad)
        self.await_parked(10)
        self.lab.received.clear()
        self.target.refuses = False
        listed = self.command("dead-letters", "replay", "--all", "--dry-run").splitlines()
        self.assertEqual(len(listed), 10)
        self.assertIn("10 dead letters would be replayed; nothing was done", self.told)
        self.assertEqual(len(self.letters()), 10)
        self.command("dead-letters", "replay", code=2)

        self.assertEqual(self.command("dead-letters", "replay", "--all"), "replayed: 10\n")
        eventually("all came", lambda: len(self.arrived()) == 10)
        self.assertEqual(self.arrived(), bad)
        eventually("none is left", lambda: self.rows("queues")[0]["waiting"] == 0)
        self.assertEqual(self.letters(), [])

    def test_replays_some_by_id_and_by_filter(self):
        self.send("BAD1", "BAD2", "BAD3")
        self.await_parked(3)
        ids = [each["id"] for each in self.letters()]
        self.lab.received.clear()
        self.target.refuses = False
        self.command("dead-letters", "replay", ids[2], ids[0])
        self.command("dead-letters", "replay", "--control-id", "BAD2")
        eventually("all came", lambda: len(self.arrived()) == 3)
        self.assertEqual(self.arrived(), ["BAD1", "BAD3", "BAD2"])
        self.command("dead-letters", "replay", ids[0], code=1)

    def test_what_is_refused_again_is_replayed_once(self):
        self.send("BAD1", "BAD2", "BAD3")
        self.await_parked(3)
        self.lab.received.clear()
        self.command("dead-letters", "replay", "--all", "--rate", "20")
        self.await_parked(3)
        self.assertEqual(self.arrived(), ["BAD1", "BAD2", "BAD3"])

    def test_a_rate_is_kept(self):
        self.send(*[f"BAD{number}" for number in range(11)])
        self.await_parked(11)
        self.target.refuses = False
        start = time.monotonic()
        self.command("dead-letters", "replay", "--all", "--rate", "10")
        self.assertGreaterEqual(time.monotonic() - start, 1.0)  # ten gaps of a tenth

    # Editing and discarding.

    def test_an_edited_letter_is_delivered_and_both_versions_stay(self):
        self.send("BAD1")
        self.await_parked(1)
        old, = self.letters()
        self.lab.received.clear()
        dry = self.command("dead-letters", "edit", old["id"], "--set", "MSH-10=FIXED1",
                           "--dry-run")
        self.assertIn("|FIXED1|", dry)
        self.assertEqual(self.letters(), [old])

        done, = self.rows("dead-letters", "edit", old["id"], "--set", "MSH-10=FIXED1",
                          "--set", "PV1-2=O")
        eventually("the new version came", lambda: self.arrived() == ["FIXED1"])
        self.assertIn(b"PV1|1|O|", self.lab.received[0].payload)
        self.assertEqual(self.letters(), [])
        old_raw = self.command("messages", "show", "--raw", str(old["entry"]))
        new_raw = self.command("messages", "show", "--raw", str(done["replaced_by"]))
        self.assertEqual(old_raw.replace("|BAD1|", "|FIXED1|").replace("PV1|1|I", "PV1|1|O"),
                         new_raw)
        eventually("it is written down", lambda: self.rows("dead-letters", "discarded"))
        kept, = self.rows("dead-letters", "discarded")
        self.assertEqual((kept["id"], kept["replaced_by"]), (old["id"], done["replaced_by"]))

    def test_a_letter_is_replaced_by_a_file(self):
        self.send("BAD1")
        self.await_parked(1)
        letter, = self.letters()
        self.lab.received.clear()
        (self.folder / "new.hl7").write_bytes(message("FROMFILE").replace(b"\r", b"\r\n"))
        (self.folder / "none.hl7").write_bytes(b"no message")
        self.command("dead-letters", "edit", letter["id"], "--file", "none.hl7", code=1)
        self.assertEqual(self.letters(), [letter])
        self.command("dead-letters", "edit", letter["id"], "--file", "new.hl7")
        eventually("it came", lambda: len(self.lab.received) == 1)
        self.assertEqual(self.lab.received[0].payload, message("FROMFILE"))

    def test_a_discarded_letter_never_comes_and_its_reason_stays(self):
        self.send("BAD1", "BAD2")
        self.await_parked(2)
        first, second = self.letters()
        self.command("dead-letters", "discard", first["id"], code=2)
        self.assertEqual(
            self.command("dead-letters", "discard", first["id"], "--reason", "sent by mistake"),
            "discarded: 1\n")
        self.assertEqual(self.letters(), [second])
        self.running.restart()
        self.assertEqual(self.letters(), [second])
        self.assertNotIn("BAD1", self.arrived()[2:])
        kept, = self.rows("dead-letters", "discarded", "lab")
        self.assertEqual((kept["id"], kept["reason"]), (first["id"], "sent by mistake"))

    # Queues.

    def test_queues_of_connectors_that_are_configured_no_more_stay_visible(self):
        self.send("BAD1")
        self.await_parked(1)
        self.lab.shut()
        self.send("WAITS1", "WAITS2")
        queue, = self.rows("queues")
        self.assertEqual((queue["connector"], queue["waiting"], queue["dead_letters"]),
                         ("lab", 2, 1))
        eventually("it waits", lambda: self.rows("queues")[0]["state"] == "waiting")
        self.running.stop()
        queue, = self.rows("queues")
        self.assertEqual(queue["state"], "offline")

        self.running.config = "connectors: []\n"
        self.running.start()
        for place in ("running", "stopped"):
            with self.subTest(place=place):
                queue, = self.rows("queues")
                self.assertEqual((queue["state"], queue["waiting"], queue["dead_letters"]),
                                 ("not_configured", 2, 1))
                self.assertEqual(queue["oldest"], 2)
            self.running.stop()
        self.assertEqual(self.command("queues").split("\t")[:3], ["lab", "not_configured", "2"])

    def test_a_queue_that_nobody_serves_is_given_up(self):
        self.send("BAD1")
        self.await_parked(1)
        self.lab.shut()
        self.send("WAITS1", "WAITS2")
        give_up = ("queues", "give-up", "lab")
        self.command(*give_up, "--yes", "--reason", "moved", code=1)
        self.assertIn("lab is configured: take it out", self.told)
        self.running.config = "connectors: []\n"
        self.running.restart()
        self.assertEqual(self.command(*give_up, code=1),
                         "lab: 2 waiting, 1 dead letters would be given up; nothing was done: "
                         "add --yes\n")
        self.command(*give_up, "--yes", code=2)
        self.assertIn("--reason is required", self.told)
        self.assertEqual(self.command(*give_up, "--yes", "--reason", "moved away"),
                         "lab: 2 waiting, 1 dead letters given up\n")
        told, = self.running.events("queue_given_up")
        self.assertEqual((told["connector"], told["waiting"], told["dead_letters"]),
                         ("lab", 2, 1))
        eventually("it is written down why",
                   lambda: [each["reason"] for each in self.rows("dead-letters", "discarded")]
                   == 3 * ["moved away"])
        outcome = [json.loads(line) for line in self.command("audit", "export").splitlines()
                   if '"kind":"outcome"' in line][-1]
        self.assertEqual((outcome["done"], outcome["messages"], outcome["letters"]),
                         (3, ["2", "3"], ["1"]))
        self.running.restart()
        queue, = self.rows("queues")
        self.assertEqual((queue["waiting"], queue["dead_letters"]), (0, 0))
        self.command("queues", "give-up", "lap", code=1)

    def test_a_queue_is_given_up_on_a_stopped_folder(self):
        self.lab.shut()
        self.send(*[f"W{number}" for number in range(30)])
        self.running.stop()
        (self.folder / "config.yaml").write_text("connectors: []\n", encoding="utf-8")
        self.assertEqual(self.rows("queues", "give-up", "lab", "--yes", "--reason", "moved"),
                         [{"connector": "lab", "given_up": True, "waiting": 30,
                           "dead_letters": 0}])
        queue, = self.rows("queues")
        self.assertEqual(queue["waiting"], 0)
        self.assertEqual(len(self.rows("dead-letters", "discarded")), 30)

    # On the folder of a stopped server.

    def test_on_a_stopped_folder_all_of_it_is_done_when_the_server_starts(self):
        self.send("BAD1", "BAD2", "BAD3", "BAD4")
        self.await_parked(4)
        self.running.stop()
        self.lab.received.clear()
        self.target.refuses = False
        one, two, three, four = self.letters()
        self.assertIn("patient class", self.command("dead-letters", "show", one["id"]))
        self.command("dead-letters", "replay", "--all", "--dry-run")
        self.command("dead-letters", "discard", two["id"], "--reason", "twice")
        self.command("dead-letters", "edit", one["id"], "--set", "MSH-10=FIXED1")
        self.assertEqual(self.command("dead-letters", "replay", four["id"], three["id"]),
                         "replayed: 2 (in effect when the server starts)\n")
        self.assertEqual(self.letters(), [])
        self.assertEqual(self.arrived(), [])
        self.running.start()
        eventually("all came", lambda: len(self.arrived()) == 3)
        self.assertEqual(self.arrived(), ["BAD3", "BAD4", "FIXED1"])
        self.assertEqual(len(self.rows("dead-letters", "discarded")), 2)

    def test_a_folder_without_a_store_is_an_error_and_stays_empty(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.command("queues", "--data-dir", str(empty), code=1)
        self.assertIn("it holds no store", self.told)
        self.assertEqual(list(empty.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
