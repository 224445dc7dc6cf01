"""The specification's reading of an octet stream, section 2 with the default
settings, written down a second time as plainly as can be.
"""

import re
from collections import namedtuple

from harness.hl7 import segments_of

BLANKS = b" \t\r\n\0"
_HEADERS = (b"MSH", b"FHS", b"BHS")

# kind: blank, unreadable, no_control_id, several, batch, single
# parts: what is one message each, as octets: of a single the payload itself
Reading = namedtuple("Reading", "kind payload control_id accept application parts")


def frames_of(stream):
    """The payloads of a stream of frames."""
    found, at = [], stream.find(b"\x0b")
    while at >= 0:
        end = stream.find(b"\x1c\r", at)
        if end < 0:
            break
        restart = _embedded_start(stream, at + 1, end)
        if restart >= 0:
            at = restart
            continue
        found.append(stream[at + 1:end])
        at = stream.find(b"\x0b", end + 2)
    return found


def _embedded_start(stream, begin, end):
    at = stream.find(b"\x0b", begin, end)
    while at >= 0:
        if stream[at + 1:at + 4] in _HEADERS:
            return at
        at = stream.find(b"\x0b", at + 1, end)
    return -1


def text_of(payload):
    """Without the byte order mark and blanks that may stand before the header."""
    bare = payload.lstrip(BLANKS)
    return bare[3:].lstrip(BLANKS) if bare.startswith(b"\xef\xbb\xbf") else bare


def is_readable(text):
    """MSH, a separator, 1 to 5 distinct encoding characters."""
    separator = text[3:4]
    if text[:3] != b"MSH" or not separator or separator in b"\r\n":
        return False
    encoding = text[4:].split(b"\r")[0].split(b"\n")[0].split(separator)[0]
    is_plain = all(octet > 0x20 and octet != 0x7F for octet in encoding)  # no blank, no control
    return 1 <= len(encoding) <= 5 and len(set(encoding)) == len(encoding) and is_plain


def field(segment, separator, number):
    """MSH-number of an MSH segment, number from 2."""
    fields = segment.split(separator)
    return fields[number - 1] if len(fields) >= number else b""


def read(payload):
    if not payload.strip(BLANKS):
        return Reading("blank", payload, b"", b"", b"", [])
    text = text_of(payload)
    if text[:3] in (b"FHS", b"BHS"):
        return Reading("batch", payload, b"", b"", b"", messages_of_batch(payload))
    if not is_readable(text):
        return Reading("unreadable", payload, b"", b"", b"", [])
    separator, msh = text[3:4], segments_of(text)[0]
    control_id = field(msh, separator, 10)
    several = sum(segment[:3] == b"MSH" for segment in segments_of(text)) > 1
    kind = "several" if several else "single" if control_id else "no_control_id"
    return Reading(kind, payload, control_id, field(msh, separator, 15),
                   field(msh, separator, 16), [payload])


def messages_of_batch(payload):
    """The octets from each MSH to the next header or trailer."""
    parts, current = [], None
    for line in _lines(payload):
        name = line[:3]
        if name in (b"FHS", b"BHS", b"BTS", b"FTS", b"MSH"):
            if current is not None:
                parts.append(b"".join(current))
            current = [line] if name == b"MSH" else None
        elif current is not None:
            current.append(line)
    if current is not None:
        parts.append(b"".join(current))
    return parts


def _lines(payload):
    """Each with its end, which may be CR, LF or CRLF."""
    return [line for line in re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", payload) if line]


def is_sound_batch(payload):
    """[FHS] { [BHS] { messages } [BTS] } [FTS] with at least one message, and every
    BTS-1 and FTS-1 that is given says what is there. Messages without a BHS are a
    batch of their own.
    """
    messages = total = batches = 0
    is_open = False
    for place, segment in enumerate(segments_of(text_of(payload))):
        name = segment[:3]
        if name == b"FHS" and place > 0:
            return False
        if name == b"BHS" or (name == b"MSH" and not is_open):
            messages, batches, is_open = 0, batches + 1, True
        if name == b"MSH":
            messages, total = messages + 1, total + 1
        if name == b"BTS":
            is_open = False
        there = {b"BTS": messages, b"FTS": batches}.get(name)
        if there is not None and not _says(segment, there):
            return False
    return total > 0


def _says(trailer, count):
    said = field(trailer, trailer[3:4] or b"|", 2).strip()
    return not said or (said.isdigit() and int(said) == count)


def commit_is_due(condition, accepted):
    """Table 0155: is an answer due under this condition? None if the field is empty."""
    return {b"": None, b"NE": False, b"ER": not accepted, b"SU": accepted}.get(condition, True)


def enhanced_answer(reading, accepted):
    """The code ACK_MODE=enhanced gives, None for no answer."""
    last = "A" if accepted else "R"
    accept, application = reading.accept.strip(), reading.application.strip()
    if not accept and not application:
        return "A" + last
    if commit_is_due(accept, accepted):
        return "C" + last
    return "A" + last if commit_is_due(application, accepted) else None
