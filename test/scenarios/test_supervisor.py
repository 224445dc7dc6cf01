"""What a service manager is told: ready, reloading, stopping, alive."""

import signal
import unittest

from harness.eventually import SLOWNESS, eventually
from harness.scenario import Scenario
from harness.supervisor import Manager
from harness.trace import Strace


class Notification(Scenario):
    def setUp(self):
        super().setUp()
        self.manager = Manager(self.folder / "notify")
        self.addCleanup(self.manager.close)

    def managed(self, config="", **settings):
        return self.server(config, NOTIFY_SOCKET=self.manager.path, **settings)

    def test_ready_means_that_messages_are_taken(self):
        server = self.managed().launch()
        self.assertEqual(self.manager.next("READY=1")["STATUS"], "Serving")
        self.assert_accepts(server)

    def test_a_start_that_fails_is_never_ready(self):
        server = self.managed(DATA_DIR="/proc/nowhere").launch()
        self.assertEqual(server.wait(), 1)
        with self.assertRaisesRegex(AssertionError, "no datagram"):
            self.manager.next("READY=1", within=0.2)

    def test_a_reload_begins_and_ends(self):
        server = self.managed("connectors: []\n").start()
        self.manager.next("READY=1")
        server.signal(signal.SIGHUP)
        began = self.manager.next("RELOADING=1")
        self.assertAlmostEqual(int(began["MONOTONIC_USEC"]) / 1e6, began["at"], delta=5)
        self.assertEqual(self.manager.next("READY=1")["STATUS"], "Serving")

    def test_a_refused_reload_ends_too_and_says_so(self):
        server = self.managed("connectors: []\n").start()
        self.manager.next("READY=1")
        (server.folder / "config.yaml").write_text("connectors: 7\n", encoding="ascii")
        server.signal(signal.SIGHUP)
        self.manager.next("RELOADING=1")
        self.assertIn("refused", self.manager.next("READY=1")["STATUS"])
        self.assert_accepts(server)

    def test_stopping_comes_first_and_asks_for_the_time_it_may_take(self):
        server = self.managed(PRE_SHUTDOWN_DELAY="1s", SHUTDOWN_TIMEOUT="7s").start()
        self.manager.next("READY=1")
        server.signal(signal.SIGTERM)
        self.assertEqual(self.manager.next("STOPPING=1")["EXTEND_TIMEOUT_USEC"], "8000000")
        self.assertTrue(server.is_running())
        self.assert_accepts(server)  # as long as traffic may still be sent here
        self.assertEqual(server.wait(), 0)

    def test_signs_of_life_come_twice_in_the_time_that_is_given(self):
        server = self.managed(WATCHDOG_USEC=int(1_000_000 * SLOWNESS)).start()
        self.manager.next("READY=1")
        seen = self.manager.signs_of_life(3 * SLOWNESS)
        self.assertGreaterEqual(len(seen), 4)
        gaps = [later - sooner for sooner, later in zip(seen, seen[1:])]
        self.assertLess(max(gaps), SLOWNESS, gaps)
        self.assertTrue(server.is_running())

    def test_no_sign_of_life_while_a_network_thread_hangs(self):
        server = self.managed(WATCHDOG_USEC=500_000).start()
        self.manager.next("READY=1")
        self.manager.next("WATCHDOG=1")
        hang = "inject=epoll_wait:delay_enter=4000000:when=1..2"
        strace = Strace(server, self.folder / "trace", "-e", hang, calls="epoll_wait")
        try:
            eventually("it is told", lambda: server.events("network_thread_stuck"), within=5)
            # One may have been under way.
            self.assertLessEqual(len(self.manager.signs_of_life(1.5)), 1)
        finally:
            strace.detach()
        self.manager.next("WATCHDOG=1", within=15)


if __name__ == "__main__":
    unittest.main()
