"""What was received is found again: accepted and refused messages, on a running server by
its control.sock and on the folder of a stopped one.
"""

import json
import signal
import unittest

from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.messages import frame, header, message
from harness.scenario import Scenario
from harness.server import run

_CONFIG = """
validation:
  rules:
    - name: need-class
      when: msh.msg_type == "ADT"
      expression: pv1.patient_class != ""
      message: "PV1-2 is required"
      location: PV1-2
      code: 101
index:
  visit: msg.get("PV1-19")
  ids: msg.all("PID-3(*).1")
connectors:
  - name: lab
    type: mllp
    address: 127.0.0.1:{port}
    filter: msh.msg_type == "ADT"
"""


def visit(number, ids="4711^^^MRN"):
    """The body of a message of this visit."""
    return f"PID|1||{ids}\rPV1|1|I{'|' * 17}{number}\r"


def bad(control_id):
    """Refused by the rule."""
    return message(control_id, body="PID|1||4711\rPV1|1\r")


class Archive(Scenario):
    def setUp(self):
        super().setUp()
        self.lab = self.sink(self.answer).open()
        self.running = self.server(_CONFIG.format(port=self.lab.address[1]))
        self.running.start()

    @staticmethod
    def answer(sink, peer, payload):
        refuse = b"|DEAD" in payload
        peer.answer(acknowledge(payload, b"AR" if refuse else b"AA", b"no such bed"))

    def command(self, *words, code=0):
        done, shown, told = run(*words, folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        self.told = told
        return shown

    def rows(self, *words):
        return [json.loads(line) for line in self.command(*words, "--json").splitlines()]

    def ids(self, *words):
        return [row["control_id"] for row in self.rows("messages", "list", *words)]

    def send(self, *frames):
        """The codes that they are answered with."""
        with self.running.connect() as wire:
            return [wire.ask(each).code for each in frames]

    def fill(self):
        codes = self.send(message("ONE"), bad("BAD1"), message("DEAD"),
                          message("LAB1", kind="ORU^R01", sender=("LAB", "NORTH")),
                          message("TWO", body="PID|1||0815^^^MRN\rPV1|1|I\r"))
        self.assertEqual(codes, ["AA", "AR", "AA", "AA", "AA"])
        eventually("all is delivered or a dead letter",
                   lambda: self.rows("queues")[0]["waiting"] == 0)

    # Searching.

    SEARCHES = {
        (): ["TWO", "LAB1", "DEAD", "BAD1", "ONE"],
        ("--control-id", "ONE"): ["ONE"],
        ("--control-id", "BAD1"): ["BAD1"],
        ("--patient", "0815"): ["TWO"],
        ("--patient", "4711"): ["BAD1"],
        ("--type", "ADT"): ["TWO", "DEAD", "BAD1", "ONE"],
        ("--type", "ORU^R01"): ["LAB1"],
        ("--sender", "LAB"): ["LAB1"],
        ("--sender", "LAB|CENTRAL"): [],
        ("--answer", "AR"): ["BAD1"],
        ("--answer", "AA", "--type", "ADT"): ["TWO", "DEAD", "ONE"],
        ("--state", "rejected"): ["BAD1"],
        ("--state", "dead_letter"): ["DEAD"],
        ("--state", "delivered", "--connector", "lab"): ["TWO", "ONE"],
        ("--state", "unrouted"): ["LAB1"],
        ("--state", "waiting"): [],
        ("--from", "1h"): ["TWO", "LAB1", "DEAD", "BAD1", "ONE"],
        ("--to", "1h"): [],
    }

    def assert_found(self):
        for words, want in self.SEARCHES.items():
            with self.subTest(words=words):
                self.assertEqual(self.ids(*words), want)

    def test_finds_by_each_filter_running_and_stopped(self):
        self.fill()
        self.assert_found()
        whole = self.rows("messages", "list")
        self.running.stop()
        self.assert_found()
        self.assertEqual(self.rows("messages", "list"), whole)
        self.command("messages", "list", "--connector", "lap", code=1)
        self.command("messages", "list", "--state", "lost", code=2)

    def test_goes_on_by_pages_over_accepted_and_refused(self):
        self.fill()
        seen, after = [], []
        while True:
            page = self.rows("messages", "list", "--limit", "2", *after)
            seen += [row["control_id"] for row in page]
            if "more: --after" not in self.told:
                break
            self.assertIn(f"more: --after {page[-1]['id']}\n", self.told)
            after = ["--after", page[-1]["id"]]
        self.assertEqual(seen, self.SEARCHES[()])

    def test_a_kill_costs_no_message_its_place_in_the_index(self):
        for round_number in range(3):
            self.send(*[message(f"K{round_number}-{number}") for number in range(20)])
            self.running.kill()
            self.running.start()
            self.assertEqual(len(self.ids("--limit", "1000")), 20 * (round_number + 1))
        self.assertEqual(self.ids("--control-id", "K1-7"), ["K1-7"])

    def test_an_index_that_was_removed_is_made_anew(self):
        self.fill()
        self.assert_found()
        self.running.stop()
        for each in (self.folder / "data" / "index").iterdir():
            each.unlink()
        self.running.start()
        self.assert_found()

    # Fields of one's own.

    def assert_found_by_fields(self):
        self.assertEqual(self.ids("--field", "visit=V1"), ["THREE", "ONE"])
        self.assertEqual(self.ids("--field", "visit=V1", "--field", "ids=0815"), ["THREE"])
        self.assertEqual(self.ids("--field", "visit=V1", "--limit", "1"), ["THREE"])
        self.assertEqual(self.ids("--field", "ids=0815", "--patient", "4711"), ["THREE"])
        self.assertEqual(self.ids("--field", "visit=V"), [])

    def test_finds_by_fields_of_ones_own_running_stopped_and_from_a_new_index(self):
        self.assertEqual(self.send(message("ONE", body=visit("V1")),
                                   message("TWO", body=visit("V2", "0815^^^MRN")),
                                   message("THREE", body=visit("V1", "4711^^^MRN~0815^^^SS")),
                                   bad("BAD1"), message("NONE")), ["AA", "AA", "AA", "AR", "AA"])
        self.assert_found_by_fields()
        three, = self.rows("messages", "list", "--control-id", "THREE")
        shown = self.command("messages", "show", three["id"])
        self.assertIn("  index       ids: 0815\n  index       ids: 4711\n  index       visit: V1\n",
                      shown)
        self.assertIn({"field": "visit", "value": "V1"},
                      self.rows("messages", "show", three["id"])[0]["index"])
        looks = [json.loads(line) for line in self.command("audit", "export").splitlines()
                 if '"what":"search"' in line]
        self.assertEqual(looks[0]["conditions"], ["field:visit"])
        self.running.stop()
        self.assert_found_by_fields()
        for each in (self.folder / "data" / "index").iterdir():
            each.unlink()
        self.assert_found_by_fields()
        self.running.start()
        self.assert_found_by_fields()
        self.command("messages", "list", "--field", "visti=V1", code=1)
        self.assertIn("no index field visti is configured", self.told)
        self.command("messages", "list", "--field", "visit", code=2)

    def test_a_definition_counts_for_what_is_indexed_from_then_on(self):
        self.send(message("ONE", body=visit("V1")))
        self.assertEqual(self.ids("--field", "visit=V1"), ["ONE"])
        document = self.folder / "config.yaml"
        good = document.read_text(encoding="utf-8")

        def reload(text, event):
            count = len(self.running.events(event))
            document.write_text(text, encoding="utf-8")
            self.running.signal(signal.SIGHUP)
            eventually(event, lambda: len(self.running.events(event)) > count)

        reload(good.replace('visit: msg.get("PV1-19")', 'visit: msg.get("PV1-")'),
               "reload_refused")
        self.assertIn("config.yaml:11:14: index.visit: 'PV1-' is no path",
                      self.running.events("reload_refused")[0]["reason"])
        document.write_text(good, encoding="utf-8")
        reload(good.replace('visit: msg.get("PV1-19")', "class: pv1.patient_class"), "reloaded")
        self.assertTrue(any("index.class: 'pv1' may be empty" in each["text"]
                            for each in self.running.events("rule_suspicious")))
        self.send(message("TWO", body=visit("V1")))
        self.assertEqual(self.ids("--field", "class=I"), ["TWO"])
        self.assertEqual(self.ids("--field", "visit=V1"), ["ONE"])

    # Showing.

    def test_shows_the_life_line_of_a_message(self):
        self.fill()
        dead, = self.rows("messages", "list", "--control-id", "DEAD")
        # A try is written behind its verdict.
        shown = eventually("the try is there", lambda: (
            lambda text: text if "no such bed" in text else None)(
                self.command("messages", "show", dead["id"])))
        for part in ("from        127.0.0.1:", " at default", "sender      HIS|CENTRAL",
                     "answer      AA", "lab         dead_letter", "Patient Identification"):
            self.assertIn(part, shown)
        whole, = self.rows("messages", "show", dead["id"])
        self.assertEqual(whole["message"].encode("latin-1"), message("DEAD"))
        self.assertIn("MSA|AA|DEAD", whole["answer_message"])
        delivery, = whole["deliveries"]
        self.assertEqual((delivery["connector"], delivery["state"]), ("lab", "dead_letter"))
        self.assertEqual([each["number"] for each in delivery["tries"]], [1])
        letter, = self.rows("dead-letters", "list")
        self.command("dead-letters", "discard", letter["id"], "--reason", "a test")
        shown = self.command("messages", "show", dead["id"])
        self.assertIn("lab         discarded", shown)
        self.command("messages", "show", "17", code=1)
        self.command("messages", "show", "lab/1", code=2)

    def test_shows_a_refused_message_with_its_answer_and_reason(self):
        with self.running.connect() as wire:
            answer = wire.ask(bad("BAD1"))
        self.assert_answer(answer, "AR", "BAD1")
        shown = self.command("messages", "show", "r1")
        self.assertIn("AR rule_failed: need-class: PV1-2 is required", shown)
        whole, = self.rows("messages", "show", "r1")
        self.assertEqual(whole["answer_message"].encode("latin-1"), answer.octets)
        self.assertEqual(whole["message"].encode("latin-1"), bad("BAD1"))
        self.assertEqual(self.command("messages", "show", "--raw", "r1"),
                         bad("BAD1").decode().replace("\r", "\n"))
        self.assertEqual(self.rows("queues")[0]["waiting"], 0)
        self.command("messages", "show", "r2", code=1)

    # What is kept of what was refused.

    def test_every_kind_of_refusal_is_kept(self):
        batch = (b"BHS|^~\\&\r" + message("GOOD") + bad("BAD") + b"BTS|2\r")
        with self.running.connect() as wire:
            for octets in (frame(b"no message"), frame(message("")),
                           frame(message("S1") + message("S2")), frame(batch),
                           frame(b"MSH|^~\\&|" + b"x" * 70)):
                wire.send(octets)
            for _ in range(5):
                wire.payload()
        rows = self.rows("messages", "list", "--state", "rejected")
        kept = [self.rows("messages", "show", row["id"])[0] for row in rows]
        self.assertEqual(sorted(each["outcome"] for each in kept),
                         ["no_control_id", "no_control_id", "rule_failed", "several_messages",
                          "unreadable"])
        ruled, = (each for each in kept if each["outcome"] == "rule_failed")
        self.assertEqual(ruled["message"].encode("latin-1"), bad("BAD"))
        self.assertIn("MSA|AR|BAD", ruled["answer_message"])
        self.assertEqual(self.ids("--answer", "AA"), ["GOOD"])


if __name__ == "__main__":
    unittest.main()
