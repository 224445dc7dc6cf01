"""What every scenario has: a folder, servers that end with it, and a look at their logs."""

import shutil
import tempfile
import unittest
from pathlib import Path

from harness.drops import AppendFile, append_connector
from harness.messages import CANARY, fresh_id, message
from harness.server import BINARY, Server
from harness.sink import Sink

_CANARIES = [CANARY.lower(), CANARY.encode().hex()]


class Scenario(unittest.TestCase):
    """At the end of each test all servers are stopped, which must give exit code 0,
    and no line of any log may hold patient data, or say of a store that it is damaged.
    """

    maxDiff = 2000
    damages_its_store = False

    def setUp(self):
        if not BINARY:
            self.fail("MLLP_SERVER must name the program under test")
        self.folder = Path(tempfile.mkdtemp(prefix="mllp-scenario-"))
        self.servers = []
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self._look_into_logs)
        self.addCleanup(self._end_servers)

    # Parts of a scenario.

    def server(self, config="", folder=None, **settings):
        """Not started yet."""
        server = Server(folder or self.folder, config, **settings)
        self.servers.append(server)
        return server

    def start(self, config="", **settings):
        return self.server(config, **settings).start()

    def start_with_archive(self, config="", **settings):
        """A server with a file connector in append mode, and the file."""
        archive = AppendFile(self.folder / "out" / "archive.mllp")
        archive.path.parent.mkdir(exist_ok=True)
        config = "connectors:\n" + append_connector(archive.path) + config
        return self.start(config, **settings), archive

    def sink(self, *behaviour):
        """A receiver that does not listen yet."""
        sink = Sink(*behaviour)
        self.addCleanup(sink.close)
        return sink

    # The end of a scenario.

    def _end_servers(self):
        for server in self.servers:
            try:
                server.stop()
            finally:
                server.kill()
                for wire in server.wires:
                    wire.close()

    def _look_into_logs(self):
        for server in self.servers:
            if server.settings.get("LOG_LEVEL") == "trace":
                continue
            text = server.all_logs().lower()
            for canary in _CANARIES:
                at = text.find(canary)
                near = text[max(0, at - 200):at + 80]
                self.assertEqual(at, -1, f"patient data in a log line: …{near}")
            for mark in ("sanitizer:", "runtime error:", "check failed"):
                self.assertNotIn(mark, text)
            for mark in ("store_segment_unreadable", "store_message_lost"):
                if not self.damages_its_store:
                    self.assertNotIn(mark, text)

    # Sentences.

    def assert_answer(self, answer, code, control_id=None, error=None):
        """`error` is the code of table 0357 that an ERR must hold."""
        self.assertEqual(answer.code, code, answer.octets)
        if control_id is not None:
            wanted = control_id if isinstance(control_id, bytes) else control_id.encode()
            self.assertEqual(answer.control_id, wanted, answer.octets)
        if error is not None:
            self.assertIn(error.encode(), answer.error_codes(), answer.octets)

    def assert_accepts(self, server, **options):
        """The server is well: a new connection gets its AA."""
        control_id = fresh_id("OK")
        with server.connect(**options) as wire:
            self.assert_answer(wire.ask(message(control_id)), "AA", control_id)
