"""TLS as real peers see it: who is let in, what is offered, and renewal under load."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness.certificates import Authority, server_settings
from harness.eventually import SLOWNESS, eventually, stretched
from harness.hl7 import acknowledge
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.server import run
from harness.tls_wire import TlsWire, client_context

# Under a sanitizer every handshake takes several times as long.
SWAPS = int(os.environ.get("MLLP_CERTIFICATE_SWAPS", "200" if SLOWNESS == 1 else "30"))


class TlsScenario(Scenario):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "ca")

    def start_tls(self, **settings):
        return self.start(**server_settings(self.authority, **settings))

    def start_mutual(self, **settings):
        return self.start_tls(TLS_CLIENT_CA=self.authority.ca, **settings)

    def wire(self, server, name=None, **options):
        return TlsWire(server.address(), client_context(self.authority, name, **options))

    def assert_comes_in(self, server, name=None, **options):
        control_id = fresh_id("IN")
        with self.wire(server, name, **options) as wire:
            self.assert_answer(wire.ask(message(control_id)), "AA", control_id)

    def assert_stays_out(self, server, fault, name=None):
        before = len(server.events("tls_handshake_failed"))
        with self.assertRaises((OSError, EOFError)):
            with self.wire(server, name) as wire:
                wire.ask(message())
        eventually("the failed handshake in the log",
                   lambda: len(server.events("tls_handshake_failed")) > before)
        self.assertEqual(server.events("tls_handshake_failed")[-1]["fault"], fault)

    def s_client(self, server, *options):
        """What `openssl s_client` makes of it: (handshake stands, all that it printed)."""
        host, port = server.address()
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", self.authority.ca,
             *options], input=b"", capture_output=True, check=False, timeout=stretched(20))
        text = (done.stdout + done.stderr).decode(errors="replace")
        stands = "Cipher is (NONE)" not in text and "Verify return code: 0" in text
        return stands, text


class Offered(TlsScenario):
    # What a scanner would find. The security level 0 makes s_client offer it at all.
    TABLE = [
        (("-tls1_3",), True),
        (("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"), True),
        (("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"), True),
        (("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"), True),
        (("-tls1_2",), True),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), True),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"), True),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"), True),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), False),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"), False),
        (("-tls1_2", "-cipher", "AES128-GCM-SHA256"), False),
        (("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"), False),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"), False),
        (("-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"), False),
        (("-tls1_2", "-cipher", "PSK:@SECLEVEL=0"), False),
        (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), False),
        (("-tls1", "-cipher", "ALL:@SECLEVEL=0"), False),
    ]

    def test_the_table(self):
        server = self.start_tls()
        for options, offered in self.TABLE:
            with self.subTest(" ".join(options)):
                stands, text = self.s_client(server, *options)
                self.assertEqual(stands, offered, text[-2000:])
        _, text = self.s_client(server, "-tls1_2")
        self.assertIn("Compression: NONE", text)
        self.assert_comes_in(server)

    def test_the_least_version(self):
        server = self.start_tls(TLS_MIN_VERSION="1.3")
        self.assertFalse(self.s_client(server, "-tls1_2")[0])
        self.assertTrue(self.s_client(server, "-tls1_3")[0])

    def test_renegotiation_is_refused(self):
        server = self.start_tls()
        host, port = server.address()
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", self.authority.ca,
             "-tls1_2"], input=b"R\n", capture_output=True, check=False, timeout=stretched(20))
        self.assertIn(b"renegotiation", done.stdout + done.stderr)
        self.assert_comes_in(server)

    def test_resumption(self):
        server = self.start_tls()
        context = client_context(self.authority)
        with TlsWire(server.address(), context) as wire:
            wire.ask(message())
            session = wire.socket.session
        with TlsWire(server.address(), context, session=session) as wire:
            self.assertTrue(wire.socket.session_reused)
            self.assert_answer(wire.ask(message("AGAIN")), "AA", "AGAIN")

    def test_the_server_name_chooses(self):
        self.authority.issue("server")
        self.authority.issue("other", names="DNS:*.other.example.org")
        def both(ending):
            return ", ".join(self.authority.path(f"{name}.{ending}")
                             for name in ("server", "other"))

        server = self.start(TLS_CERT_FILE=both("pem"), TLS_KEY_FILE=both("key"))
        for name in ("a.other.example.org", "localhost"):
            with TlsWire(server.address(), client_context(self.authority), name) as wire:
                self.assert_answer(wire.ask(message("X")), "AA", "X")


class Clients(TlsScenario):
    def test_who_comes_in(self):
        for name in ("good", "lost"):
            self.authority.issue(name)
        self.authority.issue("old", ends="210101000000Z")
        server = self.start_mutual(TLS_CRL_FILE=self.authority.revoke("lost"))
        self.assert_comes_in(server, "good")
        self.assert_stays_out(server, "no_certificate")
        self.assert_stays_out(server, "expired", "old")
        self.assert_stays_out(server, "revoked", "lost")
        other = Authority(self.folder / "other", "Other CA")
        other.issue("good")
        other.ca = self.authority.ca
        with self.assertRaises((OSError, EOFError)):
            with TlsWire(server.address(), client_context(other, "good")) as wire:
                wire.ask(message())
        eventually("the stranger in the log", lambda: any(
            event["fault"] == "untrusted" for event in server.events("tls_handshake_failed")))
        self.assert_comes_in(server, "good")

    def test_only_the_named(self):
        self.authority.issue("a", "Analyser A", names="DNS:a.lab,URI:urn:a")
        self.authority.issue("b", "Analyser B", names="DNS:b.lab")
        server = self.start_mutual(TLS_CLIENT_NAMES="A.LAB")
        self.assert_comes_in(server, "a")
        self.assert_stays_out(server, "name", "b")
        opened = server.events("connection_opened")
        self.assertIn("CN=Analyser A", [event.get("tls_identity") for event in opened])

    def test_plain_octets_and_silence_do_not_fill_the_log(self):
        server = self.start_tls(LOG_LEVEL="info", CONNECT_TIMEOUT="1s")
        for octets in (b"", frame(message()), b"GET / HTTP/1.1\r\n\r\n"):
            with server.connect() as wire:
                wire.send(octets)
                if octets:
                    wire._read_more(time.monotonic() + stretched(5))
        stalled = server.connect()
        stalled.send(b"\x16\x03\x01")
        stalled.expect_closed(within=5)
        eventually("the stalled one in the log", lambda: server.events("tls_handshake_failed"))
        self.assertEqual([event["fault"] for event in server.events("tls_handshake_failed")],
                         ["timeout"])


class Renewal(TlsScenario):
    # What stands in the files for a moment: octets, another's file, or no file at all.
    BAD = [
        {"server.key": b"not a key\n"},
        {"server.key": "client.key"},
        {"server.pem": "expired.pem", "server.key": "expired.key"},
        {"server.pem": b""},
        {"server.pem": None},
        {"ca.pem": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        {"crl.pem": b"no list\n"},
    ]

    def test_swapped_under_load_nobody_notices(self):
        server = self.start_mutual(TLS_CRL_FILE=self.authority.revoke())
        self.authority.issue("client")
        self.authority.issue("expired", ends="210101000000Z")
        context = client_context(self.authority, "client")
        kept = [TlsWire(server.address(), context) for _ in range(4)]
        faults, ends, handshakes = [], threading.Event(), [0]

        def talk(wire):
            try:
                while not ends.is_set():
                    if wire.ask(message()).code != "AA":
                        raise AssertionError("not AA")
            except (OSError, EOFError, AssertionError) as error:
                faults.append(f"kept: {error!r}")

        def come_and_go():
            while not ends.is_set():
                try:
                    with TlsWire(server.address(), context) as wire:
                        wire.ask(message())
                        handshakes[0] += 1
                except (OSError, EOFError) as error:
                    faults.append(f"new: {error!r}")

        threads = [threading.Thread(target=talk, args=(wire,)) for wire in kept]
        threads += [threading.Thread(target=come_and_go) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(SWAPS):
                self.authority.issue("server", f"Server {number}")
                self.reload(server, "certificates_reloaded")
                if number % 5 == 2:
                    self.swap_in_a_bad_one(server, self.BAD[number // 5 % len(self.BAD)])
        finally:
            ends.set()
            for thread in threads:
                thread.join(stretched(20))
            for wire in kept:
                wire.close()
        self.assertEqual(faults, [])
        self.assertGreater(handshakes[0], SWAPS)

    def reload(self, server, event):
        before = len(server.events(event))
        server.signal(signal.SIGHUP)
        eventually(event, lambda: len(server.events(event)) > before, every=0.02)

    def swap_in_a_bad_one(self, server, files):
        for name, octets in files.items():
            path = self.authority.path(name)
            shutil.copy(path, path + ".kept")
            if octets is None:
                os.remove(path)
                continue
            if isinstance(octets, str):
                octets = Path(self.authority.path(octets)).read_bytes()
            Path(path + ".bad").write_bytes(octets)
            os.rename(path + ".bad", path)
        self.reload(server, "certificates_refused")
        for name in files:
            path = self.authority.path(name)
            os.rename(path + ".kept", path)

    def subject(self, server):
        with self.wire(server) as wire:
            return dict(part[0] for part in wire.socket.getpeercert()["subject"])["commonName"]

    def test_a_changed_file_is_seen_without_a_signal(self):
        self.authority.issue("server", "First")
        server = self.start_tls()
        self.assertEqual(self.subject(server), "First")
        self.authority.issue("server", "Second")
        eventually("the second certificate", lambda: self.subject(server) == "Second", every=0.2)

    def test_a_bad_set_leaves_the_old_one(self):
        self.authority.issue("server", "First")
        server = self.start_tls()
        self.authority.issue("server", "Old", ends="210101000000Z")
        self.reload(server, "certificates_refused")
        self.assertIn("expired", server.events("certificates_refused")[-1]["reason"])
        self.assertEqual(self.subject(server), "First")
        self.authority.issue("server", "Third")
        self.reload(server, "certificates_reloaded")
        self.assertEqual(self.subject(server), "Third")

    def test_what_ends_soon_is_told_once_a_day(self):
        soon = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 5.5 * 86400))
        self.authority.issue("server", "Own", ends=soon)
        self.authority.issue("client", "Partner", ends=soon)
        server = self.start_mutual()
        for _ in range(3):
            self.assert_comes_in(server, "client")
        self.reload(server, "certificates_reloaded")
        told = [(one["of"], one["subject"], one["days"], one["level"])
                for one in server.events("certificate_ends")]
        self.assertEqual(told, [("us", "CN=Own", 5, "warning"),
                                ("a partner", "CN=Partner", 5, "warning")])

    def test_revoked_since_the_last_connection(self):
        for name in ("good", "lost"):
            self.authority.issue(name)
        server = self.start_mutual(TLS_CRL_FILE=self.authority.revoke())
        context = client_context(self.authority, "lost")
        with TlsWire(server.address(), context) as wire:
            wire.ask(message())
            session = wire.socket.session
        self.authority.revoke("lost")
        self.reload(server, "certificates_reloaded")
        with self.assertRaises((OSError, EOFError)):
            with TlsWire(server.address(), context, session=session) as wire:
                wire.ask(message())
        self.assert_comes_in(server, "good")


class Commands(TlsScenario):
    def test_send_and_bench(self):
        self.authority.issue("client")
        server = self.start_mutual()
        host, port = server.address()
        own = ["--ca", self.authority.ca, "--cert", self.authority.path("client.pem"), "--key",
               self.authority.path("client.key"), "--to", f"{host}:{port}"]
        file = self.folder / "one.hl7"
        file.write_bytes(message("ONE"))
        code, shown, told = run("send", *own, file)
        self.assertEqual(code, 0, shown + told)
        code, shown, told = run("bench", *own, "-c", 8, "-n", 500, "--warm-up", "0")
        self.assertEqual(code, 0, shown + told)
        code, shown, told = run("send", "--ca", self.authority.ca, "--to", f"{host}:{port}",
                                "--retries", 0, file)
        self.assertEqual(code, 1)
        self.assertIn("wants a client certificate", shown + told)

    def test_probe_says_why(self):
        self.authority.issue("client")
        server = self.start_mutual()
        plain = self.server(folder=self.folder / "plain").start()
        where = ":".join(map(str, server.address()))
        ca = ["--ca", self.authority.ca]
        own = ["--cert", self.authority.path("client.pem"), "--key",
               self.authority.path("client.key")]
        rows = [
            ([where, *ca, *own], 0, "the handshake stands: TLSv1.3"),
            ([where, *ca], 1, "wants a client certificate, and none was shown"),
            ([where, *own], 1, "none of the trusted authorities has signed"),
            ([where, *ca, *own, "--server-name", "elsewhere"], 1, "not a certificate for the name"),
            ([":".join(map(str, plain.address())), *ca, "--timeout", "2s"], 1, "no TLS connection"),
            (["127.0.0.1:1", *ca], 1, "refused"),
        ]
        for arguments, wanted, text in rows:
            with self.subTest(arguments):
                code, shown, told = run("certs", "probe", *arguments)
                self.assertEqual(code, wanted, shown + told)
                self.assertIn(text, shown.lower() if text == "refused" else shown)

    def test_check_says_what_is_configured(self):
        settings = server_settings(self.authority, TLS_CLIENT_CA=self.authority.ca)
        code, shown, told = run("certs", "check", folder=self.folder, **settings)
        self.assertEqual(code, 0, shown + told)
        self.assertIn("CN=server", shown)
        self.authority.issue("soon", ends=time.strftime("%y%m%d%H%M%SZ",
                                                        time.gmtime(time.time() + 5 * 86400)))
        (self.folder / "config.yaml").write_text(
            f"connectors:\n  - name: lab\n    type: mllp\n    address: localhost:1\n"
            f"    tls: {{ca: {self.authority.ca}, cert: {self.authority.path('soon.pem')}, "
            f"key: {self.authority.path('soon.key')}}}\n", encoding="utf-8")
        code, shown, told = run("certs", "check", folder=self.folder, **settings)
        self.assertEqual(code, 1, shown + told)
        self.assertIn("connector lab, mllp to localhost:1", shown)
        self.assertIn("WRONG: CN=soon ends in 4 days", shown)
        os.remove(self.folder / "config.yaml")
        for change, wrong in (({"TLS_KEY_FILE": self.authority.ca}, "no private key"),
                              (server_settings(self.authority, "soon"), "ends in"),
                              ({"TLS_CLIENT_NAMES": "sha256:1"}, "64 hexadecimal")):
            with self.subTest(wrong):
                code, shown, told = run("certs", "check", folder=self.folder,
                                        **{**settings, **change})
                self.assertEqual(code, 1, shown + told)
                self.assertIn("WRONG", shown)
                self.assertIn(wrong, shown)


class Connector(TlsScenario):
    def serve(self, name, ask_for_client):
        """One connection after the other, AA to each message. Its port, and what came."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.path(f"{name}.pem"),
                                self.authority.path(f"{name}.key"))
        context.load_verify_locations(self.authority.ca)
        if ask_for_client:
            context.verify_mode = ssl.CERT_REQUIRED
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        came = []

        def serve():
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as sock:
                        rest = b""
                        while octets := sock.recv(65536):
                            *frames, rest = (rest + octets).split(b"\x1c\r")
                            for one in frames:
                                came.append(one[1:])
                                sock.sendall(frame(acknowledge(one[1:])))
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1], came

    def test_delivers_over_tls_with_its_own_certificate(self):
        for name in ("target", "own"):
            self.authority.issue(name)
        port, came = self.serve("target", True)
        server = self.start(
            f"connectors:\n  - name: lab\n    type: mllp\n    address: localhost:{port}\n"
            f"    tls: {{ca: {self.authority.ca}, cert: {self.authority.path('own.pem')}, "
            f"key: {self.authority.path('own.key')}}}\n")
        payload = message("OVER")
        with server.connect() as wire:
            self.assert_answer(wire.ask(payload), "AA", "OVER")
        eventually("the delivery", lambda: came == [payload])

    def test_certificates_of_both_ends_are_told_before_they_end(self):
        soon = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 5.5 * 86400))
        for name in ("target", "own"):
            self.authority.issue(name, ends=soon)
        port, came = self.serve("target", True)
        server = self.start(
            f"connectors:\n  - name: lab\n    type: mllp\n    address: localhost:{port}\n"
            f"    tls: {{ca: {self.authority.ca}, cert: {self.authority.path('own.pem')}, "
            f"key: {self.authority.path('own.key')}}}\n")
        with server.connect() as wire:
            wire.ask(message())
        eventually("the delivery", lambda: len(came) == 1)
        told = {(one["of"], one["where"], one["subject"])
                for one in server.events("certificate_ends")}
        self.assertEqual(told, {("us", "connector lab", "CN=own"),
                                ("a partner", "connector lab", "CN=target")})

    def test_does_not_deliver_to_a_stranger(self):
        other = Authority(self.folder / "other", "Other CA")
        other.issue("target")
        for ending in ("pem", "key"):
            shutil.copy(other.path(f"target.{ending}"), self.authority.path(f"target.{ending}"))
        port, came = self.serve("target", False)
        server = self.start(
            f"connectors:\n  - name: lab\n    type: mllp\n    address: localhost:{port}\n"
            f"    tls: {{ca: {self.authority.ca}}}\n")
        with server.connect() as wire:
            wire.ask(message("OVER"))
        eventually("the reason in the log",
                   lambda: "none of the trusted authorities has signed" in server.log_text())
        self.assertEqual(came, [])


if __name__ == "__main__":
    unittest.main()
