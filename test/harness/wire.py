"""One connection to the server, as a sending system has it."""

import select
import socket
import time

from harness.eventually import stretched
from harness.hl7 import answer_in
from harness.messages import frame


class Closed(AssertionError):
    """The server ended the connection where an answer was expected."""


class Silent(AssertionError):
    """No whole frame came in time."""


class Wire:
    """Owns a socket. Every wait has a deadline; reads keep what is beyond a frame."""

    def __init__(self, address, source=None, receive_buffer=None, send_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if send_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.settimeout(stretched(10))
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.ended = False  # the server's side is closed
        self.was_reset = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, octets):
        self.socket.settimeout(stretched(10))
        self.socket.sendall(octets)

    def send_frame(self, *payloads):
        """All in one piece, as a sender that does not wait for answers does."""
        self.send(b"".join(frame(payload) for payload in payloads))

    def push(self, octets, quiet=0.7):
        """Sends until the server has taken nothing for `quiet` seconds; how much it took."""
        taken = 0
        self.socket.setblocking(False)
        while taken < len(octets):
            if not self._is_ready(select.POLLOUT, stretched(quiet)):
                break
            taken += self.socket.send(octets[taken:taken + 262144])
        return taken

    def _is_ready(self, event, seconds):
        poll = select.poll()
        poll.register(self.socket, event)
        return bool(poll.poll(seconds * 1000))

    def _read_more(self, until):
        """True if octets came before the time `until`; False if it is up."""
        if self.ended:
            return False
        if not self._is_ready(select.POLLIN, max(0.0, until - time.monotonic())):
            return False
        self.socket.settimeout(0)
        try:
            octets = self.socket.recv(1 << 18)
        except (ConnectionResetError, BrokenPipeError):
            octets, self.was_reset = b"", True
        self.ended = not octets
        self.unread += octets
        return bool(octets)

    def payload(self, within=8.0):
        """The payload of the next frame, which must follow the one before at once."""
        until = time.monotonic() + stretched(within)
        while True:
            end = self.unread.find(b"\x1c\r")
            if end >= 0:
                break
            if not self._read_more(until):
                kind = Closed if self.ended else Silent
                raise kind(f"{'closed' if self.ended else 'silent'} after {self.unread!r}")
        if self.unread[:1] != b"\x0b":
            raise AssertionError(f"octets between frames: {self.unread[:80]!r}")
        octets, self.unread = self.unread[1:end], self.unread[end + 2:]
        return octets

    def answer(self, within=8.0):
        return answer_in(self.payload(within))

    def answers(self, count, within=8.0):
        return [self.answer(within) for _ in range(count)]

    def ask(self, payload, within=8.0):
        """Sends one message and reads its answer."""
        self.send_frame(payload)
        return self.answer(within)

    def expect_silence(self, seconds=0.4):
        """Nothing comes and the connection stays open."""
        self._read_more(time.monotonic() + seconds)
        if self.unread:
            raise AssertionError(f"expected silence, came {self.unread[:200]!r}")
        if self.ended:
            raise Closed("expected silence on an open connection, it was closed")

    def expect_closed(self, within=8.0):
        """The server ends the connection without another octet; how long it took."""
        start = time.monotonic()
        until = start + stretched(within)
        while self._read_more(until):
            pass
        if self.unread:
            raise AssertionError(f"expected no answer, came {self.unread[:200]!r}")
        if not self.ended:
            raise Silent(f"still open after {stretched(within):g} s")
        return time.monotonic() - start

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with an RST, as a crashed peer or a probe does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()
