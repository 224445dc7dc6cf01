"""An MLLP receiver that answers AA to all and keeps the control ids, for measurements.

Keeps its port from the start; whoever connects before open() is refused.
"""

import socket
import threading


class Target:
    def __init__(self):
        self.control_ids = []
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def open(self):
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def count(self):
        return len(self.control_ids)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        unread = b""
        while octets := connection.recv(65536):
            unread += octets
            while b"\x1c\r" in unread:
                payload, unread = unread.split(b"\x1c\r", 1)
                control_id = payload.split(b"|", 10)[9]
                with self.lock:
                    self.control_ids.append(control_id)
                connection.sendall(b"\x0bMSH|^~\\&|||||||ACK|A|P|2.5\rMSA|AA|" + control_id
                                   + b"\r\x1c\r")


def control_ids_of(path):
    """Of a file of MLLP frames, in order, without reading it whole."""
    unread = b""
    with open(path, "rb") as file:
        while octets := file.read(1 << 20):
            *payloads, unread = (unread + octets).split(b"\x1c\r")
            for payload in payloads:
                yield payload.split(b"|", 10)[9]
