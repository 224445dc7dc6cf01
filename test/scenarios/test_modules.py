"""Connectors with heavy client libraries: not there until they are configured, and what
is missing is told by the name of its Debian package. Then messages go all the way.
"""

import http.server
import os
import shutil
import subprocess
import threading
import unittest
from pathlib import Path

from harness.eventually import eventually
from harness.messages import message
from harness.scenario import Scenario
from harness.server import BINARY, environment

LIBRARIES = ("libcurl", "libpq", "libkrb5", "libldap")


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what is posted; refuses with the statuses that it is given, then takes all."""

    daemon_threads = True

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.seen = []  # (idempotency key, body), taken or not
        self.taken = {}  # body by key
        self.twice = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A connection that a kill has cut is no news."""

    def connector(self, more=""):
        return (f"connectors:\n  - name: web\n    type: http\n"
                f"    url: http://127.0.0.1:{self.server_address[1]}/in\n"
                f"    retry: {{initial: 20ms, max: 100ms}}\n{more}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.seen.append((key, body))
        if status == 200:
            if key in self.server.taken:
                self.server.twice.append(key)
            self.server.taken.setdefault(key, body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def mapped(server):
    return Path(f"/proc/{server.process.pid}/maps").read_text(encoding="ascii")


class Modules(Scenario):
    def receiver(self, *statuses):
        receiver = Receiver(*statuses)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        return receiver

    def send_all(self, server, payloads):
        with server.connect() as wire:
            for payload in payloads:
                self.assertEqual(wire.ask(payload).code, "AA")


class AtRest(Modules):
    def test_the_program_links_none_of_their_libraries(self):
        linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
        self.assertIn("libc.so", linked)
        for library in LIBRARIES:
            self.assertNotIn(library, linked)

    def test_a_library_is_loaded_only_for_a_connector_that_is_configured(self):
        server, _ = self.start_with_archive()
        for library in (*LIBRARIES, "mllp-server/http.so", "mllp-server/postgres.so"):
            self.assertNotIn(library, mapped(server))
        server.stop()
        web = self.server(self.receiver().connector(), folder=self.folder / "web").start()
        self.assertIn("libcurl", mapped(web))
        self.assertNotIn("libpq", mapped(web))


class Missing(Modules):
    """The program elsewhere, with modules as the test puts them."""

    def install(self):
        home = self.folder / "elsewhere"
        (home / "bin").mkdir(parents=True)
        (home / "lib/mllp-server").mkdir(parents=True)
        shutil.copy(BINARY, home / "bin/mllp-server")
        return home

    def start_fails(self, home):
        config = self.folder / "config.yaml"
        config.write_text(self.receiver().connector(), encoding="utf-8")
        done = subprocess.run([home / "bin/mllp-server"], cwd=self.folder, timeout=30,
                              env=environment(DATA_DIR=self.folder / "data", CONFIG_FILE=config),
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("config.yaml:3:11: connectors.web.type: ", done.stderr)
        return done.stderr

    def test_a_module_that_is_missing_stops_the_start_and_is_named(self):
        home = self.install()
        told = self.start_fails(home)
        self.assertIn(f"{home}/lib/mllp-server/http.so", told)
        self.assertIn("apt-get install --reinstall mllp-server", told)

    def test_a_library_that_is_missing_stops_the_start_and_is_named(self):
        home = self.install()
        built = Path(os.path.realpath(BINARY)).parents[1] / "lib/mllp-server/http.so"
        octets = built.read_bytes()
        self.assertIn(b"libcurl.so.4", octets)
        (home / "lib/mllp-server/http.so").write_bytes(
            octets.replace(b"libcurl.so.4", b"libcurl.so.X"))
        self.assertIn("apt-get install libcurl4", self.start_fails(home))


class ByHttp(Modules):
    def test_octets_arrive_in_order_each_with_its_key(self):
        receiver = self.receiver(503, 200, 401, 404, 200, 500)
        server = self.start(receiver.connector("    batch: 16\n"))
        payloads = [message(size=size) for size in (0, 300000, 10)] + [message() for _ in range(20)]
        self.send_all(server, payloads)
        eventually("all are there", lambda: len(receiver.taken) == len(payloads))
        self.assertEqual(list(receiver.taken.values()), payloads)
        self.assertEqual(receiver.twice, [])
        began = server.events("delivery_incident_began")
        self.assertEqual([event["class"] for event in began], ["http_status"] * 3)

    def test_what_is_refused_for_itself_is_set_aside(self):
        receiver = self.receiver(200, 422, 200)
        server = self.start(receiver.connector())
        payloads = [message() for _ in range(3)]
        self.send_all(server, payloads)
        eventually("two are there", lambda: len(receiver.taken) == 2)
        self.assertEqual(list(receiver.taken.values()), [payloads[0], payloads[2]])
        parked = eventually("it is told", lambda: server.events("message_parked"))
        self.assertEqual(parked[0]["class"], "http_status")

    def test_a_kill_in_mid_delivery_loses_nothing_and_repeats_keep_their_key(self):
        receiver = self.receiver()
        server = self.start(receiver.connector("    batch: 8\n"))
        sent = []
        for _ in range(5):
            payloads = [message() for _ in range(40)]
            self.send_all(server, payloads)
            sent += payloads
            server.kill()
            server.start()
        eventually("all are there", lambda: len(receiver.taken) == len(sent), within=30)
        self.assertEqual(list(receiver.taken.values()), sent)


if __name__ == "__main__":
    unittest.main()
