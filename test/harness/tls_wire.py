"""A connection to the server with TLS, as a sending system has it."""

import socket
import ssl

from harness.eventually import stretched
from harness.hl7 import answer_in
from harness.messages import frame


def client_context(authority, name=None, **options):
    """Trusts the authority; shows the certificate of this name, if one is given."""
    context = ssl.create_default_context(cafile=authority.ca)
    for key, value in options.items():
        setattr(context, key, value)
    if name is not None:
        context.load_cert_chain(authority.path(f"{name}.pem"), authority.path(f"{name}.key"))
    return context


class TlsWire:
    """One message after the other. Raises ssl.SSLError, OSError or EOFError when the
    server does not let us in, at the latest with the first answer."""

    def __init__(self, address, context, server_name="localhost", session=None):
        plain = socket.create_connection(address, timeout=stretched(10))
        plain.settimeout(stretched(10))
        self.socket = context.wrap_socket(plain, server_hostname=server_name, session=session)
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def answer(self):
        while b"\x1c\r" not in self.unread:
            octets = self.socket.recv(65536)
            if not octets:
                raise EOFError("closed where an answer was expected")
            self.unread += octets
        one, self.unread = self.unread.split(b"\x1c\r", 1)
        return answer_in(one[1:])

    def ask(self, payload):
        self.send(frame(payload))
        return self.answer()

    def close(self):
        self.socket.close()
