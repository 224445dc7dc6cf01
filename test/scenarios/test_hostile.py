"""Hostile peers beside honest ones: who is slow or mad costs nothing that matters."""

import multiprocessing
import os
import platform
import random
import re
import select
import selectors
import signal
import socket
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

from harness.certificates import Authority, server_settings
from harness.drops import append_connector
from harness.eventually import SLOWNESS, eventually, stretched
from harness.load import Load
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.tls_wire import TlsWire, client_context
from harness.trace import Strace

HOSTILE = int(os.environ.get("MLLP_HOSTILE", "300"))
SECONDS = float(os.environ.get("MLLP_HOSTILE_SECONDS", "6"))
FORK = multiprocessing.get_context("fork")
# Of the pace beside a discard server. The promise is 0.8, on a machine that has nothing
# else to do (scripts/test.sh --soak asks for it); less is asked of one that has.
SHARE = float(os.environ.get("MLLP_HOSTILE_SHARE", "0.5"))
BYTES_A_SECOND = 20 << 20
CONNECTS_A_SECOND = 500


class Attack:
    """Many kinds of bad peers in a process of their own, so that they take nothing from
    the honest ones of this one; capped in octets and in connects.
    """

    KINDS = ["slow", "garbage", "half", "endless", "never_reads", "storm", "stall"]

    def __init__(self, address, tls_address, count):
        self.addresses = {"tls": tls_address, "plain": address}
        self.count = count
        self.ends = FORK.Event()
        self.process = FORK.Process(target=self._run, daemon=True)
        self.sockets = {}
        self.vacant = []  # kinds that are to connect
        self.bytes = self.connects = 0
        self.ended = dict.fromkeys(self.KINDS, 0)  # by the server
        self.oldest = dict.fromkeys(self.KINDS, 0.0)  # seconds that one was let be
        self.told = FORK.SimpleQueue()  # all these, for the parent
        self.started = None

    def __enter__(self):
        self.started = time.monotonic()
        self.process.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.bytes, self.connects, self.ended, self.oldest = self.told.get()
        self.process.join(stretched(20))
        self.process.kill()

    def _allowed(self, done, rate):
        return done < rate * (time.monotonic() - self.started + 0.1)

    def _run(self):
        chosen = random.Random(7)
        kinds = [kind for kind in self.KINDS if kind != "stall" or self.addresses["tls"]]
        self.vacant = [kinds[index % len(kinds)] for index in range(self.count)]
        while not self.ends.is_set():
            while self.vacant and self._allowed(self.connects, CONNECTS_A_SECOND):
                self._connect(self.vacant.pop())
            for sock, state in list(self.sockets.items()):
                self._act(sock, state, chosen)
            time.sleep(0.01)
        for state in self.sockets.values():
            self._note_age(state)
        self.told.put((self.bytes, self.connects, self.ended, self.oldest))

    def _connect(self, kind):
        self.connects += 1
        sock = socket.socket()
        sock.setblocking(False)
        if kind == "never_reads":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.connect_ex(self.addresses["tls" if kind == "stall" else "plain"])
        self.sockets[sock] = {"kind": kind, "sent": 0, "at": 0.0, "since": time.monotonic()}

    def _note_age(self, state):
        age = time.monotonic() - state["since"]
        self.oldest[state["kind"]] = max(self.oldest[state["kind"]], age)

    def _drop(self, sock, by_server=True):
        state = self.sockets.pop(sock)
        self._note_age(state)
        self.ended[state["kind"]] += by_server
        self.vacant.insert(0, state["kind"])  # another of its kind comes
        sock.close()

    def _act(self, sock, state, chosen):
        now = time.monotonic()
        kind = state["kind"]
        if kind == "storm" and state["sent"]:
            return self._drop(sock, by_server=False)
        if kind in ("slow", "half", "stall") and now - state["at"] < 0.2:
            return None
        floods = kind in ("garbage", "endless", "never_reads")
        if floods and not self._allowed(self.bytes, BYTES_A_SECOND):
            return None
        state["at"] = now
        try:
            if kind != "never_reads" and sock.recv(65536) == b"":
                return self._drop(sock)
        except BlockingIOError:
            pass
        except OSError:
            return self._drop(sock)
        octets = self._octets(kind, state, chosen)
        try:
            sent = sock.send(octets) if octets else 0
        except BlockingIOError:
            return None
        except OSError:
            return self._drop(sock)
        state["sent"] += sent
        self.bytes += sent
        return None

    @staticmethod
    def _octets(kind, state, chosen):
        if kind == "slow":
            return (b"\x0b" + message())[state["sent"]:state["sent"] + 1]
        if kind == "garbage":
            return chosen.randbytes(4096).replace(b"\x0b", b"x")
        if kind == "half":
            return b"" if state["sent"] else b"\x0bMSH|^~\\&|half"
        if kind == "endless":
            return (b"" if state["sent"] else b"\x0bMSH|^~\\&|") + b"z" * 16384
        if kind == "never_reads":
            return frame(message()) * 20
        if kind == "stall":
            return b"" if state["sent"] else b"\x16\x03\x01\x02\x00"
        return b"x"


class Discard:
    """A server that reads and forgets; for the attack, it is one as good as ours."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        self.ends = FORK.Event()
        self.process = FORK.Process(target=self._run, daemon=True)
        self.process.start()

    def _run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while not self.ends.is_set():
            for key, _ in selector.select(0.05):
                try:
                    if key.fileobj is self.listener:
                        sock, _ = self.listener.accept()
                        sock.setblocking(False)
                        selector.register(sock, selectors.EVENT_READ)
                    elif not key.fileobj.recv(1 << 18):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                except OSError:
                    pass

    def close(self):
        self.ends.set()
        self.process.join(stretched(20))
        self.process.kill()
        self.listener.close()


class Highest:
    """The highest of a figure while the block runs."""

    def __init__(self, measure):
        self.measure = measure
        self.value = 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()

    def _run(self):
        while not self.ends.wait(0.1):
            self.value = max(self.value, self.measure())


class Hostile(Scenario):
    HONEST = 20
    DEADLINE = 8  # the longest of those below, the wait for the peer's end, and slack

    def start_both(self, **settings):
        self.authority = Authority(self.folder / "ca")
        tls = server_settings(self.authority)
        server = self.server(
            "listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
            "  - name: tls\n    address: 127.0.0.1:0\n"
            f"    tls_cert_file: {tls['TLS_CERT_FILE']}\n    tls_key_file: {tls['TLS_KEY_FILE']}\n",
            **{"IDLE_TIMEOUT": "3s", "FRAME_TIMEOUT": "3s", "WRITE_TIMEOUT": "2s",
               "CONNECT_TIMEOUT": "2s", "MAX_FRAME_SIZE": "1MiB", "MAX_BUFFERED_BYTES": "32MiB",
               "MAX_HANDSHAKES": "100", "LOG_LEVEL": "info", **settings})
        server.listeners = 2
        return server.start()

    def honest_rate(self, server):
        load = Load(server.address(), self.HONEST, 1, lambda *_: self._message())
        try:
            start = time.monotonic()
            load.run(SECONDS)
            self.assertEqual(load.faults(), [])
            answered = load.count("AA")
            self.assertEqual(answered, sum(len(one.codes) for one in load.senders))
            return answered / (time.monotonic() - start)
        finally:
            load.close()

    @staticmethod
    def _message():
        control_id = fresh_id("HON")
        return control_id, message(control_id)

    @staticmethod
    def descriptors(server):
        """All but those of the store's files, which it opens when it first needs them."""
        return Counter(one for one in server.open_files() if "/data/" not in one)

    def test_honest_ones_keep_their_pace(self):
        server = self.start_both()
        self.assert_accepts(server)
        before = self.descriptors(server)
        memory = server.memory_bytes()
        discard = Discard()
        try:
            with Attack(discard.address, None, HOSTILE):
                time.sleep(0.5)
                beside_discard = self.honest_rate(server)
        finally:
            discard.close()
        with Attack(server.address(), server.address("tls"), HOSTILE) as attack, \
                Highest(server.memory_bytes) as highest:
            time.sleep(0.5)
            beside_us = self.honest_rate(server)
            # Until each kind has met its deadline at least once.
            time.sleep(stretched(max(0.0, self.DEADLINE + 1 - SECONDS)))
        self.assertGreater(attack.connects, HOSTILE)
        for kind in Attack.KINDS:
            if kind == "storm":
                continue  # these leave by themselves
            self.assertGreater(attack.ended[kind], 0, f"{kind}: never ended by the server")
            self.assertLess(attack.oldest[kind], stretched(self.DEADLINE), kind)
        if SLOWNESS == 1:
            self.assertGreater(beside_us, SHARE * beside_discard)
            self.assertLess(highest.value, memory + (1.25 * 32 + 32) * (1 << 20))
        def more():
            return self.descriptors(server) - before
        try:
            eventually("descriptors are where they were", lambda: not more(), within=10)
        except AssertionError:
            self.fail("still open: " + ", ".join(sorted(more().elements())))
        self.assert_accepts(server)
        print(f"\nhonest messages a second: beside a discard server {beside_discard:.0f}, "
              f"beside us {beside_us:.0f}; {attack.connects} hostile connects, "
              f"{attack.bytes >> 20} MiB, memory {memory >> 20} to {highest.value >> 20} MiB\n"
              f"ended by the server {attack.ended}, at the latest after "
              f"{max(attack.oldest.values()):.1f} s")

    def test_every_hostile_one_is_gone_after_its_deadline(self):
        server = self.start_both()
        wires = [server.connect() for _ in range(3)] + [server.connect("tls")]
        wires[1].send(b"\x0bMSH|")
        wires[2].send(b"x" * 100)
        wires[3].send(b"\x16\x03\x01")
        for wire in wires:
            self.assertLess(wire.expect_closed(within=6), stretched(5))

    def test_handshakes_that_stall_make_way(self):
        server = self.start_both(CONNECT_TIMEOUT="60s", THREADS="2")
        stalled = [server.connect("tls") for _ in range(150)]

        def gone():
            ready = select.select([wire.socket for wire in stalled], [], [], 0)[0]
            return [index for index, wire in enumerate(stalled) if wire.socket in ready]

        eventually("all above MAX_HANDSHAKES have made way", lambda: len(gone()) >= 50, within=8)
        self.assertEqual(len(gone()), 50)
        self.assertLess(max(gone()), 100, "each network thread lets go of its oldest")
        context = client_context(self.authority)
        with TlsWire(server.address("tls"), context) as wire:
            self.assert_answer(wire.ask(message("X")), "AA", "X")

    def test_an_unfinished_frame_is_told(self):
        server = self.start(IDLE_TIMEOUT="20s", FRAME_TIMEOUT="20s")
        with server.connect() as wire:
            wire.send(b"\x0b" + message("OPEN"))
            told = eventually("the unfinished frame in the log",
                              lambda: server.events("frame_unfinished"), within=12)[0]
            self.assertGreaterEqual(told["waiting_bytes"], 100)
            self.assertGreaterEqual(told["seconds"], 5)
            wire.send(b"\x1c\r")
            self.assert_answer(wire.answer(), "AA", "OPEN")

    def test_the_rate_limit_holds_and_loses_nothing(self):
        server = self.start(RATE_LIMIT="20")
        with server.connect() as wire:
            start = time.monotonic()
            ids = [fresh_id("R") for _ in range(60)]
            wire.send_frame(*(message(one) for one in ids))
            for one in ids:
                self.assert_answer(wire.answer(), "AA", one)
            self.assertGreater(time.monotonic() - start, 1.8)

    def test_beyond_what_can_wait_it_is_ae(self):
        server = self.start(RATE_LIMIT="1", UNAVAILABLE_WAIT="1s")
        wires = [server.connect() for _ in range(5)]
        for wire in wires:
            wire.send_frame(message())
        codes = sorted(wire.answer().code for wire in wires)
        self.assertEqual(codes, ["AA", "AA", "AE", "AE", "AE"])

    def test_networks_that_may_not_connect(self):
        server = self.start(ALLOW_FROM="192.0.2.0/24, ::1")
        server.connect().expect_closed()

    def test_http_on_the_port(self):
        server = self.start()
        with server.connect() as wire:
            wire.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            wire.expect_closed()
        closed = eventually("the end in the log", lambda: server.events("connection_closed"))
        self.assertEqual((closed[0]["reason"], closed[0]["level"]), ("http_request", "debug"))


class Process(Scenario):
    @staticmethod
    def proc(server, name):
        return Path(f"/proc/{server.process.pid}/{name}").read_text(encoding="ascii")

    def test_files_and_memory_are_ours_alone(self):
        server, archive = self.start_with_archive()
        with server.connect() as wire:
            wire.ask(message())
        eventually("the delivery", archive.octets)
        for folder, _, names in os.walk(server.folder / "data"):
            for name in names:
                mode = os.stat(os.path.join(folder, name)).st_mode & 0o777
                self.assertEqual(mode & 0o077, 0, name)
        limits = self.proc(server, "limits")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertEqual(int(self.proc(server, "coredump_filter"), 16), 0)
        status = self.proc(server, "status")
        self.assertRegex(status, r"NoNewPrivs:\s+1")
        effective = int(status.split("CapEff:")[1].split()[0], 16)
        admin, network, trace = 1 << 21, 1 << 12, 1 << 19
        self.assertEqual(effective & (admin | network | trace), 0)

    @unittest.skipUnless(SLOWNESS == 1, "a sanitizer asks for more")
    @unittest.skipUnless(platform.machine() == "x86_64", "other machines have other calls")
    def test_it_asks_the_kernel_for_no_more_than_the_page_says(self):
        page = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
        allowed = set(page.split("```text system calls\n")[1].split("```")[0].split())
        authority = Authority(self.folder / "ca")
        tls = server_settings(authority)
        archive = self.folder / "out" / "archive.mllp"
        archive.parent.mkdir()
        server = self.server(
            "listeners:\n  - name: default\n    address: 127.0.0.1:0\n"
            "  - name: tls\n    address: 127.0.0.1:0\n"
            f"    tls_cert_file: {tls['TLS_CERT_FILE']}\n    tls_key_file: {tls['TLS_KEY_FILE']}\n"
            "connectors:\n" + append_connector(archive) +
            f"  - name: files\n    type: file\n    directory: {archive.parent}\n"
            "  - name: down\n    type: mllp\n    address: localhost:1\n")
        server.listeners = 2
        strace = Strace(server.start(), self.folder / "calls.txt", calls="all")
        try:
            with server.connect() as wire, \
                    TlsWire(server.address("tls"), client_context(authority)) as tls_wire:
                for one in (wire, tls_wire):
                    self.assertEqual(one.ask(message()).code, "AA")
            eventually("the delivery", archive.exists)
            eventually("the dead target in the log", lambda: "connect to" in server.log_text())
            server.signal(signal.SIGHUP)
            eventually("the reload", lambda: server.events("certificates_reloaded"))
            server.stop()
        finally:
            strace.detach()
        asked = set(re.findall(r"^\d+ +([a-z]\w*)\(", strace.text(), re.M))
        self.assertIn("fdatasync", asked)
        self.assertEqual(asked - allowed, set())

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_becomes_another_user(self):
        os.chmod(self.folder, 0o755)
        folder = self.folder / "data"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        server = self.start(RUN_AS="nobody")
        self.assert_accepts(server)
        status = self.proc(server, "status")
        self.assertEqual(status.split("Uid:")[1].split()[:4], ["65534"] * 4)
        self.assertEqual(int(status.split("CapPrm:")[1].split()[0], 16), 0)


if __name__ == "__main__":
    unittest.main()
