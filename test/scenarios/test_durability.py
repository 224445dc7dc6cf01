"""AA leaves only after the commit that holds the message has returned, seen from
outside by strace; and what becomes of a sync that fails.
"""

import os
import unittest

from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.trace import (Strace, calls_in, promises_ahead_of_disk, promises_in,
                           unsynced_promises)


class AnswersAndSyncs(Scenario):
    """That the checker sees a missing sync is shown in test_harness.TraceChecker."""

    def traced(self, act, *options, **settings):
        server = self.start(LOG_LEVEL="info", **settings)
        self.assert_accepts(server)
        strace = Strace(server, self.folder / "trace.txt", *options)
        try:
            act(server)
        finally:
            strace.detach()
        return calls_in(strace.text())

    def test_one_message_at_a_time(self):
        def act(server):
            with server.connect() as wire:
                for size in (0, 200, 5000, 60000, 400000):
                    for _ in range(8):
                        wire.ask(message(size=size))

        calls = self.traced(act)
        self.assertEqual(len(promises_in(calls)), 40)
        self.assertEqual(unsynced_promises(calls), [])

    def test_many_connections(self):
        def act(server):
            load = Load(server.address(), 12, 8, self.make)
            self.assertTrue(load.run(within=60))
            self.assertEqual((load.faults(), load.count("AA")), ([], 12 * 40))
            load.close()

        calls = self.traced(act)
        self.assertEqual(len(promises_in(calls)), 12 * 40)
        self.assertEqual(promises_ahead_of_disk(calls), [])

    @staticmethod
    def make(_, n):
        control_id = fresh_id("TRACE")
        return (control_id, message(control_id)) if n < 40 else None

    def test_a_large_payload_is_synced_before_the_commit_that_names_it(self):
        control_id = fresh_id("LARGE")

        def act(server):
            with server.connect() as wire:
                self.assert_answer(wire.ask(message(control_id, size=400000)), "AA", control_id)

        calls = self.traced(act)
        answer = promises_in(calls)[0].sent
        payload_writes = [call for call in calls if "write" in call.name
                          and call.begun < answer.begun and call.result > 0
                          and not call.target.startswith("TCP") and b"x" * 4000 in call.data()]
        self.assertTrue(payload_writes)
        folders = {call.target for call in calls if call.name in ("fsync", "fdatasync")
                   and call.result == 0 and call.ended < answer.begun}
        for write in payload_writes:
            self.assertIn(os.path.dirname(write.target), folders, "the new name is not synced")
            synced = [call for call in calls if call.name in ("fsync", "fdatasync")
                      and call.target == write.target and call.result == 0
                      and write.ended < call.begun and call.ended < answer.begun]
            self.assertTrue(synced, f"{write.target} is not synced before its AA")


class FailedSync(Scenario):
    """What is on disk is unknown then: the process ends without answering."""

    def test_ends_the_process_without_an_answer(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info")
        with server.connect() as wire:
            self.assert_answer(wire.ask(safe := message("SAFE")), "AA")
        archive.expect([safe])
        server.restart()  # what was delivered is settled now
        with server.connect() as wire:
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=fdatasync,fsync:error=EIO")
            wire.send_frame(message("UNSURE"))
            wire.expect_closed()
            code = server.wait()
            strace.detach()
        self.assertNotEqual(code, 0)
        self.assertIn("sync", server.log_text())
        server.start()
        self.assert_accepts(server)
        delivered = archive.wait_for(2)
        self.assertEqual(delivered[0], safe)
        self.assertNotIn(safe, delivered[1:])


class FailedWrite(Scenario):
    """A write that fails promises nothing, ends nothing, and may succeed later."""

    def test_is_unavailable_until_writes_succeed_again(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info", UNAVAILABLE_WAIT="300ms")
        with server.connect() as wire:
            self.assert_answer(wire.ask(before := message("BEFORE")), "AA")
            archive.expect([before])
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=pwrite64:error=ENOSPC", calls="pwrite64")
            self.assert_answer(wire.ask(message("REFUSED")), "AE", "REFUSED")
            strace.detach()
            self.assert_answer(wire.ask(after := message("AFTER")), "AA", "AFTER")
        archive.expect([before, after])

    def test_is_waited_out(self):
        server, archive = self.start_with_archive(LOG_LEVEL="info", UNAVAILABLE_WAIT="20s")
        with server.connect() as wire:
            wire.ask(before := message("BEFORE"))
            strace = Strace(server, self.folder / "trace.txt",
                            "-e", "inject=pwrite64:error=EIO", calls="pwrite64")
            wire.send_frame(waits := message("WAITS"))
            wire.expect_silence(0.5)
            strace.detach()
            self.assert_answer(wire.answer(), "AA", "WAITS")
        archive.expect([before, waits])


if __name__ == "__main__":
    unittest.main()
