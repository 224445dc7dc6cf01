"""With a key nothing of a message is readable in DATA_DIR or in a backup, all commands show what
they show without one, a key that is missing or wrong is told, and another key takes over while
messages arrive.
"""

import base64
import json
import os
import shutil
import threading
import unittest

from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.server import run

MARK = "Zqcanary"

_CONFIG = """
validation:
  rules:
    - name: need-class
      when: msh.msg_type == "ADT"
      expression: pv1.patient_class != ""
      message_expression: '"PV1-2 of " + pid.name + " is missing"'
      location: PV1-2
      code: 101
connectors:
"""


def marked(control_id, *, patient_class="I", extra=b""):
    """A message with a canary in every field that may hold one."""
    fields = [f"{MARK}msh{number}" for number in range(3, 21)]
    fields[4] = "20260403120000"        # MSH-7
    fields[6] = f"ADT^{MARK}t"          # MSH-9
    fields[7] = control_id
    fields[8] = "P"
    fields[9] = "2.5"
    fields[15] = ""                     # MSH-18: a known set or none
    lines = ["MSH|^~\\&|" + "|".join(fields)]
    lines.append("PID|" + "|".join(f"{MARK}pid{number}^{MARK}x" for number in range(1, 31)))
    visit = "|".join(f"{MARK}pv{number}" for number in range(3, 45))
    lines.append(f"PV1|1|{patient_class}|{visit}")
    lines.append("OBX|1|ST|" + "|".join(f"{MARK}obx{number}" for number in range(3, 18)))
    lines.append(f"ZZZ|{MARK}zzz")
    return ("\r".join(lines) + "\r").encode() + extra


class Encryption(Scenario):
    def setUp(self):
        super().setUp()
        self.lab = self.sink(self.answer).open()
        self.key_file = self.folder / "keys"
        self.keys = [self.new_key()]
        self.write_keys()
        self.settings = {"ENCRYPTION_KEY_FILE": self.key_file, "LOG_LEVEL": "info",
                         "DATA_DIR": str(self.folder / "data")}

    @staticmethod
    def new_key():
        return base64.b64encode(os.urandom(32)).decode()

    def write_keys(self):
        self.key_file.write_text("# newest first\n" + "\n".join(self.keys) + "\n")
        self.key_file.chmod(0o600)

    @staticmethod
    def answer(sink, peer, payload):
        """A target that repeats what it was sent when it refuses it."""
        if b"|DEAD" in payload:
            peer.answer(acknowledge(payload, b"AR", MARK.encode() + b" is not known here"))
        else:
            peer.answer(acknowledge(payload, b"AA"))

    def begin(self, **settings):
        config = _CONFIG + self.lab.connector()
        return self.start(config, **{**self.settings, **settings})

    def command(self, *words, code=0, **settings):
        done, shown, told = run(*words, folder=self.folder, within=60,
                                **{**self.settings, **settings})
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        self.told = told
        return shown

    def rows(self, *words):
        return [json.loads(line) for line in self.command(*words, "--json").splitlines()]

    def fill(self, server):
        """Messages of all fates; the control ids of those that were accepted."""
        with server.connect() as wire:
            self.assertEqual(wire.ask(marked(f"{MARK}1")).code, "AA")
            large = b"NTE|1||" + MARK.encode() * 50_000 + b"\r"
            self.assertEqual(wire.ask(marked(f"{MARK}2", extra=large)).code, "AA")
            self.assertEqual(wire.ask(marked(f"DEAD{MARK}3")).code, "AA")
            self.assertEqual(wire.ask(marked(f"{MARK}4", patient_class="")).code, "AR")
            self.assertEqual(wire.ask(marked(f"DEAD{MARK}5")).code, "AA")
        eventually("two are dead letters",
                   lambda: len(self.rows("dead-letters", "list")) == 2)
        self.command("dead-letters", "discard", "lab/3", "--reason", f"{MARK} is a test")
        self.assertEqual(len(self.rows("messages", "list")), 5, "the index has come up")

    def readable(self, folder, mark=MARK):
        """Files below a folder in which the canary stands."""
        found = []
        for path in folder.rglob("*"):
            if path.is_file() and mark.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
        return found

    # Canaries.

    def test_no_file_holds_what_a_message_holds(self):
        server = self.begin()
        self.fill(server)
        data = self.folder / "data"
        self.assertEqual(self.readable(data), [], "while it runs, with write-ahead logs")
        self.command("store", "backup", "copy")
        self.assertEqual(self.readable(self.folder / "copy"), [], "in a backup")
        eventually("the audit trail has it",
                   lambda: '"entry":4' in self.command("audit", "export"))
        server.kill()
        self.assertEqual(self.readable(data), [], "after a kill")
        server.start()
        server.stop()
        self.assertEqual(self.readable(data), [], "after the end")
        self.assertIn(MARK, self.command("audit", "export"), "it is there for who has the key")
        self.command("audit", "verify")
        self.command("store", "check")

    def test_without_a_key_it_is_there(self):
        """The test above can fail."""
        server = self.begin(ENCRYPTION_KEY_FILE="")
        self.settings["ENCRYPTION_KEY_FILE"] = ""
        self.fill(server)
        server.stop()
        files = " ".join(self.readable(self.folder / "data"))
        for part in ("log/00000001.db", "lanes.db", "rejected.db", "payload/", "audit/", "index/"):
            self.assertIn(part, files)

    # What commands show.

    def test_commands_show_what_they_show_without_a_key(self):
        server = self.begin()
        self.fill(server)
        for _ in ("running", "stopped"):
            found = self.rows("messages", "list", "--control-id", f"{MARK}1")
            self.assertEqual([row["id"] for row in found], ["1"])
            self.assertEqual(len(self.rows("messages", "list", "--patient", f"{MARK}pid3")), 5)
            self.assertEqual(len(self.rows("messages", "list", "--patient", f"{MARK}pid")), 0)
            self.assertEqual(len(self.rows("messages", "list", "--type", "ADT")), 5)
            self.assertEqual(len(self.rows("messages", "list", "--sender", f"{MARK}msh3")), 5)
            self.assertEqual(len(self.rows("messages", "list", "--control-id", f"{MARK}4")), 1)
            self.assertEqual(self.command("messages", "show", "--raw", "1").encode(),
                             marked(f"{MARK}1").replace(b"\r", b"\n"))
            self.assertIn(f"{MARK} is not known here",
                          self.command("dead-letters", "show", "lab/4", "--json"))
            self.assertIn(f"{MARK} is a test",
                          self.command("dead-letters", "discarded", "lab", "--json"))
            server.stop()

    # Keys.

    def refused(self, **settings):
        server = self.server(_CONFIG + self.lab.connector(),
                             **{**self.settings, **settings}).launch()
        self.assertNotEqual(server.wait(15), 0)
        return server.events("start_failed")[0]["reason"]

    def test_a_key_that_is_missing_wrong_or_none_stops_the_start(self):
        self.begin().stop()
        self.assertRegex(self.refused(ENCRYPTION_KEY_FILE=""),
                         r"encrypted with the key [0-9a-f]{8}, and neither ENCRYPTION_KEY_FILE")
        first = self.keys
        self.keys = [self.new_key()]
        self.write_keys()
        self.assertRegex(self.refused(), r"the key [0-9a-f]{8}, which is not among those of")
        self.assertIn("encrypted with the key", self.command("store", "stats", code=1) + self.told)
        self.key_file.write_text("hunter2hunter2\n")
        told = self.refused()
        self.assertIn("line 1: expected a key of 32 octets in base64", told)
        self.assertNotIn("hunter2", told)
        self.key_file.unlink()
        self.assertIn("cannot be read", self.refused())
        self.begin(ENCRYPTION_KEY_FILE="", ENCRYPTION_KEY=first[0]).stop()
        shown = self.command("config", ENCRYPTION_KEY_FILE="", ENCRYPTION_KEY=first[0])
        self.assertIn("ENCRYPTION_KEY", shown)
        self.assertNotIn(first[0], shown)

    def test_a_backup_is_restored_with_its_key(self):
        server = self.begin()
        self.fill(server)
        self.command("store", "backup", "copy")
        server.stop()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "copy", self.folder / "data")
        self.command("store", "check", str(self.folder / "data"))
        self.command("store", "check", str(self.folder / "data"), code=1, ENCRYPTION_KEY_FILE="")
        self.assertIn("encrypted with the key", self.told)
        server = self.begin()
        self.assertEqual(len(self.rows("messages", "list", "--patient", f"{MARK}pid3")), 5)
        server.stop()

    # Another key.

    def test_another_key_takes_over_while_messages_arrive(self):
        server = self.begin(MAX_STORE_SIZE=str(400 << 20))
        self.fill(server)
        load = Load(server.address(), 4, 4, self.make)
        thread = threading.Thread(target=lambda: load.run(within=60))
        thread.start()
        eventually("some have come", lambda: sum(map(len, load.accepted())) > 300)
        self.keys.insert(0, self.new_key())
        self.write_keys()
        done = self.command("store", "rekey")
        self.assertRegex(done, r"encrypted with the key [0-9a-f]{8}, [1-9]\d* of \d+ segments now")
        thread.join()
        load.close()
        self.assertEqual([fault for sender in load.senders for fault in sender.faults], [])
        self.keys.pop()
        self.write_keys()
        accepted = [key for sent in load.accepted() for key, _ in sent]
        self.assert_all_is_there(server, accepted)
        self.command("store", "rekey")
        server.stop()
        server.start()
        self.assert_all_is_there(server, accepted)
        self.command("audit", "verify")
        self.command("store", "check")
        server.stop()
        self.assertEqual(self.readable(self.folder / "data"), [])

    @staticmethod
    def make(_, number):
        if number == 400:
            return None
        control_id = fresh_id("R")
        return control_id, message(control_id, size=2000, body=f"PID|1||{MARK}pid3\rPV1|1|I\r")

    def assert_all_is_there(self, server, accepted):
        eventually("all is delivered", lambda: self.rows("queues")[0]["waiting"] == 0, 60)
        delivered = set(self.lab.control_ids())
        self.assertEqual([key for key in accepted if key not in delivered], [])
        for key in accepted[::max(1, len(accepted) // 20)]:
            found = self.rows("messages", "list", "--control-id", key)
            self.assertEqual([row["control_id"] for row in found], [key])
        self.assertEqual(self.command("messages", "show", "--raw", "1").encode(),
                         marked(f"{MARK}1").replace(b"\r", b"\n"))
        self.assertEqual(len(self.rows("messages", "list", "--control-id", f"{MARK}4")), 1)
        self.assertIn(f"{MARK} is not known here",
                      self.command("dead-letters", "show", "lab/4", "--json"))

    def test_what_was_begun_in_clear_is_encrypted_by_a_rekey(self):
        server = self.begin(ENCRYPTION_KEY_FILE="")
        keys = self.settings["ENCRYPTION_KEY_FILE"]
        self.settings["ENCRYPTION_KEY_FILE"] = ""
        self.fill(server)
        self.command("store", "rekey", code=1)
        self.assertIn("the server has no key", self.told)
        server.stop()
        self.settings["ENCRYPTION_KEY_FILE"] = keys
        server = self.begin()
        self.assertEqual(len(self.rows("messages", "list")), 5)
        self.assertNotEqual(self.readable(self.folder / "data"), [])
        self.command("store", "rekey")
        eventually("the index is made anew", lambda: len(self.rows("messages", "list")) == 5)
        self.assertEqual(self.readable(self.folder / "data"), [])
        self.command("audit", "verify")
        server.stop()
        self.assertEqual(self.readable(self.folder / "data"), [])
        self.command("store", "check")


if __name__ == "__main__":
    unittest.main()
