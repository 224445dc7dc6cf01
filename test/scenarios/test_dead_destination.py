"""A dead destination slows nobody: intake and the other connector go on at full
speed; when it comes back, its backlog drains in order.
"""

import time
import unittest

from harness.drops import AppendFile, append_connector
from harness.eventually import SLOWNESS, eventually
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.sink import silent

CONNECTIONS, IN_FLIGHT, EACH = 8, 8, 250


class DeadDestination(Scenario):
    def load(self, server):
        def make(who, n):
            control_id = fresh_id(f"{who}Q")
            return (control_id, message(control_id)) if n < EACH else None

        load = Load(server.address(), CONNECTIONS, IN_FLIGHT, make)
        start = time.monotonic()
        self.assertTrue(load.run(within=120))
        took = time.monotonic() - start
        load.close()
        self.assertEqual((load.faults(), load.count("AA")), ([], CONNECTIONS * EACH))
        return took, load.accepted()

    def seconds(self, sink, number):
        """Until all is accepted, and until the file connector has all."""
        archive = AppendFile(self.folder / f"archive_{number}.mllp")
        config = "connectors:\n" + append_connector(archive.path)
        if sink is not None:
            config += sink.connector(answer_timeout="30s")
        server = self.server(config, folder=self.folder / f"server_{number}",
                             LOG_LEVEL="info").start()
        start = time.monotonic()
        took, accepted = self.load(server)
        archive.wait_for(CONNECTIONS * EACH)
        delivered = time.monotonic() - start
        return server, took, delivered, accepted

    def test_intake_and_the_other_connector_keep_their_speed(self):
        refusing = self.sink()                # nobody listens
        hanging = self.sink(silent).open()    # takes the message and says nothing
        alone = min(self.seconds(None, n)[1:3] for n in (1, 2))
        for number, sink in enumerate((refusing, hanging), 3):
            server, *beside = self.seconds(sink, number)
            with self.subTest(hanging=sink is hanging):
                for with_dead, without in zip(beside, alone):
                    self.assertLess(with_dead, 2 * without + SLOWNESS)
            server.kill()  # else each stop waits for the hanging answer

    def test_the_backlog_drains_in_order(self):
        sink = self.sink()
        server, _, _, accepted = self.seconds(sink, 9)
        sink.open()
        found = sink.wait_for(CONNECTIONS * EACH, within=60)
        place = {payload: n for n, payload in enumerate(found)}
        self.assertEqual(len(place), CONNECTIONS * EACH, "each once")
        for sent in accepted:
            places = [place[payload] for _, payload in sent]
            self.assertEqual(places, sorted(places))
        archive = AppendFile(self.folder / "archive_9.mllp").payloads()
        self.assertEqual(found, archive, "both lanes deliver in the order of commit")

    def test_it_may_die_and_come_back_in_the_middle(self):
        sink = self.sink().open()
        server = self.start("connectors:\n" + sink.connector(), LOG_LEVEL="info")
        payloads = [message(fresh_id("M")) for _ in range(300)]
        with server.connect() as wire:
            for n, payload in enumerate(payloads):
                if n % 100 == 50:
                    sink.shut()
                if n % 100 == 90:
                    sink.open()
                self.assertEqual(wire.ask(payload).code, "AA")
        eventually("all arrive", lambda: set(payloads) <= set(sink.payloads()), within=30)
        self.assertEqual(list(dict.fromkeys(sink.payloads())), payloads)

    def test_one_line_tells_of_an_incident(self):
        sink = self.sink()
        server = self.start("connectors:\n" + sink.connector(), LOG_LEVEL="info")
        with server.connect() as wire:
            for _ in range(100):
                wire.ask(message())
        time.sleep(2)  # several attempts
        lines = [event for event in server.events() if event["level"] in ("warning", "error")]
        self.assertEqual(len(lines), 1, lines)
        sink.open()
        sink.wait_for(100)


if __name__ == "__main__":
    unittest.main()
