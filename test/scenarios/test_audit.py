"""The audit trail: each message once, whatever ends the process; who looked and what was
decided; and that nobody can change it unseen.
"""

import json
import os
import random
import signal
import stat
import sys
import time
import unittest

from harness import admin
from harness.drops import AppendFile, append_connector
from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.load import Load
from harness.messages import CANARY, fresh_id, message
from harness.scenario import Scenario
from harness.server import run

ROUNDS = int(os.environ.get("MLLP_KILL_ROUNDS", "6"))
KEY = "00112233445566778899aabbccddeeff" * 2

_LAB = """
validation:
  rules:
    - name: need-class
      when: msh.msg_type == "ADT"
      expression: pv1.patient_class != ""
      message_expression: '"PV1-2 is required, " + pid.name'
      location: PV1-2
connectors:
  - name: lab
    type: mllp
    address: 127.0.0.1:{port}
"""


class Audited(Scenario):
    def setUp(self):
        super().setUp()
        self.key_file = self.folder / "audit.key"
        self.key_file.write_text(KEY + "\n", encoding="ascii")

    def audit(self, *words, code=0, **settings):
        given = {"AUDIT_KEY_FILE": self.key_file, **settings}
        done, shown, told = run("audit", *words, folder="/",
                                DATA_DIR=str(self.folder / "data"), **given)
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        self.told = told
        return shown

    def verify(self, *words, code=0, **settings):
        return json.loads(self.audit("verify", "--json", *words, code=code, **settings))

    def records(self, kind=None, *words):
        found = [json.loads(line) for line in self.audit("export", *words).splitlines()]
        return [each for each in found if kind in (None, each["kind"])]

    def kinds(self):
        return [each["kind"] for each in self.records()]

    def files(self):
        return sorted((self.folder / "data" / "audit").iterdir())


class People(Audited):
    """What people do leaves a record before they are answered."""

    def setUp(self):
        super().setUp()
        self.lab = self.sink(self.answer).open()
        self.running = self.server(_LAB.format(port=self.lab.address[1]),
                                   AUDIT_KEY_FILE=self.key_file)
        self.running.start()

    @staticmethod
    def answer(sink, peer, payload):
        refuse = b"|BAD" in payload
        peer.answer(acknowledge(payload, b"AR" if refuse else b"AA", b"no such bed"))

    def command(self, *words, code=0):
        done, shown, told = run(*words, folder=self.folder, DATA_DIR=str(self.folder / "data"),
                                AUDIT_KEY_FILE=self.key_file)
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        self.said = told
        return shown

    def fill(self):
        with self.running.connect() as wire:
            codes = [wire.ask(each).code for each in (
                message("GOOD1"), message("BAD1"), message("BAD2"),
                message("NOCLASS", body=f"PID|1||{CANARY}||{CANARY}\rPV1|1\r"))]
        self.assertEqual(codes, ["AA", "AA", "AA", "AR"])
        eventually("all is recorded", lambda: len(self.records("message")) == 3
                   and len(self.records("attempt")) == 3 and self.records("refused"))

    def test_a_message_has_its_record_and_each_attempt(self):
        self.fill()
        first = self.records("message")[0]
        self.assertEqual(first["control_id"], "GOOD1")
        self.assertEqual(first["type"], "ADT^A01")
        self.assertEqual(first["listener"], "default")
        self.assertTrue(first["peer"].startswith("127.0.0.1:"), first)
        self.assertEqual(len(first["sha256"]), 64)
        self.assertEqual((first["answer"], first["connectors"]), ("AA", ["lab"]))
        outcomes = {each["entry"]: each["outcome"] for each in self.records("attempt")}
        self.assertEqual(outcomes, {1: "delivered", 2: "dead_letter", 3: "dead_letter"})
        refused = self.records("refused")[0]
        self.assertEqual((refused["control_id"], refused["answer"], refused["reason"]),
                         ("NOCLASS", "AR", "rule_failed"))
        for file in self.files():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            self.assertNotIn(CANARY.encode(), file.read_bytes())

    def test_looks_and_decisions_running_and_stopped(self):
        self.fill()
        self.look_and_decide("control.sock")
        self.running.stop()
        self.look_and_decide("command")
        verdict = self.verify()
        self.assertTrue(verdict["whole"], verdict)

    def look_and_decide(self, way):
        before = len(self.records())
        self.command("messages", "list", "--patient", "0815")
        self.command("messages", "show", "1")
        letters = self.command("dead-letters", "list", "--json").splitlines()
        first = json.loads(letters[0])["id"]
        self.command("dead-letters", "show", first)
        self.command("dead-letters", "discard", first, "--reason", "a test")
        if way == "control.sock":
            self.command("queues", "resume", "lab")
        new = [each for each in self.records()[before:] if each["kind"] in ("look", "decision")]
        self.assertEqual({each["by"] for each in new}, {way})
        self.assertEqual({each["uid"] for each in new}, {os.getuid()})
        looks = [each["what"] for each in new if each["kind"] == "look"]
        for what in ("search", "record", "message", "letters", "attempts"):
            self.assertIn(what, looks)
        search = next(each for each in new if each["what"] == "search")
        self.assertEqual(search["conditions"], ["patient"])
        self.assertNotIn("0815", json.dumps(search))
        decisions = [(each["what"], each.get("letters")) for each in new
                     if each["kind"] == "decision"]
        self.assertEqual(decisions[0], ("discard", [first.split("/")[1]]))
        self.assertEqual(decisions[1:], [("resume", None)] if way == "control.sock" else [])

    def test_an_edit_and_a_replay_tell_what_came_of_them(self):
        self.fill()
        letters = [json.loads(line)["id"]
                   for line in self.command("dead-letters", "list", "--json").splitlines()]
        self.command("dead-letters", "edit", letters[0], "--set", "MSH-10=MENDED")
        self.command("dead-letters", "replay", letters[1])
        edit, replay = self.records("decision")
        self.assertEqual((edit["what"], edit["letter"]), ("edit", letters[0]))
        self.assertEqual((replay["what"], replay["letters"]), ("replay", ["3"]))
        outcome, = self.records("outcome")
        self.assertEqual((outcome["of"], outcome["replaced_by"]), (edit["seq"], 4))
        eventually("the new version is recorded", lambda: any(
            each["control_id"] == "MENDED" and each["listener"] == "(edit)"
            for each in self.records("message")))

    def test_reload_start_and_stop(self):
        self.running.signal(signal.SIGHUP)
        eventually("reloaded", lambda: self.records("reload"))
        (self.folder / "config.yaml").write_text("nonsense: 1\n", encoding="ascii")
        self.running.signal(signal.SIGHUP)
        eventually("refused", lambda: len(self.records("reload")) == 2)
        self.assertEqual([(each["taken"], each["revision"]) for each in self.records("reload")],
                         [(True, 2), (False, 2)])
        self.running.stop()
        self.assertEqual([each for each in self.kinds() if each in ("start", "stop")],
                         ["start", "stop"])
        self.assertEqual(self.records()[-1]["signal"], "SIGTERM")
        self.running.start()
        self.running.kill()
        self.running.start()
        self.assertEqual([each for each in self.kinds() if each in ("start", "stop")],
                         ["start", "stop", "start", "start"])
        self.assertEqual(self.records("start")[0]["listeners"], ["default " + ":".join(
            map(str, self.first_address()))])

    def first_address(self):
        line = next(json.loads(line) for line in self.running.log_text(1).splitlines()
                    if '"listening"' in line)
        return line["address"].rsplit(":", 1)

    def test_what_cannot_be_recorded_is_neither_shown_nor_done(self):
        self.fill()
        self.running.stop()
        path = self.folder / "data" / "audit"
        path.rename(self.folder / "moved")
        path.write_text("in the way", encoding="ascii")
        shown = self.command("messages", "show", "1", code=1)
        self.assertEqual(shown, "")
        self.assertIn("audit", self.said)
        self.command("dead-letters", "discard", "lab/2", "--reason", "x", code=1)
        path.unlink()
        (self.folder / "moved").rename(path)
        self.assertEqual(len(self.command("dead-letters", "list", "--json").splitlines()), 2)


class Proof(Audited):
    """Heads, keys and what is told of a trail that was touched."""

    def begin(self, **settings):
        server = self.start("", AUDIT_KEY_FILE=self.key_file, **settings)
        with server.connect() as wire:
            for n in range(5):
                self.assert_answer(wire.ask(message(f"M{n}")), "AA")
        eventually("all is recorded", lambda: len(self.records("message")) == 5)
        return server

    def heads(self, server):
        return [each["head"] for each in server.events("audit_head")]

    def test_a_published_head_finds_a_cut_tail(self):
        (self.folder / "token").write_text("t", encoding="ascii")
        server = self.begin(ADMIN_TOKEN_FILE=self.folder / "token")
        sequence, mac = self.heads(server)[-1].split(":")
        shown = f'mllp_audit_head_info{{sequence="{sequence}",mac="{mac}"}}'
        eventually("it is in the metrics as well",
                   lambda: admin.metrics(server, "t").get(shown) == 1)
        server.stop()
        head = self.heads(server)[-1]
        verdict = self.verify("--head", head)
        self.assertEqual((verdict["whole"], verdict["head"]), (True, head))
        last = self.files()[-1]
        lines = last.read_bytes().splitlines(keepends=True)
        last.write_bytes(b"".join(lines[:-2]))
        self.assertTrue(self.verify()["whole"])
        verdict = self.verify("--head", head, code=1)
        self.assertEqual([each["finding"] for each in verdict["flaws"]], ["head_missing"])
        self.audit("verify", "--head", "17", code=2)

    def test_says_where_something_was_changed(self):
        self.begin().stop()
        first = self.files()[0]
        octets = first.read_bytes()
        at = octets.index(b'"M3"')
        first.write_bytes(octets[:at] + b'"M4"' + octets[at + 4:])
        line = octets.rindex(b"\n", 0, at) + 1
        shown = self.audit("verify", code=1)
        self.assertIn(f"(00000001.jsonl, offset {line}): it was changed", shown)

    def test_without_the_key_or_with_another_nothing_is_proven(self):
        self.begin().stop()
        verdict = self.verify(code=1, AUDIT_KEY_FILE="")
        self.assertEqual(verdict["flaws"][0]["finding"], "unknown_key")
        other = self.folder / "other.key"
        other.write_text("f" * 64, encoding="ascii")
        self.verify(code=1, AUDIT_KEY_FILE=other)
        other.write_text("f" * 63, encoding="ascii")
        self.audit("verify", code=1, AUDIT_KEY_FILE=other)
        self.assertIn("other.key: line 1: expected a key", self.told)

    def test_a_server_without_a_key_says_so_and_goes_on_with_one(self):
        plain = self.start()
        self.assertEqual(len(plain.events("audit_without_key")), 1)
        plain.stop()
        self.assertIn("without AUDIT_KEY_FILE this shows damage",
                      self.audit("verify", AUDIT_KEY_FILE=""))
        self.verify(code=1)  # there is a key now, and nothing that was chained with it
        self.begin().stop()
        verdict = self.verify()
        self.assertTrue(verdict["whole"], verdict)
        self.assertGreater(verdict["without_key_to"], 0)

    def test_a_bad_key_stops_the_start(self):
        self.key_file.write_text("short\n", encoding="ascii")
        server = self.server("", AUDIT_KEY_FILE=self.key_file).launch()
        self.assertEqual(server.wait(), 1)
        self.assertIn("AUDIT_KEY_FILE: ", server.events("start_failed")[0]["reason"])

    def test_export_by_time(self):
        self.begin().stop()
        self.assertEqual(self.records("message", "--until", "1h"), [])
        self.assertEqual(len(self.records("message", "--since", "1h")), 5)
        self.assertEqual(len(self.records("message", "--since", "2020-01-01")), 5)
        self.audit("export", "--since", "yesterday", code=2)

    def test_old_files_go_and_what_is_left_is_proven(self):
        server = self.begin(RETAIN_AUDIT="5s")
        head = eventually("a head is published", lambda: self.heads(server))[0]
        eventually("the first file goes", lambda: self.files()[0].name != "00000001.jsonl", 30)
        with server.connect() as wire:
            self.assert_answer(wire.ask(message("LATE")), "AA")
        eventually("it is recorded", lambda: "LATE" in [each["control_id"] for each in
                                                        self.records("message")])
        server.stop()
        self.assertTrue(server.events("audit_files_dropped"))
        verdict = self.verify("--head", head)
        self.assertTrue(verdict["whole"], verdict)
        self.assertGreater(verdict["first"], 1)
        self.assertIn("retention", [each["kind"] for each in verdict["told"]])
        self.assertIn(f"records before {verdict['first']} were let go by RETAIN_AUDIT",
                      self.audit("verify"))
        self.files()[0].unlink()
        self.verify(code=1)

    def test_a_running_server_is_verified_under_load(self):
        server = self.begin()
        load = Load(server.address(), 4, 16, lambda connection, n: (
            (control_id := fresh_id(f"{connection}A")), message(control_id)))
        end = time.monotonic() + 2
        load.run(within=30, until=lambda: time.monotonic() > end or not self.verify()["whole"])
        load.read_the_rest(10)
        load.close()
        self.assertTrue(self.verify()["whole"])

    def test_no_trail_with_a_store_in_memory(self):
        server = self.start("", STORE="memory", ALLOW_LOSS="true")
        self.assertEqual(len(server.events("audit_off")), 1)
        server.stop()
        self.audit("verify", code=1)
        self.assertIn("there is no audit trail", self.told)


class Kill(Audited):
    """kill -9 at random moments: every message in the log has exactly one record, and what was
    delivered has its attempt."""

    def test_each_message_has_exactly_one_record(self):
        chance = random.Random(20261127)
        archive = AppendFile(self.folder / "archive.mllp")
        server = self.server(
            "connectors:\n" + append_connector(archive.path, more="    batch: 64\n"),
            AUDIT_KEY_FILE=self.key_file, LOG_LEVEL="info")
        heads, accepted = [], 0
        for _ in range(ROUNDS):
            server.start()
            load = Load(server.address(), 8, 16, lambda connection, n: (
                (control_id := fresh_id(f"{connection}K")), message(control_id)))
            kill_at = time.monotonic() + chance.uniform(0.05, 0.7)
            load.run(within=30, until=lambda: time.monotonic() > kill_at)
            server.kill()
            load.read_the_rest(5)
            load.close()
            accepted += load.count("AA")
            heads += [each["head"] for each in server.events("audit_head")]
        server.start()
        self.until_caught_up(server)
        delivered = len(set(archive.payloads(torn_tail=True)))
        server.stop()
        heads += [each["head"] for each in server.events("audit_head")]
        self.check(accepted, delivered, heads)

    def until_caught_up(self, server):
        def has_all():
            last = json.loads(run("messages", "list", "--limit", "1", "--json", folder=self.folder,
                                  DATA_DIR=str(self.folder / "data"))[1])["id"]
            return self.verify()["messages_recorded_to"] == int(last)
        eventually("all is recorded", has_all, within=120, every=0.5)
        eventually("all is delivered", lambda: json.loads(
            run("queues", "--json", folder=self.folder,
                DATA_DIR=str(self.folder / "data"))[1])["waiting"] == 0, within=60, every=0.2)

    def check(self, accepted, delivered, heads):
        for head in heads[:: max(1, len(heads) // 5)] + heads[-1:]:
            verdict = self.verify("--head", head)
            self.assertTrue(verdict["whole"], (head, verdict))
        records = self.records()
        entries = [each["entry"] for each in records if each["kind"] == "message"]
        self.assertEqual(entries, list(range(1, len(entries) + 1)))
        self.assertGreaterEqual(len(entries), accepted)
        done = {each["entry"] for each in records
                if each["kind"] == "attempt" and each["outcome"] == "delivered"}
        print(f"{ROUNDS} rounds, {accepted} accepted, {len(entries)} recorded, {delivered} "
              f"delivered, {len(records)} records", file=sys.stderr)
        self.assertEqual(done, set(entries), "what was delivered has its attempt")
        self.assertGreater(accepted, 50 * ROUNDS, "too little load to prove anything")


if __name__ == "__main__":
    unittest.main()
