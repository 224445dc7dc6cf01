"""Messages to send. Every place where patient data stands holds the canary, so
that one search of a log tells whether any of it got there.
"""

import itertools
import os

CANARY = "Qvxzcanary"

_serial = itertools.count(1)
_run = os.urandom(3).hex().upper()


def fresh_id(prefix="E"):
    """A control id that no other message of this run has; at most 20 octets."""
    return f"{prefix}{_run}{next(_serial):07d}"


def header(control_id, *, kind="ADT^A01", version="2.5", accept="", application="", charset="",
           sender=("HIS", "CENTRAL"), receiver=("LAB", "PATHOLOGY"), delimiters="|^~\\&"):
    """An MSH segment without its CR."""
    fields = ["MSH", delimiters[1:], *sender, *receiver, "20260403120000", "", kind, control_id,
              "P", version, "", "", accept, application, "", charset]
    while not fields[-1]:
        fields.pop()
    return delimiters[0].join(fields)


def patient():
    """Segments full of patient data, each ended by CR."""
    return (f"PID|1||{CANARY}-4711^^^MRN||{CANARY}son^{CANARY}a||19700101|F|||1 {CANARY} Street\r"
            f"PV1|1|I|WARD^101|||||{CANARY}doc\r"
            f"OBX|1|ST|NOTE||{CANARY} has a cold\r")


def message(control_id=None, *, size=0, body=None, **msh):
    """A whole message as octets, at least `size` of them."""
    text = header(fresh_id() if control_id is None else control_id, **msh) + "\r"
    text += patient() if body is None else body
    octets = text.encode("latin-1")
    if len(octets) < size:
        octets += b"NTE|1||" + b"x" * (size - len(octets) - 8) + b"\r"
    return octets


def frame(payload):
    return b"\x0b" + payload + b"\x1c\r"
