"""What the program asks of the kernel, seen by strace: is a message on disk before
its AA leaves?
"""

import os
import re
import shutil
import subprocess
import unittest
from dataclasses import dataclass

from harness.eventually import eventually

CALLS = "pwrite64,pwritev,write,writev,sendmsg,sendto,fsync,fdatasync"


class Strace:
    """strace attached to a running server. `more` are further options, such as an
    injection of faults. Skips the test where tracing is not possible."""

    def __init__(self, server, path, *more, calls=CALLS):
        program = shutil.which("strace")
        if program is None:
            raise unittest.SkipTest("strace is not installed")
        self.path = path
        self._process = subprocess.Popen(
            [program, "-f", "-yy", "-s", "140000", "-o", str(path), "-e", f"trace={calls}", *more,
             "-p", str(server.process.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self._wait_until_attached(server)
        except BaseException:
            self.detach()
            raise

    def _wait_until_attached(self, server):
        tasks = f"/proc/{server.process.pid}/task"
        tracer = re.compile(r"^TracerPid:\s*(\d+)$", re.M)

        def is_attached():
            if self._process.poll() is not None:
                raise unittest.SkipTest("strace cannot attach: "
                                        + self._process.stderr.read().decode().strip())
            for task in os.listdir(tasks):
                with open(f"{tasks}/{task}/status", encoding="ascii") as status:
                    if tracer.search(status.read())[1] == "0":
                        return False
            return True

        eventually("strace has attached", is_attached)

    def detach(self):
        """Lets the server go on alone; the lines are complete then."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate()

    def text(self):
        with open(self.path, encoding="latin-1") as lines:
            return lines.read()


@dataclass
class Call:
    """One system call. `begun` and `ended` are places in the order of events."""

    thread: int
    name: str
    arguments: str
    begun: int
    ended: int = -1  # never seen to end
    result: int = -1

    @property
    def target(self):
        """What -yy says of the descriptor: a path, or TCP:[…]."""
        found = re.match(r"\d+<(.*?)>[,)]", self.arguments + ")")
        return found[1] if found else ""

    def data(self):
        """The octets written, from the quoted strings."""
        return b"".join(_unquoted(text) for text in _QUOTED.findall(self.arguments))


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LINE = re.compile(r"^(\d+)\s+(.*)$")
_BEGIN = re.compile(r"^(\w+)\((.*)$", re.S)
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$", re.S)
_RESULT = re.compile(r"\)\s+=\s+(-?\d+)[^\"]*$")
_UNFINISHED = " <unfinished ...>"


def _unquoted(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1", "replace")


def calls_in(text):
    """The system calls of a trace, in the order of their beginnings."""
    calls, open_calls = [], {}
    for place, line in enumerate(text.splitlines()):
        parts = _LINE.match(line)
        if not parts:
            continue
        thread, rest = int(parts[1]), parts[2]
        resumed = _RESUMED.match(rest)
        if resumed:
            call = open_calls.pop(thread, None)
            if call is not None:
                call.arguments += resumed[2]
                _end(call, place)
            continue
        begun = _BEGIN.match(rest)
        if not begun:
            continue
        call = Call(thread, begun[1], begun[2], place)
        calls.append(call)
        if rest.endswith(_UNFINISHED):
            call.arguments = call.arguments[:-len(_UNFINISHED)]
            open_calls[thread] = call
        else:
            _end(call, place)
    return calls


def _end(call, place):
    result = _RESULT.search(call.arguments)
    call.ended = place
    call.result = int(result[1]) if result else -1


_ACCEPTED = re.compile(rb"MSA\|AA\|([^|\r]+)")


@dataclass
class Promise:
    control_id: bytes
    sent: Call


def promises_in(calls):
    """Every AA that leaves, with the call that sends it."""
    return [Promise(control_id, call) for call in calls if call.target.startswith("TCP")
            for control_id in _ACCEPTED.findall(call.data())]


def is_log_write(call):
    return call.name in ("pwrite64", "pwritev", "write", "writev") and call.target.endswith("-wal")


def is_sync(call):
    return call.name in ("fsync", "fdatasync")


def unsynced_promises(calls):
    """The strict rule, for one message at a time: the last write to a write-ahead log
    that began before the AA did is followed by a sync of the same file that ended
    well before the AA began. Returns sentences about those that break it.
    """
    writes = [call for call in calls if is_log_write(call)]
    syncs = [call for call in calls if is_sync(call) and call.result == 0]
    faults = []
    for promise in promises_in(calls):
        before = [call for call in writes if call.begun < promise.sent.begun]
        if not before:
            faults.append(f"{promise.control_id!r}: no write to a write-ahead log before its AA")
        elif not _is_synced(before[-1], promise.sent, syncs):
            faults.append(f"{promise.control_id!r}: no sync between line {before[-1].begun} "
                          f"and its AA at line {promise.sent.begun}")
    return faults


def promises_ahead_of_disk(calls):
    """The rule for many at once, where the next group may be under way already: the
    write that holds the message, and its transaction's commit frame, are followed by
    a finished sync before its AA.
    """
    writes = [(call, call.data()) for call in calls if is_log_write(call)]
    syncs = [call for call in calls if is_sync(call) and call.result == 0]
    faults = []
    for promise in promises_in(calls):
        holding = [index for index, (call, data) in enumerate(writes)
                   if promise.control_id in data and call.begun < promise.sent.begun]
        if not any(_is_synced(_end_of_transaction(index, writes), promise.sent, syncs)
                   for index in holding):
            faults.append(f"{promise.control_id!r}: AA at line {promise.sent.begun} is ahead of "
                          f"the disk ({len(holding)} writes hold it)")
    return faults


_FRAME_HEADER_BYTES = 24  # of a frame in SQLite's write-ahead log


def _end_of_transaction(index, writes):
    """The last write of the transaction that writes[index] belongs to. A frame header
    whose second word is not 0 marks a commit; its page follows. Where headers and
    pages are not written one by one, the write itself.
    """
    log = writes[index][0].target
    same_log = [(call, data) for call, data in writes[max(0, index - 1):] if call.target == log]
    for (_, header), (page, _) in zip(same_log, same_log[1:]):
        if len(header) == _FRAME_HEADER_BYTES and any(header[4:8]):
            return page
    return writes[index][0]


def _is_synced(write, sent, syncs):
    return any(sync.target == write.target and write.ended < sync.begun
               and sync.ended < sent.begun for sync in syncs if write.ended >= 0)
