"""What stands between us and the peers: haproxy, stunnel, and python-hl7's sender."""

import importlib.util
import shutil
import socket
import subprocess
import time
import unittest

from harness.balancer import Haproxy as Balancer, free_port
from harness.certificates import Authority, server_settings
from harness.eventually import eventually, stretched
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.tls_wire import TlsWire, client_context
from harness.wire import Wire

V2 = b"\r\n\r\n\x00\r\nQUIT\n"


class Peers(Scenario):
    def run_peer(self, port, *command):
        """A program that listens on this port once it is ready; ended with the test."""
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def listens():
            if process.poll() is not None:
                raise AssertionError(f"{command} ended with {process.returncode}")
            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", port)) == 0

        eventually(f"{command[0]} listens", listens)

    def ask_through(self, port):
        control_id = fresh_id("VIA")
        with Wire(("127.0.0.1", port)) as wire:
            self.assert_answer(wire.ask(message(control_id)), "AA", control_id)


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is missing")
class Haproxy(Peers):
    def test_the_real_address_comes_through_and_checks_are_quiet(self):
        server = self.start(PROXY_PROTOCOL="true", PROXY_FROM="127.0.0.1", LOG_LEVEL="debug")
        balancer = Balancer(self.folder, [
            f"127.0.0.1:{server.address()[1]} send-proxy-v2 check inter 100ms"])
        self.addCleanup(balancer.close)
        with Wire(("127.0.0.1", balancer.port)) as wire:
            wire.ask(message("M"))
            own = "127.0.0.1:%d" % wire.socket.getsockname()[1]
            opened = [event["peer"] for event in server.events("connection_opened")]
            self.assertIn(own, opened)
        time.sleep(1)  # ten checks and more
        self.assertEqual(server.events("proxy_header_refused"), [])
        loud = [event for event in server.events("connection_closed")
                if event["level"] != "debug"]
        self.assertEqual(loud, [])


@unittest.skipUnless(shutil.which("stunnel4"), "stunnel4 is missing")
class Stunnel(Peers):
    def tunnel(self, port, *lines):
        (self.folder / "stunnel.conf").write_text(
            "foreground = yes\npid =\n[t]\n" + f"accept = 127.0.0.1:{port}\n" + "\n".join(lines)
            + "\n", encoding="ascii")
        self.run_peer(port, "stunnel4", "stunnel.conf")

    def test_as_a_client(self):
        authority = Authority(self.folder / "ca")
        authority.issue("client")
        server = self.start(**server_settings(authority, TLS_CLIENT_CA=authority.ca))
        port = free_port()
        self.tunnel(port, "client = yes", f"connect = 127.0.0.1:{server.address()[1]}",
                    f"CAfile = {authority.ca}", "verifyChain = yes", "checkIP = 127.0.0.1",
                    f"cert = {authority.path('client.pem')}",
                    f"key = {authority.path('client.key')}")
        self.ask_through(port)
        if importlib.util.find_spec("hl7"):
            file = self.folder / "m.hl7"
            file.write_bytes(b"\x0b" + message("PY") + b"\x1c\r")
            done = subprocess.run(["mllp_send", "--file", str(file), "--port", str(port),
                                   "127.0.0.1"], capture_output=True, check=False,
                                  timeout=stretched(20))
            self.assertIn(b"MSA|AA|PY", done.stdout, done.stderr)

    def test_as_a_server_in_front_with_its_proxy_header(self):
        authority = Authority(self.folder / "ca")
        authority.issue("front")
        server = self.start(PROXY_PROTOCOL="true", PROXY_FROM="127.0.0.1")
        port = free_port()
        self.tunnel(port, f"connect = 127.0.0.1:{server.address()[1]}", "protocol = proxy",
                    f"cert = {authority.path('front.pem')}", f"key = {authority.path('front.key')}")
        with TlsWire(("127.0.0.1", port), client_context(authority)) as wire:
            own = "127.0.0.1:%d" % wire.socket.getsockname()[1]
            self.assert_answer(wire.ask(message("VIA")), "AA", "VIA")
        self.assertIn(own, [event["peer"] for event in server.events("connection_opened")])


class ProxyHeaders(Scenario):
    def start_behind(self, **settings):
        return self.start(PROXY_PROTOCOL="true", PROXY_FROM="127.0.0.1", **settings)

    def test_only_balancers_may_connect(self):
        server = self.start(PROXY_PROTOCOL="true", PROXY_FROM="10.0.0.0/8")
        server.connect().expect_closed()

    def test_no_header_no_service(self):
        server = self.start_behind()
        with server.connect() as wire:
            wire.send_frame(message())
            wire.expect_closed()
        self.assertEqual(server.events("proxy_header_refused")[0]["reason"], "no_header")

    def test_limits_are_of_the_real_address(self):
        server = self.start_behind(MAX_CONNECTIONS_PER_IP="1", ALLOW_FROM="192.0.2.0/24")
        def peer(address):
            wire = server.connect()
            wire.send(f"PROXY TCP4 {address} 10.0.0.1 5000 2575\r\n".encode())
            return wire
        first = peer("192.0.2.1")
        self.assert_answer(first.ask(message("A")), "AA", "A")
        peer("192.0.2.1").expect_closed()
        self.assert_answer(peer("192.0.2.2").ask(message("B")), "AA", "B")
        peer("198.51.100.1").expect_closed()

    def test_a_header_that_never_ends(self):
        server = self.start_behind(CONNECT_TIMEOUT="500ms")
        with server.connect() as wire:
            wire.send(V2 + b"\x21\x11\x00\x0c")
            wire.expect_closed(within=5)


if __name__ == "__main__":
    unittest.main()
