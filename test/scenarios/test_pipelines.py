"""Many connections, many messages in flight: each answer belongs to its message,
answers come in order, nothing is lost, nothing comes twice.
"""

import unittest

from harness.drops import AppendFile, append_connector
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.trace import Strace, calls_in, is_sync

CONNECTIONS, IN_FLIGHT, EACH = 50, 20, 200


def numbered(connection, n):
    if n == EACH:
        return None
    control_id = fresh_id(f"{connection}C")
    return control_id, message(control_id, body=f"NTE|1||{connection} {n}\r")


class TenThousand(Scenario):
    def test_over_fifty_connections(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info")
        load = Load(server.address(), CONNECTIONS, IN_FLIGHT, numbered)
        self.assertTrue(load.run(within=120))
        load.close()
        self.assertEqual(load.faults(), [])
        self.assertEqual(load.count("AA"), CONNECTIONS * EACH)
        found = archive.wait_for(CONNECTIONS * EACH, within=60)
        server.stop()
        self.assertEqual(archive.payloads(), found, "nothing comes later")
        self.assert_each_once_and_in_order(found, load.accepted())

    def assert_each_once_and_in_order(self, found, accepted):
        self.assertEqual(len(found), CONNECTIONS * EACH)
        place = {payload: n for n, payload in enumerate(found)}
        self.assertEqual(len(place), len(found), "something is there twice")
        for sent in accepted:
            places = [place[payload] for _, payload in sent]
            self.assertEqual(places, sorted(places))


class SlowStore(Scenario):
    """Each sync takes 100 ms more, by strace."""

    def test_twenty_pipelined_frames_are_answered_within_two_commits(self):
        server = self.start(LOG_LEVEL="info")
        first, *others = [message(f"SLOW{n}") for n in range(20)]
        with server.connect() as wire:
            wire.ask(message("WARM"))
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=fdatasync,fsync:delay_exit=100000")
            wire.send_frame(first)
            wire.expect_silence(0.03)  # its commit is under way
            wire.send_frame(*others)
            answers = wire.answers(20)
            strace.detach()
        self.assertEqual([(one.code, one.control_id) for one in answers],
                         [("AA", f"SLOW{n}".encode()) for n in range(20)])
        calls = calls_in(strace.text())
        syncs = [call for call in calls if is_sync(call) and call.target.endswith("-wal")]
        self.assertEqual(len(syncs), 2, [call.target for call in syncs])

    def test_order_of_one_connection_is_the_order_at_the_connector(self):
        path = self.folder / "out.mllp"
        server = self.start("connectors:\n" + append_connector(path), LOG_LEVEL="info")
        payloads = [message(fresh_id()) for _ in range(40)]
        with server.connect() as wire:
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=fdatasync,fsync:delay_exit=20000")
            for n in range(0, 40, 8):
                wire.send_frame(*payloads[n:n + 8])
            self.assertEqual({one.code for one in wire.answers(40)}, {"AA"})
            strace.detach()
        AppendFile(path).expect(payloads)


if __name__ == "__main__":
    unittest.main()
