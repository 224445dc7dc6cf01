"""Every limit of section 2: garbage, frames, connections, messages in flight, memory."""

import os
import socket
import time
import unittest

from harness.eventually import eventually, stretched
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.wire import Closed

MIB = 1 << 20
KIB = 1 << 10
FULL = 1 << 60  # as MIN_FREE: intake waits UNAVAILABLE_WAIT and is refused


class Garbage(Scenario):
    def test_over_the_limit_closes(self):
        server = self.start(MAX_GARBAGE="1KiB")
        with server.connect() as wire:
            wire.send(b"x" * KIB)
            wire.expect_silence(0.2)
            wire.send(b"x")
            wire.expect_closed()
        self.assert_accepts(server)

    def test_default_limit(self):
        server = self.start()
        with server.connect() as wire:
            wire.send(b"x" * 64 * KIB)
            wire.expect_silence(0.2)
            wire.send(b"x")
            wire.expect_closed()

    def test_a_frame_starts_the_count_again(self):
        server = self.start(MAX_GARBAGE="1KiB")
        with server.connect() as wire:
            for _ in range(5):
                wire.send(b"\r\n" * 400)
                self.assert_answer(wire.ask(message()), "AA")


class FrameSize(Scenario):
    LIMIT = 64 * KIB

    def start_limited(self):
        return self.start_with_archive(MAX_FRAME_SIZE="64KiB")

    def sized(self, control_id, size):
        payload = message(control_id, size=size)
        self.assertEqual(len(payload), size)
        return payload

    def test_at_the_limit(self):
        server, archive = self.start_limited()
        payload = self.sized("AT", self.LIMIT)
        with server.connect() as wire:
            self.assert_answer(wire.ask(payload), "AA", "AT")
        archive.expect([payload])

    def test_over_the_limit_is_refused_and_the_connection_goes_on(self):
        server, archive = self.start_limited()
        good = message("GOOD")
        with server.connect() as wire:
            wire.send_frame(self.sized("OVER", self.LIMIT + 1), good)
            answer = wire.answer()
            self.assert_answer(answer, "AR", "OVER")
            self.assertIn(b"too large", answer.octets)
            self.assertEqual(len(answer.err), 1)
            self.assert_answer(wire.answer(), "AA", "GOOD")
            wire.send_frame(self.sized("THRICE", 3 * self.LIMIT))
            self.assert_answer(wire.answer(), "AR", "THRICE")
        archive.expect([good])

    def test_over_the_limit_without_msh(self):
        server, archive = self.start_limited()
        with server.connect() as wire:
            wire.send_frame(b"x" * (self.LIMIT + 1))
            self.assert_answer(wire.answer(), "AR", b"")
            self.assert_answer(wire.ask(message("ON")), "AA", "ON")
        archive.expect([message("ON")])

    def test_beyond_four_times_the_limit_the_connection_ends(self):
        server, archive = self.start_limited()
        with server.connect() as wire:
            wire.send(b"\x0b" + self.sized("ENDLESS", 4 * self.LIMIT + 1))
            self.assert_answer(wire.answer(), "AR", "ENDLESS")
            start = time.monotonic()
            with self.assertRaises(Closed):
                wire.answer()
            self.assertFalse(wire.was_reset, "the answer must not be lost to a reset")
            self.assertLess(time.monotonic() - start, stretched(2), "half-closed at once")
        archive.expect([])
        self.assert_accepts(server)

    def test_a_peer_that_sends_on_and_on_still_reads_its_answer(self):
        server, _ = self.start_limited()
        with server.connect() as wire:
            wire.send(b"\x0b" + message("FLOOD"))
            try:
                for _ in range(64):
                    wire.send(b"x" * 64 * KIB)
            except (ConnectionResetError, BrokenPipeError):
                self.fail("reset in mid-flood: linger must read on for a while")
            self.assert_answer(wire.answer(), "AR", "FLOOD")

    def test_memory_does_not_grow_with_what_is_thrown_away(self):
        server = self.start(MAX_FRAME_SIZE="16MiB", LOG_LEVEL="info")
        with server.connect() as wire:
            wire.send(b"\x0b" + message("BIG"))
            before = server.memory_bytes()
            for _ in range(60):
                wire.send(b"x" * MIB)
            wire.send(b"\x1c\r")
            self.assert_answer(wire.answer(), "AR", "BIG")
            self.assertLess(server.memory_bytes() - before, 24 * MIB)


class HalfClose(Scenario):
    def test_what_was_sent_is_answered(self):
        server, archive = self.start_with_archive()
        payloads = [message(fresh_id()) for _ in range(30)]
        with server.connect() as wire:
            wire.send_frame(*payloads)
            wire.half_close()
            self.assertEqual({one.code for one in wire.answers(30)}, {"AA"})
            wire.expect_closed()
        archive.expect(payloads)

    def test_a_peer_that_is_gone_costs_nothing_but_its_answers(self):
        server, archive = self.start_with_archive()
        payloads = [message(fresh_id()) for _ in range(30)]
        wire = server.connect()
        wire.send_frame(*payloads)
        archive.wait_for(1)
        wire.reset()
        self.assert_accepts(server)


class Connections(Scenario):
    def assert_refused(self, wire):
        wire.expect_closed(within=2)

    def test_at_most_so_many(self):
        server = self.start(MAX_CONNECTIONS="2")
        first, second = server.connect(), server.connect()
        self.assert_answer(first.ask(message()), "AA")
        self.assert_answer(second.ask(message()), "AA")
        with server.connect() as third:
            self.assert_refused(third)
        first.close()
        eventually("room for another", lambda: self.is_served(server))
        self.assert_answer(second.ask(message()), "AA")

    def test_at_most_so_many_of_one_address(self):
        server = self.start(MAX_CONNECTIONS_PER_IP="2")
        with server.connect() as first, server.connect() as second:
            self.assert_answer(first.ask(message()), "AA")
            self.assert_answer(second.ask(message()), "AA")
            with server.connect() as third:
                self.assert_refused(third)
            with server.connect(source="127.0.0.2") as other:
                self.assert_answer(other.ask(message()), "AA")
        eventually("room for another", lambda: self.is_served(server))

    def is_served(self, server):
        try:
            with server.connect() as wire:
                return wire.ask(message()).code == "AA"
        except (Closed, ConnectionError):
            return False

    def test_running_out_of_descriptors(self):
        server = self.server()
        server.descriptors = 64
        server.start()
        old = server.connect()
        self.assert_answer(old.ask(message()), "AA")
        crowd = [socket.create_connection(server.address(), 5) for _ in range(100)]
        self.assert_answer(old.ask(message()), "AA")
        cpu = server.cpu_seconds()
        time.sleep(0.5)
        self.assertLess(server.cpu_seconds() - cpu, stretched(0.3), "it spins on accept")
        for one in crowd:
            one.close()
        eventually("new ones are served again", lambda: self.is_served(server))
        self.assert_answer(old.ask(message()), "AA")


class InFlight(Scenario):
    """How much of a flood the server takes while its store takes nothing. The
    kernel's own buffers are part of it, so the frames are large."""

    KERNEL = 24 * MIB

    def taken(self, **settings):
        server = self.start(MIN_FREE=FULL, UNAVAILABLE_WAIT="4s", LOG_LEVEL="info", **settings)
        with server.connect(send_buffer=64 * KIB) as wire:
            flood = b"".join(frame(message(f"P{n}", size=MIB)) for n in range(48))
            taken = wire.push(flood)
            for n in range(taken // len(frame(message("P0", size=MIB)))):
                self.assert_answer(wire.answer(20), "AE", f"P{n}")
        return taken

    def test_beyond_max_in_flight_the_socket_is_not_read(self):
        self.assertLess(self.taken(MAX_IN_FLIGHT="2"), 2 * MIB + self.KERNEL)

    def test_up_to_max_in_flight_it_is(self):
        self.assertGreater(self.taken(MAX_IN_FLIGHT="64"), 47 * MIB)


    def test_one_in_flight_answers_a_pipeline_all_the_same(self):
        server, archive = self.start_with_archive(MAX_IN_FLIGHT="1")
        payloads = [message(fresh_id()) for _ in range(30)]
        with server.connect() as wire:
            wire.send_frame(*payloads)
            self.assertEqual({one.code for one in wire.answers(30)}, {"AA"})
        archive.expect(payloads)

    def test_a_peer_is_not_late_while_it_is_not_read(self):
        server = self.start(MIN_FREE=FULL, UNAVAILABLE_WAIT="2s", MAX_IN_FLIGHT="1",
                            FRAME_TIMEOUT="1s", IDLE_TIMEOUT="1s")
        second = frame(message("SECOND"))
        with server.connect() as wire:
            wire.send(frame(message("FIRST")) + second[:40])
            self.assert_answer(wire.answer(), "AE", "FIRST")
            wire.send(second[40:])
            self.assert_answer(wire.answer(), "AE", "SECOND")


class BufferedBytes(Scenario):
    def test_all_connections_share_the_limit(self):
        server = self.start(MAX_BUFFERED_BYTES="8MiB", MAX_FRAME_SIZE="2MiB", MIN_FREE=FULL,
                            UNAVAILABLE_WAIT="4s", LOG_LEVEL="info")
        before = server.memory_bytes()
        flood = b"".join(frame(message(f"F{n}", size=256 * KIB)) for n in range(40))
        wires = [server.connect(send_buffer=64 * KIB) for _ in range(8)]
        taken = [wire.push(flood, quiet=0.2) for wire in wires]
        self.assertGreater(sum(taken), 8 * MIB)
        # 80 MiB were offered; the allocator may keep some room that it has no use for.
        self.assertLess(server.memory_bytes() - before, 8 * MIB + 24 * MIB)
        for wire, octets in zip(wires, taken):
            for n in range(octets // len(frame(message("F0", size=256 * KIB)))):
                self.assert_answer(wire.answer(30), "AE")
            wire.close()

    def test_half_received_frames_cannot_block_each_other(self):
        server = self.start(MAX_BUFFERED_BYTES="4MiB", MAX_FRAME_SIZE="2MiB", LOG_LEVEL="info")
        payloads = [message(f"H{n}", size=1900 * KIB) for n in range(6)]
        wires = [server.connect(send_buffer=64 * KIB) for _ in payloads]
        taken = [wire.push(frame(payload)[:-900 * KIB], quiet=0.2)
                 for wire, payload in zip(wires, payloads)]
        unsent = [frame(payload)[octets:] for octets, payload in zip(taken, payloads)]
        self.finish_all(wires, unsent)
        for n, wire in enumerate(wires):
            self.assert_answer(wire.answer(20), "AA", f"H{n}")
            wire.close()

    def finish_all(self, wires, unsent):
        """All go on at once, each as fast as it is read."""
        deadline = time.monotonic() + stretched(20)
        while any(unsent) and time.monotonic() < deadline:
            for n, wire in enumerate(wires):
                unsent[n] = unsent[n][wire.push(unsent[n][:256 * KIB], quiet=0.01):]
        self.assertEqual([len(rest) for rest in unsent], [0] * len(wires))


class KeepAlive(Scenario):
    def test_probes_are_asked_for(self):
        server = self.start(KEEP_ALIVE_PERIOD="40s")
        with server.connect() as wire:
            wire.ask(message())
            timer, seconds = self.timer(server.address()[1], wire.socket.getsockname()[1])
        self.assertEqual(timer, "02", "the kernel's keep-alive timer runs")
        self.assertLessEqual(seconds, 41)
        self.assertGreater(seconds, 20)

    @staticmethod
    def timer(local_port, remote_port):
        """Kind and remaining seconds of the timer of the server's end."""
        with open("/proc/net/tcp", encoding="ascii") as table:
            for line in table.readlines()[1:]:
                fields = line.split()
                ports = [int(end.split(":")[1], 16) for end in fields[1:3]]
                if ports == [local_port, remote_port]:
                    kind, ticks = fields[5].split(":")
                    return kind, int(ticks, 16) / os.sysconf("SC_CLK_TCK")
        raise AssertionError("connection not found")


if __name__ == "__main__":
    unittest.main()
