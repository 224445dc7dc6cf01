"""What the file connector has delivered."""

import re
from pathlib import Path

from harness.eventually import eventually

# What the file connector calls a file until it is whole and synced.
IN_PROGRESS = re.compile(r"\.[0-9a-f-]{36}\.part$")


class AppendFile:
    """A file in append mode: MLLP frames, one behind the other."""

    def __init__(self, path):
        self.path = Path(path)

    def octets(self):
        return self.path.read_bytes() if self.path.exists() else b""

    def payloads(self, torn_tail=False):
        """All payloads in order. Anything that is no frame fails, but for a torn
        tail where the writer may have been killed in mid-write."""
        octets, found, at = self.octets(), [], 0
        while at < len(octets):
            end = octets.find(b"\x1c\r", at)
            if octets[at] != 0x0B or end < 0:
                if torn_tail and octets[at] == 0x0B:
                    break
                raise AssertionError(f"no frame at offset {at}: {octets[at:at + 60]!r}")
            found.append(octets[at + 1:end])
            at = end + 2
        return found

    def expect(self, payloads, within=15.0):
        """Exactly these, in this order, and nothing more."""
        payloads = list(payloads)
        eventually(f"{len(payloads)} messages in {self.path.name}",
                   lambda: self.octets().count(b"\x1c\r") >= len(payloads), within)
        found = self.payloads()
        if found != payloads:
            raise AssertionError(difference(found, payloads))

    def wait_for(self, count, within=30.0):
        eventually(f"{count} messages in {self.path.name}",
                   lambda: self.octets().count(b"\x1c\r") >= count, within, every=0.02)
        return self.payloads()


def difference(found, wanted):
    """Where two lists of payloads part, in words."""
    for index, (left, right) in enumerate(zip(found, wanted)):
        if left != right:
            return f"message {index} is {left[:120]!r}, expected {right[:120]!r}"
    return f"found {len(found)} messages, expected {len(wanted)}"


class DropFolder:
    """A folder in which each message is a file."""

    def __init__(self, path):
        self.path = Path(path)

    def files(self):
        """Those that have arrived: one that is being written has a name of its own."""
        return sorted(path for path in self.path.rglob("*")
                      if path.is_file() and not IN_PROGRESS.match(path.name))

    def expect(self, payloads, within=15.0):
        """Exactly these, in any order of names; nothing temporary is left."""
        payloads = sorted(payloads)
        eventually(f"{len(payloads)} files in {self.path}",
                   lambda: sorted(self._read()) == payloads, within)

    def _read(self):
        found = []
        for path in self.files():
            try:
                found.append(path.read_bytes())
            except FileNotFoundError:  # renamed between listing and reading
                pass
        return found


def append_connector(path, name="archive", more=""):
    """Its mapping in YAML, as an item of `connectors:`."""
    path = Path(path)
    return (f"  - name: {name}\n    type: file\n    mode: append\n"
            f"    directory: {path.parent}\n    file_name: {path.name}\n"
            f"    retry: {{initial: 100ms, max: 500ms}}\n{more}")
