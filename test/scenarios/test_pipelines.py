"""Many connections, many messages in flight: each answer belongs to its message,
answers come in order, nothing is lost, nothing comes twice.
"""

import random
import unittest

from harness.drops import AppendFile, append_connector
from harness.load import Load
from harness.messages import frame, fresh_id, message
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


class Mixed(Scenario):
    """Good and bad messages in turn: a refusal needs no commit, and yet it waits for
    the answers before it."""

    def make(self, connection, n):
        control_id = fresh_id(f"{connection}M")
        if n == 100:
            return None
        good = message(control_id, body=f"NTE|1||{connection} {n}\r")
        return control_id, good if n % 3 else good + good  # several messages in one

    def test_answers_keep_the_order_of_the_frames(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info")
        load = Load(server.address(), 16, 30, self.make)
        self.assertTrue(load.run(within=60))
        load.close()
        self.assertEqual(load.faults(), [])
        for sender in load.senders:
            self.assertEqual(sender.codes, ["AA" if n % 3 else "AR" for n in range(100)])
        self.assertEqual(sorted(archive.wait_for(load.count("AA"))),
                         sorted(payload for sent in load.accepted() for _, payload in sent))


class Cuts(Scenario):
    """TCP may cut a stream anywhere, and senders put line ends between frames."""

    def test_random_cuts_change_nothing(self):
        chance = random.Random(4711)
        server, archive = self.start_with_archive(LOG_LEVEL="info")
        wires = [server.connect() for _ in range(10)]
        sent = []
        for _ in range(3):
            streams = []
            for _ in wires:
                payloads = [message(size=chance.randrange(3000)) for _ in range(12)]
                sent += payloads
                streams.append(b"\r\n".join(frame(payload) for payload in payloads))
            self.send_in_pieces(wires, streams, chance)
            for wire in wires:
                self.assertEqual({one.code for one in wire.answers(12)}, {"AA"})
        self.assertEqual(sorted(archive.wait_for(len(sent))), sorted(sent))

    @staticmethod
    def send_in_pieces(wires, streams, chance):
        while any(streams):
            for n, wire in enumerate(wires):
                cut = chance.choice([1, 2, 3, 100, 1448, 5000])
                wire.send(streams[n][:cut])
                streams[n] = streams[n][cut:]


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
