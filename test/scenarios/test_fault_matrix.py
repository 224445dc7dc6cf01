"""Every type of target that is reached by a network, with every fault of the network and
every refusal: at least once, never lost, never taken for delivered, in order; and a list
of what reached the target twice.
"""

import http.server
import os
import sys
import threading
import time
import unittest

from harness import postgres
from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.meddler import FAULTS, Meddler
from harness.messages import message
from harness.scenario import Scenario
from harness.server import run

MESSAGES = 30
RETRY = "    retry: {initial: 20ms, max: 200ms, attempts: 5}\n"


class Mllp:
    """A receiver. Its refusals are answers: for good AR, for now AE."""

    type = "mllp"
    holds_once = False

    def __init__(self, scenario):
        self.refusals = {}  # control id: codes to come
        self.wrong = set()
        self.sink = scenario.sink(self._answer).open()
        self.address = self.sink.address

    def _answer(self, sink, peer, payload):
        control_id = payload.split(b"|", 10)[9].decode()
        if control_id in self.wrong:
            self.wrong.remove(control_id)
            return peer.answer(acknowledge(message("ANOTHER")))
        codes = self.refusals.get(control_id)
        code = (codes.pop(0) if codes else b"AA")
        peer.answer(acknowledge(payload, code))

    def settings(self, port):
        return f"    address: 127.0.0.1:{port}\n    answer_timeout: 500ms\n    batch: 8\n"

    def refuse_for_good(self, control_id):
        self.refusals[control_id] = [b"AR"]

    def refuse_for_now(self, control_id):
        self.refusals[control_id] = [b"AE", b"AE"]

    def answer_wrongly(self, control_id):
        self.wrong.add(control_id)

    def came(self):
        return self.sink.control_ids()


class Web:
    """An HTTP server. For good 422, for now 503, wrong is what is no HTTP."""

    type = "http"
    holds_once = False  # our own target keeps all requests; one that reads the key may not

    def __init__(self, scenario):
        self.statuses = {}
        self.wrong = set()
        self.control_ids = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) == int(self.headers["Content-Length"]):
                    outer.answer(self, body.split(b"|", 10)[9].decode())

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A connection that was cut is what is wanted."""

        self.server = Listener(("127.0.0.1", 0), Handler)
        scenario.addCleanup(self.server.server_close)
        scenario.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.address = self.server.server_address

    def answer(self, handler, control_id):
        self.control_ids.append(control_id)
        if control_id in self.wrong:
            self.wrong.remove(control_id)
            handler.wfile.write(b"this is no HTTP\r\n\r\n")
            handler.close_connection = True
            return
        statuses = self.statuses.get(control_id)
        handler.send_response(statuses.pop(0) if statuses else 200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def settings(self, port):
        return f"    url: http://127.0.0.1:{port}/in\n    timeout: 500ms\n    batch: 8\n"

    def refuse_for_good(self, control_id):
        self.statuses[control_id] = [422]

    def refuse_for_now(self, control_id):
        self.statuses[control_id] = [503, 401, 404]

    def answer_wrongly(self, control_id):
        self.wrong.add(control_id)

    def came(self):
        return list(self.control_ids)


class Database:
    """PostgreSQL. For good a constraint, for now rights that are missing."""

    type = "postgres"
    holds_once = True
    database = None  # one for all

    def __init__(self, scenario):
        self.scenario = scenario
        self.address = ("127.0.0.1", self.database.port)
        self.database.rows("DROP TABLE IF EXISTS mllp_messages")

    def settings(self, port):
        dsn = f"host=127.0.0.1 port={port} dbname=postgres user=t"
        return f"    dsn: {dsn}\n    timeout: 500ms\n    batch: 8\n"

    def _make_table(self):
        self.database.rows(
            "CREATE TABLE mllp_messages(id uuid PRIMARY KEY, entry bigint, received_at timestamptz,"
            " control_id text, type text, trigger text, message bytea)")

    def refuse_for_good(self, control_id):
        self._make_table()
        self.database.rows(f"ALTER TABLE mllp_messages ADD CHECK (control_id <> '{control_id}')")

    def refuse_for_now(self, control_id):
        self._make_table()
        self.database.rows("CREATE OR REPLACE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS "
                           "$$BEGIN RAISE 'not now' USING ERRCODE = '42501'; END$$")
        self.database.rows("CREATE TRIGGER deny BEFORE INSERT ON mllp_messages FOR EACH ROW "
                           f"WHEN (NEW.control_id = '{control_id}') EXECUTE FUNCTION deny()")
        later = threading.Timer(1, self.database.rows, ["DROP TRIGGER deny ON mllp_messages"])
        later.start()
        self.scenario.addCleanup(later.join)

    def answer_wrongly(self, control_id):
        return NotImplemented

    def came(self):
        if not self.database.rows("SELECT to_regclass('mllp_messages')")[0]:
            return []
        return self.database.rows("SELECT control_id FROM mllp_messages ORDER BY entry")


class FaultMatrix(Scenario):
    @classmethod
    def setUpClass(cls):
        cls.kinds = [Mllp, Web]
        if not postgres.missing():
            Database.database = postgres.Postgres()
            cls.addClassCleanup(Database.database.close)
            cls.kinds.append(Database)

    def begin(self, target, name, port):
        folder = self.folder / name.replace(" ", "_")
        config = (f"connectors:\n  - name: lab\n    type: {target.type}\n"
                  f"{target.settings(port)}{RETRY}")
        return self.server(config, folder=folder, LOG_LEVEL="info").start()

    def send(self, server, control_ids):
        with server.connect() as wire:
            for control_id in control_ids:
                self.assertEqual(wire.ask(message(control_id)).code, "AA")

    def letters(self, server):
        code, shown, told = run("dead-letters", "list", "--json", folder=server.folder,
                                DATA_DIR=str(server.folder / "data"))
        self.assertEqual(code, 0, told)
        return len(shown.splitlines())

    def conclude(self, server, target, sent, fault, refused=()):
        """All that was not refused for good is there, in order; says what came twice."""
        wanted = [one for one in sent if one not in refused]
        eventually(f"{target.type}, {fault}: all is there",
                   lambda: set(wanted) <= set(target.came()), within=30)
        eventually("what was refused is set aside",
                   lambda: self.letters(server) == len(refused), within=30)
        server.stop()
        came = target.came()
        first = [one for one in dict.fromkeys(came) if one in wanted]
        self.assertEqual(first, wanted, "out of order")
        again = [one for one in set(came) if came.count(one) > 1]
        if target.holds_once:
            self.assertEqual(again, [])
        shown = ", ".join(sorted(again)) or "-"
        print(f"{target.type:9} {fault:22} twice at the target: {shown}", file=sys.stderr)

    def test_faults_of_the_network(self):
        for kind in self.kinds:
            for fault in FAULTS:
                with self.subTest(target=kind.type, fault=fault):
                    target = kind(self)
                    between = Meddler(target.address)
                    self.addCleanup(between.close)
                    server = self.begin(target, f"{kind.type} {fault}", between.port)
                    sent = [f"{n:03}" for n in range(MESSAGES)]
                    self.send(server, sent[:10])
                    eventually("it has begun", lambda: target.came(), within=20)
                    if fault in ("refused", "restart"):
                        sender = threading.Thread(target=self.send, args=(server, sent[10:20]))
                        sender.start()
                        between.meddle(fault)
                        sender.join()
                    else:
                        between.meddle(fault)
                        self.send(server, sent[10:20])
                        eventually("it was done", lambda: between.done == 1, within=20)
                    self.send(server, sent[20:])
                    self.conclude(server, target, sent, fault)

    def test_refusals(self):
        for kind in self.kinds:
            for fault in ("refused for good", "refused for now", "wrong answer"):
                with self.subTest(target=kind.type, fault=fault):
                    target = kind(self)
                    odd = "007"
                    act = {"refused for good": target.refuse_for_good,
                           "refused for now": target.refuse_for_now,
                           "wrong answer": target.answer_wrongly}[fault]
                    if act(odd) is NotImplemented:
                        continue
                    server = self.begin(target, f"{kind.type} {fault}", target.address[1])
                    sent = [f"{n:03}" for n in range(MESSAGES)]
                    self.send(server, sent)
                    refused = [odd] if fault == "refused for good" else []
                    self.conclude(server, target, sent, fault, refused)


class LongRefusal(Scenario):
    """A target that answers 401 or 404 is wrong, not the messages: nothing is set aside."""

    # Of each status: some thirty tries. By hand: MLLP_REFUSAL_SECONDS=1800, an hour in all.
    SECONDS = float(os.environ.get("MLLP_REFUSAL_SECONDS", "6"))

    def test_nothing_is_lost_however_long_it_takes(self):
        web = Web(self)
        status = [401]
        taken = []

        def answer(handler, control_id):
            web.control_ids.append(control_id)
            if status[0] == 200:
                taken.append(control_id)
            handler.send_response(status[0])
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        web.answer = answer
        server = self.start("connectors:\n  - name: lab\n    type: http\n"
                            + web.settings(web.address[1]) + RETRY, LOG_LEVEL="info")
        sent = [f"{n:03}" for n in range(100)]
        with server.connect() as wire:
            for control_id in sent:
                self.assertEqual(wire.ask(message(control_id)).code, "AA")
        for each in (401, 404):
            status[0] = each
            tries = len(web.control_ids)
            time.sleep(self.SECONDS)
            self.assertGreater(len(web.control_ids) - tries, 10)
        self.assertEqual(set(web.control_ids), {"000"}, "one probe at a time, the oldest")
        status[0] = 200
        eventually("all is there", lambda: len(taken) == 100, within=30)
        self.assertEqual(taken, sent)
        code, shown, _ = run("dead-letters", "list", "--json", folder=self.folder,
                             DATA_DIR=str(self.folder / "data"))
        self.assertEqual((code, shown), (0, ""))


if __name__ == "__main__":
    unittest.main()
