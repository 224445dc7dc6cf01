"""What goes and what stays: retention by age and size, a damaged segment, backups, and what
`mllp-server store` says of it all.
"""

import json
import shutil
import threading
import time
import unittest

from harness import admin
from harness.eventually import eventually, stretched
from harness.hl7 import acknowledge
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.server import run

MIB = 1 << 20
TOKEN = "scenario-retention"


class Store(Scenario):
    """A receiver that refuses DEAD, and segments of 1.2 MiB."""

    def setUp(self):
        super().setUp()
        self.sink_ = self.sink(self.answer).open()
        token = self.folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.settings = {"MAX_STORE_SIZE": str(24 * MIB), "LOG_LEVEL": "info",
                         "ADMIN_TOKEN_FILE": token, "UNAVAILABLE_WAIT": "200ms"}

    @staticmethod
    def answer(sink, peer, payload):
        peer.answer(acknowledge(payload, b"AR" if b"|DEAD" in payload else b"AA"))

    def begin(self, **settings):
        return self.start("connectors:\n" + self.sink_.connector(),
                          **{**self.settings, **settings})

    def store(self, *words, code=0, data="data", within=60):
        done, shown, told = run("store", *words, folder=self.folder, within=within,
                                **{**self.settings, "DATA_DIR": str(self.folder / data)})
        self.assertEqual(done, code, f"{words}: {shown}{told}")
        return shown

    def stats(self):
        return json.loads(self.store("stats", "--json"))

    def send(self, server, count, size=40_000, prefix="R"):
        """The control ids of those that were accepted."""
        accepted = []
        with server.connect() as wire:
            for _ in range(count):
                control_id = fresh_id(prefix)
                if wire.ask(message(control_id, size=size)).code == "AA":
                    accepted.append(control_id)
        return accepted

    def letters(self, data="data"):
        _, shown, _ = run("dead-letters", "list", "--json", folder=self.folder,
                          DATA_DIR=str(self.folder / data))
        return [json.loads(line)["control_id"] for line in shown.splitlines()]

    def log_files(self):
        return sorted(path.name for path in (self.folder / "data/log").glob("*.db"))


class Age(Store):
    def test_what_is_settled_goes_and_dead_letters_stay(self):
        server = self.begin(RETAIN="2s")
        with server.connect() as wire:
            wire.ask(message("DEAD1"))
        self.send(server, 80)
        with server.connect() as wire:
            wire.ask(message("DEAD2"))
        self.send(server, 40)
        eventually("both are dead letters", lambda: self.letters() == ["DEAD1", "DEAD2"])
        self.assertGreater(len(self.stats()["segments"]), 2)
        eventually("all but the last segment went", lambda: len(self.log_files()) == 2, within=40)
        self.assertEqual(self.log_files()[1], "kept.db")
        self.assertEqual(self.letters(), ["DEAD1", "DEAD2"])
        stats = self.stats()
        self.assertEqual(stats["kept_messages"], 2)
        self.assertEqual(stats["owed"][0]["dead_letters"], 2)
        server.kill()
        server.start()
        self.assertEqual(self.letters(), ["DEAD1", "DEAD2"])
        _, shown, _ = run("messages", "list", "--control-id", "DEAD1", "--json",
                          folder=self.folder, DATA_DIR=str(self.folder / "data"))
        self.assertEqual(json.loads(shown)["control_id"], "DEAD1")
        self.store("check")


class Size(Store):
    def test_the_oldest_goes_until_what_is_owed_fills_it_and_it_recovers(self):
        server = self.begin(RETAIN="0")
        passed = 0  # 35 MB through 24 MiB; a busy machine says unavailable now and then
        deadline = time.monotonic() + stretched(60)
        while passed < 900 and time.monotonic() < deadline:
            passed += len(self.send(server, min(100, 900 - passed)))
        self.assertEqual(passed, 900)
        self.sink_.shut()
        eventually("it is full, and of what is owed", lambda: len(self.send(server, 20)) < 20
                   and self.stats()["owed"][0]["waiting"] > 300, within=60)
        eventually("that is told", lambda: server.events("store_nearly_full"))
        eventually("it is not ready", lambda: "store_full" in admin.reasons(server))
        self.sink_.open()
        eventually("room comes back with the deliveries",
                   lambda: len(self.send(server, 1)) == 1, within=60)


class Damage(Store):
    damages_its_store = True

    def test_a_damaged_segment_is_set_aside_and_the_rest_serves_on(self):
        self.sink_.shut()
        server = self.begin(RETAIN="0")
        sent = self.send(server, 120)
        server.stop()
        self.store("check")
        with open(self.folder / "data/log/00000002.db", "r+b") as file:
            file.write(b"!" * 5000)
        self.assertIn("00000002.db", self.store("check", code=1))
        self.sink_.open()
        server.start()
        eventually("the rest arrives", lambda: sent[-1] in self.sink_.control_ids(), within=40)
        self.assertEqual(self.stats()["set_aside"][0]["segment"], 2)
        told, = server.events("store_segment_set_aside")
        lost = int(told["last"]) - int(told["first"]) + 1
        eventually("all but those of the segment",
                   lambda: len(set(self.sink_.control_ids())) == len(sent) - lost)
        self.assertTrue((self.folder / "data/damaged/00000002.db").exists())
        self.assertEqual(len(self.send(server, 5)), 5)

    def test_a_changed_octet_of_a_payload_is_found(self):
        server = self.begin(RETAIN="0")
        self.send(server, 3, size=2000, prefix="ODD")
        server.stop()
        path = self.folder / "data/log/00000001.db"
        # All of them: some are what SQLite has left behind.
        path.write_bytes(path.read_bytes().replace(b"PID|", b"PIC|"))
        self.assertIn("SHA-256", self.store("check", code=1))
        self.store("check", "--quick")


class Backup(Store):
    def test_under_load_and_restored_elsewhere(self):
        self.sink_.shut()
        server = self.begin(RETAIN="0", MAX_STORE_SIZE="0")
        before = self.send(server, 40)
        ends = threading.Event()
        load = Load(server.address(), 4, 4, lambda who, _: self.make(who, ends))
        thread = threading.Thread(target=lambda: load.run(within=60))
        thread.start()
        time.sleep(0.5)
        accepted = [key for sent in load.accepted() for key, _ in sent]
        first = self.store("backup", "copy")
        self.assertIn("segments", first)
        again = json.loads(self.store("backup", "copy", "--json"))
        self.assertEqual(again["copied_segments"], 1, "only what is new")
        ends.set()
        thread.join()
        self.assertEqual(load.faults(), [])
        load.close()
        self.store("check", str(self.folder / "copy"))
        server.stop()
        shutil.copytree(self.folder / "copy", self.folder / "elsewhere")
        self.sink_.open()
        self.begin(DATA_DIR=self.folder / "elsewhere", RETAIN="0")
        wanted = set(before) | set(accepted)
        eventually("all that was answered before is delivered",
                   lambda: wanted <= set(self.sink_.control_ids()), within=60)
        self.assertIn("folder of a server", self.refused("elsewhere"))

    def refused(self, folder):
        _, _, told = run("store", "backup", folder, folder=self.folder,
                         DATA_DIR=str(self.folder / "elsewhere"))
        return told

    @staticmethod
    def make(who, ends):
        """Until it is told to end, at a pace that can be delivered again."""
        if ends.wait(0.002):
            return None
        control_id = fresh_id(f"{who}B")
        return control_id, message(control_id)


if __name__ == "__main__":
    unittest.main()
