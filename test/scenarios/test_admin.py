"""Section 10: health, readiness with reasons, metrics, the API; and who may see what."""

import shutil
import signal
import socket
import subprocess
import time
import unittest

from harness import admin
from harness.drops import AppendFile, append_connector
from harness.eventually import eventually, stretched
from harness.load import Load
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.server import run
from harness.tmpfs import SmallDisk

MIB = 1 << 20
TOKEN = "scenario-token-1"


class Admin(Scenario):
    def begin(self, config="", **settings):
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN + "\n", encoding="ascii")
        return self.start(config, ADMIN_TOKEN_FILE=self.token_file, **settings)

    def metrics(self, server):
        return admin.metrics(server, TOKEN)

    def health(self, server, *options):
        host, port = admin.address(server)
        return run("health", *options, ADMIN_ADDR=f"{host}:{port}")


class Health(Admin):
    def test_through_a_life(self):
        server = self.begin(PRE_SHUTDOWN_DELAY="1500ms")
        self.assertEqual(admin.ask(server, "/healthz")[0], 200)
        self.assertEqual(admin.reasons(server), [])
        self.assertEqual(self.health(server, "--ready"), (0, "", ""))
        server.signal(signal.SIGTERM)
        eventually("draining is told", lambda: admin.reasons(server) == ["draining"], within=1)
        self.assertEqual(admin.ask(server, "/healthz")[0], 200)
        self.assertEqual(self.health(server)[0], 0)
        code, _, told = self.health(server, "--ready")
        self.assertEqual(code, 1)
        self.assertIn("draining", told)
        self.assert_accepts(server)
        self.assertEqual(server.wait(), 0)
        code, _, told = self.health(server)
        self.assertEqual(code, 1)
        self.assertIn("Connection refused", told)

    def test_starting_is_told_while_the_store_is_awaited(self):
        """The port is there before the store: a lock that another process holds ends the
        start, so the address is asked of a server whose start is made slow by strace."""
        if shutil.which("strace") is None:
            self.skipTest("needs strace")
        server = self.server(ADMIN_ADDR="127.0.0.1:0")
        server.launch_under = ["strace", "-D", "-f", "-qq", "-o", "/dev/null",
                               "-e", "trace=fdatasync,fsync",
                               "-e", "inject=fdatasync,fsync:delay_enter=300000"]
        server.launch()
        eventually("the admin server listens", lambda: server.events("admin_listening"))
        self.assertEqual(admin.reasons(server), ["starting"])
        self.assertEqual(admin.ask(server, "/healthz")[0], 200)
        eventually("it is ready", lambda: admin.reasons(server) == [], within=30)

    def test_a_full_disk_and_room_again(self):
        disk = SmallDisk(self.folder / "disk", 32 * MIB)
        self.addCleanup(disk.close)
        self.addCleanup(self._end_servers)
        server = self.begin(DATA_DIR=disk.path / "data", MIN_FREE=4 * MIB,
                            UNAVAILABLE_WAIT="100ms")
        self.assertEqual(admin.reasons(server), [])
        disk.fill(leave=3 * MIB)
        self.assertEqual(admin.reasons(server), ["disk_full"])
        with server.connect() as wire:
            self.assertEqual(wire.ask(message()).code, "AE")
        found = self.metrics(server)
        self.assertGreaterEqual(found["mllp_store_failures_total"], 1)
        self.assertEqual(found["mllp_ready"], 0)
        self.assertAlmostEqual(found["mllp_store_failed_timestamp_seconds"], time.time(), delta=60)
        disk.clear()
        self.assert_accepts(server)
        self.assertEqual(admin.reasons(server), [])
        self.assertNotIn("mllp_store_failed_timestamp_seconds", self.metrics(server))

    def test_a_stopped_lane_counts_where_it_is_asked_for(self):
        """A target that refuses everything: the brake stops its lane."""
        sink = self.sink(lambda sink, peer, payload: peer.answer(refusal(payload))).open()
        server = self.begin("connectors:\n" + sink.connector())
        with server.connect() as wire:
            for _ in range(25):
                self.assertEqual(wire.ask(message(fresh_id("R"))).code, "AA")
        eventually("the lane stops", lambda: admin.reasons(server, "?lanes=1") == ["lane_stopped"])
        self.assertEqual(admin.reasons(server), [])
        found = self.metrics(server)
        name = admin.ask_json(server, "/api/connectors", TOKEN)["connectors"][0]["name"]
        self.assertEqual(found[f'mllp_connector_state{{connector="{name}",state="stopped"}}'], 1)
        self.assertEqual(found[f'mllp_connector_dead_letters{{connector="{name}"}}'],
                         found["mllp_dead_letters_total"])
        self.assertGreaterEqual(found['mllp_delivery_failures_total{reason="answer_code"}'], 20)
        self.assertEqual(self.health(server, "--ready", "--lanes")[0], 1)

    def test_health_of_nobody(self):
        self.assertEqual(run("health", ADMIN_ADDR="127.0.0.1:1")[0], 1)
        self.assertEqual(run("health", ADMIN_ADDR="nonsense")[0], 2)
        self.assertEqual(run("health", "--lanes")[0], 2)


def refusal(payload):
    control_id = payload.split(b"\r")[0].split(b"|")[9]
    return b"MSH|^~\\&|R|F|S|F|20260101||ACK|1|P|2.5\rMSA|AR|" + control_id + b"\r"


class Metrics(Admin):
    def test_under_load_they_count_exactly_what_was_sent(self):
        archive = AppendFile(self.folder / "archive.mllp")
        server = self.begin("connectors:\n" + append_connector(archive.path), LOG_LEVEL="info")
        load = Load(server.address(), 8, 16, self.make)
        stop_at = time.monotonic() + 1.5
        scrapes = []

        def is_over():
            if len(scrapes) < 20:
                scrapes.append(self.metrics(server)["mllp_messages_stored_total"])
            return time.monotonic() > stop_at

        load.run(within=60, until=is_over)
        load.read_the_rest(20)
        sent = sum(len(each) for each in load.accepted())
        self.assertEqual(scrapes, sorted(scrapes), "a counter went back")
        eventually("all is delivered", lambda: self.metrics(server)[
            'mllp_deliveries_total{outcome="delivered"}'] == sent, within=30)
        found = self.metrics(server)
        for series in ('mllp_messages_total{type="ADT^A01",answer="accepted"}',
                       'mllp_answers_total{answer="accepted"}', "mllp_messages_stored_total",
                       "mllp_frames_received_total", "mllp_store_group_messages_sum",
                       'mllp_stage_duration_seconds_count{stage="parse"}',
                       'mllp_stage_duration_seconds_count{stage="commit"}',
                       'mllp_stage_duration_seconds_count{stage="answer"}'):
            self.assertEqual(found[series], sent, series)
        self.assertEqual(found["mllp_store_group_messages_count"],
                         found["mllp_store_commits_total"])
        self.assertEqual(found["mllp_connections"], 8)
        self.assertEqual(found["mllp_connections_accepted_total"], 8)
        load.close()
        eventually("they leave", lambda: self.metrics(server)["mllp_connections"] == 0)
        octets = sum(len(frame(payload)) for one in load.accepted() for _, payload in one)
        self.assertEqual(self.metrics(server)["mllp_received_bytes_total"], octets)

    def make(self, connection, n):
        control_id = fresh_id(f"{connection}M")
        return control_id, message(control_id)

    def test_what_waits_is_shown_with_its_age(self):
        sink = self.sink()  # not there
        server = self.begin("connectors:\n" + sink.connector())
        with server.connect() as wire:
            for _ in range(5):
                self.assertEqual(wire.ask(message(fresh_id("W"))).code, "AA")
        connector = eventually("it failed", self.failed_connector(server))
        label = f'{{connector="{connector["name"]}"}}'
        time.sleep(1.1)
        found = self.metrics(server)
        self.assertEqual(found["mllp_connector_queue_messages" + label], 5)
        self.assertGreater(found["mllp_connector_oldest_age_seconds" + label], 1)
        self.assertLess(found["mllp_connector_oldest_age_seconds" + label], stretched(60))
        self.assertGreaterEqual(found['mllp_delivery_failures_total{reason="connect"}'], 1)
        self.assertEqual(connector["waiting"], 5)
        self.assertEqual(connector["last_failure"]["class"], "connect")
        sink.open()
        sink.wait_for(5)
        eventually("nothing waits", lambda: self.metrics(server)[
            "mllp_connector_queue_messages" + label] == 0)
        self.assertEqual(self.metrics(server)["mllp_connector_oldest_age_seconds" + label], 0)

    def failed_connector(self, server):
        def look():
            one = admin.ask_json(server, "/api/connectors", TOKEN)["connectors"][0]
            return one if one["last_failure"] else None
        return look

    def test_rules_and_stages(self):
        server = self.begin("validation:\n  rules:\n"
                            "    - {name: no-a08, expression: 'msh.trigger != \"A08\"',"
                            " message: no}\n")
        payload = message(fresh_id("R"))
        refused = payload.replace(b"ADT^A01", b"ADT^A08")
        with server.connect() as wire:
            self.assertEqual(wire.ask(payload).code, "AA")
            self.assertEqual(wire.ask(refused).code, "AR")
            octets = frame(message(fresh_id("S")))
            wire.send(octets[:40])
            time.sleep(0.3)
            wire.send(octets[40:])
            self.assertEqual(wire.answer().code, "AA")
        found = self.metrics(server)
        rule = 'mllp_rule_outcomes_total{listener="default",rule="no-a08",outcome="false"}'
        self.assertEqual(found[rule], 1)
        self.assertEqual(found['mllp_messages_total{type="ADT^A08",answer="rejected"}'], 1)
        self.assertEqual(found['mllp_stage_duration_seconds_count{stage="rules"}'], 3)
        self.assertEqual(found['mllp_stage_duration_seconds_count{stage="frame"}'], 1)
        self.assertGreater(found['mllp_stage_duration_seconds_sum{stage="frame"}'], 0.25)

    def test_promtool_finds_nothing_wrong(self):
        if shutil.which("promtool") is None:
            self.skipTest("needs promtool, of Debian's package prometheus")
        sink = self.sink()
        server = self.begin("connectors:\n" + sink.connector())
        self.assert_accepts(server)
        page = admin.ask(server, "/metrics", TOKEN)[1]
        done = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), check=False,
                              capture_output=True, timeout=stretched(20))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_a_scrape_is_quick(self):
        """With the connections that the machine allows a test; the issue asks for 10 ms."""
        server = self.begin(LOG_LEVEL="info")
        wires = [server.connect() for _ in range(500)]
        eventually("all are there",
                   lambda: self.metrics(server)["mllp_connections"] == len(wires))
        took = []
        for _ in range(10):
            start = time.monotonic()
            self.metrics(server)
            took.append(time.monotonic() - start)
        self.assertLess(min(took), stretched(0.1))
        shown = admin.ask_json(server, "/api/connections", TOKEN)["connections"]
        self.assertEqual({one["peer"] for one in shown},
                         {"%s:%d" % wire.socket.getsockname() for wire in wires})


class Access(Admin):
    def test_without_the_right_token_nothing_is_shown(self):
        server = self.begin()
        for path in ("/metrics", "/api/status", "/api/connectors", "/api/connections", "/api/logs"):
            self.assertEqual(admin.ask(server, path)[0], 401, path)
            self.assertEqual(admin.ask(server, path, "wrong")[0], 401, path)
            self.assertEqual(admin.ask(server, path, TOKEN)[0], 200, path)
        self.token_file.write_text("another\n", encoding="ascii")  # renewed under way
        self.assertEqual(admin.ask(server, "/metrics", TOKEN)[0], 401)
        self.assertEqual(admin.ask(server, "/metrics", "another")[0], 200)
        self.token_file.unlink()
        self.assertEqual(admin.ask(server, "/metrics", "another")[0], 403)
        self.assertNotIn("another", server.log_text())
        self.assertNotIn(TOKEN, server.log_text())

    def test_without_a_token_file_only_health_is_shown(self):
        server = self.start()
        self.assertEqual(admin.ask(server, "/healthz")[0], 200)
        self.assertEqual(admin.ask(server, "/metrics", "")[0], 403)

    def test_what_stops_the_start(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        code, _, told = run("serve", folder=self.folder, LISTEN_ADDR="127.0.0.1:0",
                            ADMIN_ADDR=f"127.0.0.1:{port}")
        self.assertEqual(code, 1)
        self.assertIn(f"ADMIN_ADDR: 127.0.0.1:{port}: Address already in use", told)
        code, _, told = run("serve", folder=self.folder, LISTEN_ADDR="127.0.0.1:0",
                            ADMIN_ADDR="127.0.0.1:0", ADMIN_TOKEN_FILE="/nowhere/token")
        self.assertEqual(code, 1)
        self.assertIn("ADMIN_TOKEN_FILE: /nowhere/token: ", told)

    def test_status_and_the_latest_lines(self):
        server = self.begin()
        self.assert_accepts(server)
        status = admin.ask_json(server, "/api/status", TOKEN)
        self.assertEqual((status["phase"], status["store"]), ("serving", "sqlite"))
        self.assertEqual(status["listeners"], ["default %s:%d" % server.address()])
        lines = admin.ask_json(server, "/api/logs", TOKEN)["lines"]
        self.assertIn("started", [line["event"] for line in lines])
        self.assertLessEqual(len(lines), 256)


class Hostile(Admin):
    def test_the_mllp_side_never_notices(self):
        """Clients of every bad kind at once, while a sender is answered as ever."""
        server = self.begin(LOG_LEVEL="info")
        bad = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ", b"\x0bMSH|^~\\&|",
               b"\x16\x03\x01\x02\x00",
               b"GET /metrics HTTP/1.1\r\n\r\n" * 300, b"GET /" + b"a" * 50000,
               b"POST /metrics HTTP/1.1\r\nContent-Length: 4000000000\r\n\r\n",
               b"DELETE /healthz HTTP/1.1\r\n\r\n"]
        peers = []
        for n in range(150):
            peer = socket.create_connection(admin.address(server), timeout=stretched(5))
            peers.append(peer)
            try:
                peer.sendall(bad[n % len(bad)])
            except OSError:
                pass  # over the limit: closed at once
        with server.connect() as wire:
            for _ in range(50):
                start = time.monotonic()
                self.assertEqual(wire.ask(message(fresh_id("H"))).code, "AA")
                self.assertLess(time.monotonic() - start, stretched(2))
        for peer in peers:
            peer.close()
        eventually("health is shown again", lambda: self.is_healthy(server))
        found = self.metrics(server)
        self.assertEqual(found["mllp_connections_accepted_total"], 1, "those of MLLP only")
        self.assertEqual(found["mllp_messages_stored_total"], 50)

    def is_healthy(self, server):
        try:
            return admin.ask(server, "/healthz")[0] == 200
        except OSError:
            return False

    def test_wrong_methods(self):
        server = self.begin()
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
            status, _, headers = admin.ask(server, "/healthz", method=method)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), method)
        status, body, headers = admin.ask(server, "/healthz", method="HEAD")
        self.assertEqual((status, body), (200, ""))

    def test_slow_headers_are_cut_off(self):
        server = self.begin()
        with socket.create_connection(admin.address(server), timeout=stretched(15)) as peer:
            start = time.monotonic()
            peer.sendall(b"GET /healthz HTTP/1.1\r\n")
            for octet in b"X-Slow: for ever and ever":
                peer.sendall(bytes([octet]))
                time.sleep(0.1)
            self.assertEqual(peer.recv(100), b"")
            self.assertLess(time.monotonic() - start, stretched(14))


if __name__ == "__main__":
    unittest.main()
