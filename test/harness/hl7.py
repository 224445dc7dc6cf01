"""Reads HL7 as far as the tests need it, on its own: nothing here comes from the
program, so that a mistake would have to be made twice to stay unseen.
"""

from dataclasses import dataclass


def segments_of(payload):
    """Segments without their ends; CR, LF and CRLF end one."""
    lines = payload.replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r")
    return [line for line in lines if line]


def control_id_of(payload):
    """MSH-10 of a message whose MSH is sound."""
    fields = segments_of(payload)[0].split(payload[3:4])
    return fields[9] if len(fields) > 9 else b""


@dataclass(frozen=True)
class Answer:
    """One acknowledgement: an MSH, an MSA, perhaps ERR segments."""

    octets: bytes
    separator: bytes
    msh: list  # msh[n] is MSH-n; msh[0] is unused
    msa: list  # msa[n] is MSA-n
    err: list  # each err[k][n] is ERR-n of the k-th ERR

    @property
    def code(self):
        return self.msa[1].decode("ascii")

    @property
    def control_id(self):
        """MSA-2: whom it answers."""
        return self.msa[2] if len(self.msa) > 2 else b""

    @property
    def text(self):
        """MSA-3."""
        return self.msa[3] if len(self.msa) > 3 else b""

    def error_codes(self):
        """The codes of table 0357, in the form of the answer's version."""
        new_form = [err[3].split(self.component)[0] for err in self.err if len(err) > 3]
        if any(new_form):
            return new_form
        parts = [part.split(self.component) for err in self.err if len(err) > 1
                 for part in err[1].split(self.msh[2][1:2] or b"~")]
        return [part[3].split(self.msh[2][3:4] or b"&")[0] for part in parts if len(part) > 3]

    @property
    def component(self):
        return self.msh[2][:1] or b"^"


def answers_in(payload):
    """The acknowledgements of one frame: one, or those of a batch of answers."""
    groups, separator = [], b""
    for segment in segments_of(payload):
        name = segment[:3]
        if name == b"MSH":
            separator = segment[3:4]
            groups.append({"octets": [], "msh": [b"", separator] + segment.split(separator)[1:],
                           "msa": [], "err": []})
        elif name in (b"FHS", b"BHS", b"BTS", b"FTS"):
            continue
        elif name == b"MSA" and groups:
            groups[-1]["msa"] = segment.split(separator)
        elif name == b"ERR" and groups:
            groups[-1]["err"].append(segment.split(separator))
        if groups:
            groups[-1]["octets"].append(segment)
    found = [Answer(b"\r".join(group["octets"]) + b"\r", group["msh"][1], group["msh"],
                    group["msa"], group["err"]) for group in groups]
    for answer in found:
        if len(answer.msa) < 2:
            raise AssertionError(f"an answer without MSA-1: {payload!r}")
    return found


def answer_in(payload):
    """The one acknowledgement of a frame that may hold no other."""
    found = answers_in(payload)
    if len(found) != 1 or not payload.startswith(b"MSH"):
        raise AssertionError(f"expected one acknowledgement, found {payload!r}")
    return found[0]


def acknowledge(message, code=b"AA", text=b"", control_id=None):
    """What an honest receiver answers to `message`."""
    msh = segments_of(message)[0].split(message[3:4])
    wanted = control_id_of(message) if control_id is None else control_id
    return (b"MSH|^~\\&|" + b"|".join([msh[4], msh[5], msh[2], msh[3]]) +
            b"|20260403120001||ACK|" + b"K" + control_id_of(message) + b"|P|" +
            (msh[11] if len(msh) > 11 else b"2.5") + b"\rMSA|" + code + b"|" + wanted +
            (b"|" + text if text else b"") + b"\r")
