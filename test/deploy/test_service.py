"""The Debian package's service under a real systemd, as process 1 of a bare Debian 12."""

import shutil
import unittest

from harness.booted_debian import BootedDebian
from harness.delivered import newest
from harness.bare_debian import PROJECT
from harness.eventually import eventually

UNIT = "mllp-server.service"
USER = "mllp-server"
CONFIG = "/etc/mllp-server/config.yaml"


def install(debian):
    shutil.copy(newest("mllp-server_*_amd64.deb"), debian.inside("/srv/mllp-server.deb"))
    shutil.copy(PROJECT / "docs/examples/admit.hl7", debian.inside("/srv"))
    debian.run("apt-get", "-q", "-y", "--no-install-recommends",
               "-o", "Acquire::http::Proxy=http://127.0.0.1:9", "install", "systemd",
               "/srv/mllp-server.deb")
    # On a terminal that is not there they fail again and again.
    debian.run("systemctl", "mask", "console-getty.service", "getty.target")


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.debian = BootedDebian(install)
        cls.addClassCleanup(cls.debian.close)

    def setUp(self):
        self.debian.run("systemctl", "reset-failed", UNIT, code=None)
        self.debian.run("systemctl", "start", UNIT)
        self.addCleanup(self.debian.run, "systemctl", "stop", UNIT, code=None)

    def show(self, name):
        return self.debian.run("systemctl", "show", "--value", "-p", name, UNIT).strip()

    def send(self):
        return self.debian.run("mllp-server", "send", "--verbose", "/srv/admit.hl7")

    def messages(self):
        listed = self.debian.run("env", "ENV_FILE=/etc/mllp-server/mllp-server.env", "mllp-server",
                                 "messages", "list", user=USER)
        return listed.count("MSG00001")

    def drop_in(self, text):
        self.debian.run("mkdir", "-p", f"/run/systemd/system/{UNIT}.d")
        self.debian.write(f"/run/systemd/system/{UNIT}.d/test.conf", "[Service]\n" + text)
        self.debian.run("systemctl", "daemon-reload")
        self.addCleanup(self.debian.run, "systemctl", "daemon-reload")
        self.addCleanup(self.debian.run, "rm", "-r", f"/run/systemd/system/{UNIT}.d")

    def is_serving(self):
        return (self.show("ActiveState"), self.show("StatusText")) == ("active", "Serving")

    def test_it_serves_as_its_own_user_and_keeps_what_it_accepted(self):
        self.assertTrue(self.is_serving())
        self.assertEqual(self.show("Type"), "notify")
        before = self.messages()
        self.assertIn("MSA|AA|MSG00001", self.send())
        self.debian.run("systemctl", "restart", UNIT)
        self.assertEqual(self.messages(), before + 1)
        self.assertEqual(self.debian.run("stat", "-c", "%U", f"/proc/{self.show('MainPID')}"),
                         USER + "\n")

    def test_a_reload_and_one_that_is_refused(self):
        self.debian.run("systemctl", "reload", UNIT)
        eventually("the reload is told", self.is_serving)
        self.assertIn("reloaded", self.debian.run("systemctl", "status", "--no-pager", UNIT))
        right = self.debian.run("cat", CONFIG)
        self.debian.write(CONFIG, "connectors: 7\n")
        self.addCleanup(self.debian.write, CONFIG, right)
        self.debian.run("systemctl", "reload", UNIT)
        eventually("the refusal is told", lambda: "refused" in self.show("StatusText"))
        self.assertEqual(self.show("ActiveState"), "active")
        self.assertIn("MSA|AA", self.send())

    def test_it_can_write_nowhere_else(self):
        self.debian.run("mkdir", "-p", "/srv/hl7")
        self.debian.run("chmod", "777", "/srv/hl7")
        inside = ["nsenter", "--target", self.show("MainPID"), "--mount"]
        self.assertIn("Read-only", self.debian.run(*inside, "touch", "/srv/hl7/x", code=1))
        self.assertIn("Read-only", self.debian.run(*inside, "touch", "/etc/x", code=1))
        self.debian.run(*inside, "touch", "/var/lib/mllp-server/x")
        self.drop_in("ReadWritePaths=/srv/hl7\n")  # as the guide says
        self.debian.run("systemctl", "restart", UNIT)
        inside[2] = self.show("MainPID")
        self.debian.run(*inside, "touch", "/srv/hl7/x")

    def test_it_comes_again_after_a_crash(self):
        self.drop_in("RestartSec=200ms\n")
        before = self.show("MainPID")
        self.debian.run("sh", "-c", f"kill -KILL {before}")
        eventually("it serves again",
                   lambda: self.is_serving() and self.show("MainPID") != before, within=20)
        self.assertIn("MSA|AA", self.send())

    def test_a_process_that_hangs_is_ended_by_the_watchdog(self):
        self.drop_in("WatchdogSec=1s\nTimeoutAbortSec=1s\nRestartSec=200ms\n")
        self.debian.run("systemctl", "restart", UNIT)
        before = self.show("MainPID")
        restarts = int(self.show("NRestarts"))
        self.debian.run("sleep", "3")  # well: signs of life come
        self.assertEqual((self.show("MainPID"), int(self.show("NRestarts"))), (before, restarts))
        self.debian.run("sh", "-c", f"kill -STOP {before}")
        eventually("another serves",
                   lambda: self.is_serving() and self.show("MainPID") != before, within=30)

    def test_wrong_settings_are_not_tried_again(self):
        self.drop_in("Environment=MAX_GARBAGE=much\nRestartSec=100ms\n")
        self.debian.run("systemctl", "restart", UNIT, code=None)
        self.debian.run("sleep", "1")
        self.assertEqual((self.show("ActiveState"), self.show("ExecMainStatus"),
                          self.show("NRestarts")), ("failed", "2", "0"))

    def test_a_stop_is_in_order(self):
        self.debian.run("systemctl", "stop", UNIT)
        self.assertEqual((self.show("ActiveState"), self.show("Result"),
                          self.show("ExecMainStatus")), ("inactive", "success", "0"))

    def test_its_filter_of_system_calls_is_in_force(self):
        status = self.debian.run("cat", f"/proc/{self.show('MainPID')}/status")
        self.assertIn("Seccomp:\t2", status)
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertIn("CapEff:\t0000000000000000", status)


if __name__ == "__main__":
    unittest.main()
