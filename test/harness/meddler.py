"""A proxy between the program and a real target, which spoils the connection as it is told.

Each fault is done once, to the first connection that gives cause for it; all else is
passed on as it is.
"""

import socket
import struct
import threading
import time

from harness.eventually import eventually

FAULTS = ("refused", "reset in the request", "reset in the answer", "silence", "slow", "restart")


class Meddler:
    def __init__(self, target):
        self.target = target
        self.fault = None
        self.answers = 0      # chunks that came back from the target
        self.done = 0         # faults done
        self._pairs = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._serve(self._listener)

    def _serve(self, listener):
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self.target, timeout=10)
            except OSError:
                return
            for one in (client, server):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._there, args=(client, server), daemon=True).start()
            threading.Thread(target=self._back, args=(client, server), daemon=True).start()

    def _take(self, *faults):
        """Whether one of these is to be done, now and here."""
        with self._lock:
            if self.fault not in faults:
                return None
            fault, self.fault = self.fault, None
            self.done += 1
            return fault

    def _there(self, client, server):
        try:
            while octets := client.recv(65536):
                if self._take("reset in the request"):
                    server.sendall(octets[:len(octets) // 2])
                    return self._cut(client, server)
                server.sendall(octets)
        except OSError:
            pass
        finally:
            self._close(client, server)
            client.close()

    def _back(self, client, server):
        try:
            while octets := server.recv(65536):
                fault = self._take("reset in the answer", "silence", "slow")
                if fault == "reset in the answer":
                    client.sendall(octets[:1])
                    return self._cut(client, server)
                if fault == "silence":
                    continue
                if fault == "slow":
                    time.sleep(0.3)
                self.answers += 1
                client.sendall(octets)
        except OSError:
            pass
        finally:
            self._close(client, server)
            server.close()

    @staticmethod
    def _close(*both):
        for one in both:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _cut(self, client, server):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        self._close(server)

    def meddle(self, fault):
        """Done when something gives cause for it; `restart` and `refused` at once."""
        if fault not in ("refused", "restart"):
            self.fault = fault
            return
        self.close()
        time.sleep(0.3)
        eventually("the port is free again", self._listen_again)
        self.done += 1

    def _listen_again(self):
        try:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        except OSError:
            return False
        self._serve(self._listener)
        return True

    def close(self):
        self._close(self._listener)
        self._listener.close()
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            self._close(*pair)


__all__ = ["FAULTS", "Meddler"]
