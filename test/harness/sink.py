"""A receiving system: an MLLP listener whose answers a test writes."""

import socket
import threading
import time
from dataclasses import dataclass, field

from harness.eventually import eventually
from harness.hl7 import acknowledge, control_id_of
from harness.messages import frame


@dataclass
class Received:
    payload: bytes
    connection: int  # from 1
    at: float = field(default_factory=time.monotonic)

    @property
    def control_id(self):
        return control_id_of(self.payload)


class Peer:
    """The accepted connection, in the hands of a behaviour."""

    def __init__(self, sock, number):
        self.socket = sock
        self.number = number

    def answer(self, payload):
        self.socket.sendall(frame(payload))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def accept_all(sink, peer, payload):
    """AA to everything."""
    peer.answer(acknowledge(payload))


def silent(sink, peer, payload):
    """Reads and says nothing."""


def answering(*codes, text=b"", then=b"AA"):
    """These codes in turn, then `then` for good."""
    remaining = list(codes)

    def behave(sink, peer, payload):
        peer.answer(acknowledge(payload, remaining.pop(0) if remaining else then, text))

    return behave


class Sink:
    """Keeps its port from the start; listens only when told: until then, and after
    shut(), whoever connects is refused.

    behaviour(sink, peer, payload) is called for each frame, in order, on the
    connection's own thread.
    """

    def __init__(self, behaviour=accept_all):
        self.behaviour = behaviour
        self.received = []
        self.connections = 0
        self._peers = []
        self._lock = threading.Lock()
        self._listener = self._bound(("127.0.0.1", 0))
        self.address = self._listener.getsockname()

    @staticmethod
    def _bound(address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        return sock

    def open(self):
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        return self

    def shut(self):
        """Gone: connections end, new ones are refused."""
        self._end()
        self._listener = self._bound(self.address)

    def close(self):
        self._end()

    def _end(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            peers, self._peers = self._peers, []
        for peer in peers:
            peer.close()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                peer = Peer(sock, self.connections)
                self._peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        unread = b""
        try:
            while True:
                octets = peer.socket.recv(65536)
                if not octets:
                    break
                unread += octets
                while b"\x1c\r" in unread:
                    one, unread = unread.split(b"\x1c\r", 1)
                    self._take(peer, one[one.find(b"\x0b") + 1:])
        except OSError:
            pass
        finally:
            peer.close()

    def _take(self, peer, payload):
        with self._lock:
            self.received.append(Received(payload, peer.number))
        self.behaviour(self, peer, payload)

    def payloads(self):
        with self._lock:
            return [one.payload for one in self.received]

    def control_ids(self):
        return [control_id_of(payload).decode() for payload in self.payloads()]

    def wait_for(self, count, within=15.0):
        eventually(f"{count} messages at the sink (it has {len(self.received)})",
                   lambda: len(self.received) >= count, within)
        return self.payloads()

    def connector(self, name="lab", answer_timeout="1s", more=""):
        """Its mapping in YAML, as an item of `connectors:`."""
        host, port = self.address
        return (f"  - name: {name}\n    type: mllp\n    address: {host}:{port}\n"
                f"    connect_timeout: 1s\n    answer_timeout: {answer_timeout}\n"
                f"    retry: {{initial: 100ms, max: 400ms, attempts: 3}}\n{more}")
