"""Starting: what survives a restart, who may open the store, which settings stop it."""

import re
import signal
import socket
import sqlite3
import subprocess
import unittest

from harness.eventually import eventually, stretched
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.server import BINARY, environment, run


class Restart(Scenario):
    def test_the_backlog_survives(self):
        sink = self.sink()
        server = self.start("connectors:\n" + sink.connector())
        payloads = [message(size=size) for size in (0, 400000, 0, 0, 3000)]
        with server.connect() as wire:
            for payload in payloads[:3]:
                wire.ask(payload)
            server.kill()
            server.start()
        with server.connect() as wire:
            for payload in payloads[3:]:
                wire.ask(payload)
        server.restart()
        sink.open()
        self.assertEqual(sink.wait_for(5), payloads)
        server.restart()
        self.assert_accepts(server)
        sink.wait_for(6)
        self.assertEqual(sink.payloads()[:5], payloads, "delivered once each")
        self.assertEqual(len(sink.payloads()), 6)

    def test_a_new_connector_begins_with_the_next_message(self):
        server, archive = self.start_with_archive()
        old, new = message(fresh_id()), message(fresh_id())
        with server.connect() as wire:
            wire.ask(old)
        archive.expect([old])
        server.stop()
        sink = self.sink().open()
        server.config += sink.connector()
        server.start()
        with server.connect() as wire:
            wire.ask(new)
        self.assertEqual(sink.wait_for(1), [new])
        archive.expect([old, new])

    def test_a_message_that_no_connector_wants_is_kept_and_answered(self):
        server = self.start()
        self.assert_accepts(server)
        server.restart()
        self.assert_accepts(server)

    def test_unrouted_messages_may_be_refused(self):
        server = self.start(UNROUTED="reject")
        with server.connect() as wire:
            self.assertIn(wire.ask(message()).code, ("AR", "AE"))


class Store(Scenario):
    def test_one_process_at_a_time(self):
        server = self.start()
        second = self.server(folder=self.folder / "second", DATA_DIR=self.folder / "data")
        second.launch()
        self.assertNotEqual(second.wait(), 0)
        self.assertIn(str(server.process.pid), second.log_text())
        self.assertIn(str(self.folder / "data"), second.log_text())
        self.assert_accepts(server)
        server.kill()
        second.start()  # the lock goes with its holder
        self.assert_accepts(second)

    def test_a_newer_schema_is_refused(self):
        server = self.start()
        self.assert_accepts(server)
        server.stop()
        databases = self.databases()
        self.assertTrue(databases)
        for path in databases:
            with self.subTest(path.name):
                old = self.set_version(path, 9999)
                server.launch()
                self.assertNotEqual(server.wait(), 0)
                self.assertRegex(server.log_text(), r"9999|newer")
                self.set_version(path, old)
        server.start()
        self.assert_accepts(server)

    def databases(self):
        """Those of the store; the index, which may be there by now, is made anew."""
        return sorted(path for path in (self.folder / "data").rglob("*.db")
                      if path.parent.name != "index")

    @staticmethod
    def set_version(path, version):
        database = sqlite3.connect(path)
        old = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()
        database.close()
        return old

    def test_files_are_for_the_owner_alone(self):
        server = self.start()
        with server.connect() as wire:
            wire.ask(message(size=400000))
        for path in [self.folder / "data", *(self.folder / "data").rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_a_damaged_database_is_told_and_nothing_crashes(self):
        server = self.start()
        self.assert_accepts(server)
        server.stop()
        path = self.databases()[0]
        path.write_bytes(b"this is no database" * 500)
        server.launch()
        code = server.wait()
        self.assertGreater(code, 0, "ended by a signal" if code < 0 else "started")
        self.assertIn(path.name, server.log_text())

    def test_memory_only_says_that_it_is_not_durable(self):
        server, archive = self.start_with_archive(STORE="memory", ALLOW_LOSS="true")
        with server.connect() as wire:
            self.assert_answer(wire.ask(payload := message("M1")), "AA", "M1")
        archive.expect([payload])
        self.assertIn("not durable", server.log_text().replace("_", " "))


class Settings(Scenario):
    def refuse(self, config="", **settings):
        """The message with which a start is refused; exit code 2."""
        server = self.server(config, folder=self.folder / fresh_id("W"), **settings)
        server.launch()
        self.assertEqual(server.wait(10), 2, server.log_text())
        self.assertFalse(server.events("listening"))
        return server.log_text()

    # A setting, a wrong value, and what the one who wrote it is told.
    WRONG = [
        ("LISTEN_ADDR", "nonsense", "expected an address such as :2575"),
        ("LISTEN_ADDR", ":99999", "expected an address such as :2575"),
        ("IDLE_TIMEOUT", "ten minutes", "expected a duration such as 30s"),
        ("PRE_SHUTDOWN_DELAY", "-1s", "expected a duration such as 30s"),
        ("KEEP_ALIVE_PERIOD", "1", "expected a duration such as 30s"),
        ("MAX_FRAME_SIZE", "32 potatoes", "expected a size from 1KiB to 2GiB"),
        ("MAX_GARBAGE", "1.5KiB", "expected a size of at least 1"),
        ("MIN_FREE", "10%%", "expected a size such as 64KiB"),
        ("MAX_IN_FLIGHT", "-1", "expected a whole number from 1 to 10000"),
        ("THREADS", "many", "expected a whole number from 1 to 1024"),
        ("CEL_COST_LIMIT", "0", "expected a whole number from 1000 to 1000000000"),
        ("MLLP_RELEASE", "3", "expected a whole number from 1 to 2"),
        ("FRAME_RESYNC", "sometimes", "expected header, any or close"),
        ("FRAME_END", "lf", "expected fscr or fs"),
        ("BATCH", "maybe", "expected split or reject"),
        ("BATCH_ANSWER", "some", "expected all, errors or one"),
        ("NO_CONTROL_ID", "x", "expected reject or accept"),
        ("SEVERAL_MESSAGES", "x", "expected reject or split"),
        ("ACK_MODE", "fancy", "expected original or enhanced"),
        ("ACK_TEXT", "x", "expected auto or never"),
        ("ACK_TIME", "x", "expected offset or plain"),
        ("ANSWER_ACKS", "perhaps", "expected true or false"),
        ("UNROUTED", "x", "expected accept or reject"),
        ("DEFAULT_VERSION", "9", "expected 2.1, 2.2,"),
        ("DEFAULT_CHARACTER_SET", "EBCDIC", "expected auto, ASCII,"),
        ("LOG_LEVEL", "loud", "expected trace, debug, info, warning, error, critical or off"),
        ("LOG_FORMAT", "xml", "expected text or json"),
        ("STORE", "paper", "expected sqlite or memory"),
        ("STORE", "memory", "set ALLOW_LOSS=true if that is meant"),
        ("ALLOW_FROM", "10.0.0.0/40", "expected networks such as 10.0.0.0/8"),
        ("PROXY_PROTOCOL", "true", "does nothing without PROXY_FROM"),
        ("TLS_MIN_VERSION", "1.1", "expected 1.2 or 1.3"),
        ("ADMIN_ADDR", "nowhere", "expected an address such as :2575"),
        ("CONFIG_FILE", "missing.yaml", "cannot read missing.yaml: No such file"),
        ("ENV_FILE", "missing.env", "cannot read missing.env: No such file"),
    ]

    def test_a_wrong_value_stops_the_start_and_is_named(self):
        for name, value, told in self.WRONG:
            with self.subTest(name, value=value):
                line = self.refuse(**{name: value}).rstrip("\n")
                self.assertNotIn("\n", line, "one fault, one line")
                self.assertTrue(line.startswith(f"environment: {name}: "), line)
                self.assertIn(told, line)
                if told.startswith("expected"):
                    self.assertTrue(line.endswith(f", found {value}"), line)

    # Found only when the start is under way: exit code 1, and a line of the log.
    UNMET = [
        ("TLS_CERT_FILE", "missing.pem", "missing.pem: No such file or directory"),
        ("ADMIN_TOKEN_FILE", "missing.token", "ADMIN_TOKEN_FILE: missing.token: No such file"),
        ("RUN_AS", "no-such-user", "RUN_AS: "),
    ]

    def test_what_cannot_be_met_stops_the_start_and_is_named(self):
        for name, value, told in self.UNMET:
            with self.subTest(name):
                server = self.server(folder=self.folder / fresh_id("U"), **{name: value})
                server.launch()
                self.assertEqual(server.wait(10), 1, server.log_text())
                self.assertFalse(server.events("listening"))
                self.assertIn(told, server.events("start_failed")[0]["reason"])

    def test_a_setting_of_a_later_version_is_not_ignored(self):
        for setting in ({"PROXY_PROTOCOL": "true"}, {"STORE": "nats://127.0.0.1"}):
            with self.subTest(setting):
                self.assertIn(next(iter(setting)), self.refuse(**setting))

    DOCUMENTS = [
        ("listeners: [", r"config\.yaml:\d+:\d+"),
        ("listener:\n  - name: a\n", r"config\.yaml:1:1: .*listener"),
        ("listeners:\n  - name: a\n    idle_timeot: 5s\n", r"config\.yaml:3:\d+: .*idle_timeot"),
        ("listeners:\n  - name: a\n    idle_timeout: 5 parsecs\n",
         r"config\.yaml:3:19: .*idle_timeout.*5 parsecs"),
        ("connectors:\n  - name: a\n    type: pigeon\n", r"config\.yaml:3:\d+: .*pigeon"),
        ("connectors:\n  - name: a\n    type: mllp\n", r"config\.yaml:\d+:\d+: .*address"),
        ("connectors:\n  - name: a\n    type: file\n    directory: .\n    made: file\n",
         r"config\.yaml:5:\d+: .*made"),
        ("connectors:\n  - {name: a, type: file, directory: .}\n"
         "  - {name: a, type: file, directory: .}\n", r"config\.yaml:3:\d+: .*\ba\b"),
    ]

    def test_a_wrong_document_stops_the_start_with_its_place(self):
        for document, told in self.DOCUMENTS:
            with self.subTest(document):
                self.assertRegex(self.refuse(document).replace("\\\"", '"'), told)

    def test_all_faults_are_told_at_once(self):
        told = self.refuse("listeners:\n  - name: a\n    wrong_key: 1\n", IDLE_TIMEOUT="x",
                           MAX_GARBAGE="y")
        for name in ("wrong_key", "IDLE_TIMEOUT", "MAX_GARBAGE"):
            self.assertIn(name, told)

    def test_an_unknown_key_of_the_env_file_stops_the_start(self):
        path = self.folder / "site.env"
        path.write_text("# ours\nIDLE_TIMEOUT=5m\nIDLE_TIMEOT=6m\n", encoding="ascii")
        self.assertRegex(self.refuse(ENV_FILE=path), r"site\.env:3.*IDLE_TIMEOT")

    def test_a_near_miss_in_the_environment_is_a_warning(self):
        server = self.start(IDLE_TIMEOT="5m", KUBERNETES_PORT_2575_TCP="tcp://10.0.0.1:2575",
                            MLLP_SERVICE_HOST="10.0.0.1")
        warned = [str(event) for event in server.events() if event["level"] == "warning"]
        self.assertEqual(len(warned), 1, warned)
        self.assertIn("IDLE_TIMEOUT", warned[0])
        self.assert_accepts(server)

    def test_other_names(self):
        server = self.server(MLLP_ADDR="127.0.0.1:0", MLLP_MAX_CONNECTIONS="1")
        del server.settings["LISTEN_ADDR"]
        server.start()
        with server.connect() as wire:
            wire.ask(message())
            with server.connect() as second:
                second.expect_closed(2)

    def test_a_listener_of_the_document_wins_over_the_environment(self):
        server = self.server(
            "listeners:\n"
            "  - {name: plain, address: '127.0.0.1:0'}\n"
            "  - {name: fancy, address: '127.0.0.1:0', ack_mode: original, answer_acks: true}\n",
            ACK_MODE="enhanced")
        server.listeners = 2
        server.start()
        with server.connect("plain") as wire:
            self.assertEqual(wire.ask(message(accept="AL")).code, "CA")
        with server.connect("fancy") as wire:
            self.assertEqual(wire.ask(message(accept="AL")).code, "AA")
            self.assertEqual(wire.ask(message(kind="ACK")).code, "AA")

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:{}".format(taken.getsockname()[1])
            server = self.server(LISTEN_ADDR=address)
            server.launch()
            self.assertGreater(server.wait(10), 0)
            self.assertIn(address, server.log_text())

    def test_a_data_folder_that_cannot_be(self):
        (self.folder / "file").write_text("in the way", encoding="ascii")
        server = self.server(DATA_DIR=self.folder / "file" / "data")
        server.launch()
        self.assertGreater(server.wait(10), 0)
        self.assertIn(str(self.folder / "file" / "data"), server.log_text())


class EmptyEnvironment(Scenario):
    def test_one_line_says_what_it_does(self):
        """The addresses are the defaults, so a network of its own is needed for them."""
        command = [BINARY]
        if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
            self.skipTest("needs the right to make a network namespace")
        command = ["unshare", "-n", "sh", "-c", "ip link set lo up 2>/dev/null; exec env -i "
                   f"'{BINARY}'"]
        log = self.folder / "log.txt"
        with open(log, "wb") as out:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out)
        try:
            found = eventually("it says what it does", lambda: re.findall(
                r"(?m)^.* started .*$", log.read_text("utf-8")))
        finally:
            process.terminate()
            self.assertEqual(process.wait(stretched(20)), 0, log.read_text("utf-8"))
        self.assertIn('text="takes messages on default [::]:2575 without TLS; keeps them in '
                      './data; delivers them nowhere; shows its health on ', found[0])
        self.assertRegex(found[0], r" version=\d+\.\d+")
        self.assertTrue((self.folder / "data").is_dir())


class Signals(Scenario):
    def test_hangup_does_not_end_it(self):
        server = self.start()
        with server.connect() as wire:
            wire.ask(message())
            server.signal(signal.SIGHUP)
            self.assert_answer(wire.ask(message("H2")), "AA", "H2")
        self.assert_accepts(server)


class Commands(Scenario):
    def test_without_an_argument_it_serves(self):
        with open(self.folder / "log.txt", "wb") as log:
            process = subprocess.Popen(
                [BINARY], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(LISTEN_ADDR="127.0.0.1:0", DATA_DIR=self.folder / "data"))
        try:
            eventually("it listens", lambda: "address=127.0.0.1:" in
                       (self.folder / "log.txt").read_text("utf-8"))
        finally:
            process.terminate()
            self.assertEqual(process.wait(stretched(10)), 0)

    def test_version_and_usage(self):
        code, shown, _ = run("--version")
        self.assertEqual(code, 0)
        self.assertRegex(shown, r"\d+\.\d+\.\d+")
        code, shown, _ = run("--help")
        self.assertEqual(code, 0)
        for verb in ("serve", "send", "bench", "config"):
            self.assertIn(verb, shown)
        code, _, told = run("serv")
        self.assertEqual(code, 2)
        self.assertIn("serve", told)

    def test_config_shows_values_and_where_they_come_from(self):
        (self.folder / "config.yaml").write_text(
            "listeners:\n  - name: default\n    idle_timeout: 7m\n", encoding="ascii")
        code, shown, _ = run("config", folder=self.folder, MAX_GARBAGE="1KiB")
        self.assertEqual(code, 0)
        self.assertRegex(shown, r"(?m)^MAX_GARBAGE +1KiB +environment")
        self.assertRegex(shown, r"idle_timeout +7m +config\.yaml:3")
        self.assertRegex(shown, r"(?m)^FRAME_TIMEOUT +\S+ +default")
        code, _, told = run("config", folder=self.folder, MAX_GARBAGE="x")
        self.assertEqual(code, 2)
        self.assertIn("MAX_GARBAGE", told)

    def test_send_tells_by_answer_and_by_exit_code(self):
        server, archive = self.start_with_archive()
        address = "{}:{}".format(*server.address())
        files = self.folder / "files"
        files.mkdir()
        payloads = [message(f"FILE{n}") for n in range(3)]
        for n, payload in enumerate(payloads):
            (files / f"{n}.hl7").write_bytes(payload.replace(b"\r", b"\n"))
        code, shown, told = run("send", "--to", address, files)
        self.assertEqual(code, 0, told)
        self.assertRegex(shown + told, r"AA\D+3\b")
        archive.expect(payloads)
        (files / "bad.hl7").write_bytes(message("").replace(b"\r", b"\n"))
        code, shown, told = run("send", "--to", address, files / "bad.hl7")
        self.assertEqual(code, 1)
        self.assertRegex(shown + told, r"AR\D+1\b")


if __name__ == "__main__":
    unittest.main()
