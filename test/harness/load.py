"""Many connections with several messages in flight each, on one thread."""

import re
import selectors
import socket
import time
from collections import deque

from harness.eventually import stretched
from harness.messages import frame

_MSA = re.compile(rb"\rMSA\|(\w\w)\|([^|\r]*)")


class Sender:
    """One connection: what it sent, and what it was told, in order."""

    def __init__(self, address, number):
        self.number = number
        self.sent = []      # (control id, payload)
        self.codes = []     # codes[n] answers sent[n]
        self.told = []      # told[n] is what that answer says behind its MSH
        self.faults = []    # sentences about wrong answers
        self.is_open = True
        self.socket = socket.create_connection(address, timeout=stretched(10))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._unsent = bytearray()
        self._unread = b""

    def in_flight(self):
        return len(self.sent) - len(self.codes)

    def add(self, control_id, payload):
        self.sent.append((control_id, payload))
        self._unsent += frame(payload)

    def push(self):
        """True if octets are left that the socket did not take."""
        if self._unsent:
            try:
                del self._unsent[:self.socket.send(self._unsent)]
            except BlockingIOError:
                pass
            except OSError:
                self.is_open = False
        return bool(self._unsent) and self.is_open

    def pull(self):
        try:
            octets = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        self.is_open = self.is_open and bool(octets)
        *frames, self._unread = (self._unread + octets).split(b"\x1c\r")
        for one in frames:
            self._judge(one)

    def _judge(self, octets):
        found = _MSA.search(octets)
        if not found or octets[:1] != b"\x0b":
            self.faults.append(f"connection {self.number}: no answer but {octets[:80]!r}")
            return
        if self.in_flight() == 0:
            self.faults.append(f"connection {self.number}: an answer to nothing {octets[:80]!r}")
            return
        wanted = self.sent[len(self.codes)][0].encode()
        if found[2] != wanted:
            self.faults.append(f"connection {self.number}: MSA-2 {found[2]!r} where "
                               f"{wanted!r} was due")
        self.codes.append(found[1].decode())
        self.told.append(octets[found.start():])

    def accepted(self):
        """(control id, payload) of all that were answered AA."""
        return [one for one, code in zip(self.sent, self.codes) if code == "AA"]


class Load:
    """Keeps `in_flight` messages under way on each connection.

    make(sender, n) gives the n-th message of a connection as (control id, payload),
    or None when it has no more.
    """

    def __init__(self, address, connections, in_flight, make):
        self.in_flight = in_flight
        self.make = make
        self.senders = [Sender(address, number) for number in range(connections)]
        self._selector = selectors.DefaultSelector()
        self._done = set()
        for sender in self.senders:
            self._selector.register(sender.socket, selectors.EVENT_READ, sender)

    def run(self, within, until=lambda: False):
        """True when all is sent and answered; False at `until` or when the time is
        up or no connection is left."""
        deadline = time.monotonic() + within
        waiting = deque(self.senders)
        while time.monotonic() < deadline and not until():
            for sender in waiting:
                self._feed(sender)
            if self._is_finished():
                return True
            waiting = self._wait()
            if not any(sender.is_open for sender in self.senders):
                return False
        return False

    def _feed(self, sender):
        while sender.is_open and sender.number not in self._done \
                and sender.in_flight() < self.in_flight:
            made = self.make(sender.number, len(sender.sent))
            if made is None:
                self._done.add(sender.number)
            else:
                sender.add(*made)
        wants_write = sender.push()
        self._watch(sender, wants_write)

    def _watch(self, sender, wants_write):
        if sender.socket not in self._selector.get_map():
            return
        if not sender.is_open:
            self._selector.unregister(sender.socket)
            sender.socket.close()
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wants_write else 0)
        if self._selector.get_key(sender.socket).events != events:
            self._selector.modify(sender.socket, events, sender)

    def _wait(self):
        ready = []
        for key, events in self._selector.select(0.02):
            if events & selectors.EVENT_READ:
                key.data.pull()
            ready.append(key.data)
        return ready

    def _is_finished(self):
        return all((sender.number in self._done and sender.in_flight() == 0)
                   for sender in self.senders)

    def leave(self, sender):
        """One peer goes: its connection is reset, its answers stay unread."""
        if sender.is_open:
            self._selector.unregister(sender.socket)
        sender.is_open = False
        sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sender.socket.close()

    def read_the_rest(self, within=10.0):
        """Sends nothing more; takes in answers until every connection has ended or
        is silent."""
        deadline = time.monotonic() + stretched(within)
        while any(sender.is_open for sender in self.senders) and time.monotonic() < deadline:
            ready = self._wait()
            for sender in ready:
                self._watch(sender, False)

    def close(self):
        for sender in self.senders:
            sender.socket.close()
        self._selector.close()

    def faults(self):
        return [fault for sender in self.senders for fault in sender.faults]

    def accepted(self):
        """By connection."""
        return [sender.accepted() for sender in self.senders]

    def count(self, code):
        return sum(sender.codes.count(code) for sender in self.senders)
