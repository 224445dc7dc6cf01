"""The portable archive, unpacked on a bare Debian 12."""

import re
import unittest

from harness.delivered import Delivery, newest, unpack

NOBODY = "65534"
_C_LIBRARY = re.compile(
    r"/(ld-linux-x86-64|lib(c|m|dl|rt|pthread|resolv|util|anl|nsl|nss_\w+))\.so")
_CONNECTORS = """
connectors:
  - name: web
    type: http
    url: https://127.0.0.1:9/messages
  - name: database
    type: postgres
    dsn: postgresql://nobody@127.0.0.1:9/none
    table: messages
"""


class Archive(Delivery):
    def setUp(self):
        super().setUp()
        archive = newest("mllp-server-*-linux-amd64.tar.gz")
        unpack(archive, self.debian.inside("/opt"))
        self.home = "/opt/" + archive.name.removesuffix(".tar.gz")
        self.program = self.home + "/bin/mllp-server"
        data = self.debian.inside("/srv/data")
        data.mkdir()
        data.chmod(0o777)

    def test_every_checksum_is_right_and_no_file_is_left_out(self):
        self.debian.run("sh", "-c", f"cd {self.home} && sha256sum --check --quiet SHA256SUMS")
        listed = self.debian.run("sh", "-c", f"wc -l <{self.home}/SHA256SUMS")
        there = self.debian.run("sh", "-c", f"find {self.home} -type f | wc -l")
        self.assertEqual(int(listed) + 1, int(there))

    def test_serves_with_its_own_libraries_alone(self):
        config = self.debian.inside("/srv/config.yaml")
        config.write_text(_CONNECTORS, encoding="utf-8")
        server = self.serve(self.program, "serve", user=NOBODY, DATA_DIR="/srv/data",
                            CONFIG_FILE="/srv/config.yaml")
        self.assert_accepts(self.program, server, NOBODY)
        foreign = [path for path in server.libraries()
                   if self.home not in path and not _C_LIBRARY.search(path)]
        self.assertEqual(foreign, [])
        own = [path for path in server.libraries() if self.home in path]
        self.assertEqual(len([path for path in own if "/libcrypto.so" in path]), 1)
        for module in ("http.so", "postgres.so"):
            self.assertTrue(any(path.endswith("/lib/mllp-server/" + module) for path in own), own)
        self.debian.run(self.program, "health", "--ready", user=NOBODY,
                        ADMIN_ADDR=server.admin_address())
        server.stop()

    def test_the_delivered_settings_are_right(self):
        self.debian.inside("/etc/mllp-server").mkdir()
        self.debian.run("sh", "-c", f"cp {self.home}/etc/* /etc/mllp-server/")
        shown = self.debian.run(self.program, "config", ENV_FILE=f"{self.home}/etc/mllp-server.env")
        self.assertRegex(shown, r"DATA_DIR +/var/lib/mllp-server")
        self.assertRegex(shown, r"CONFIG_FILE +/etc/mllp-server/config.yaml")

    def test_licences_of_all_libraries_are_there(self):
        licences = self.debian.run("ls", f"{self.home}/share/doc/licenses").split()
        for package in ("mllp-server", "libssl3", "libcurl4", "libpq5", "libicu72", "libsqlite3-0"):
            self.assertIn(package, licences)


if __name__ == "__main__":
    unittest.main()
