"""The Debian package in a bare Debian 12: installed, started, upgraded, removed, purged."""

import shutil
import subprocess
import unittest
from pathlib import Path

from harness.delivered import Delivery, newest
from harness.bare_debian import PROJECT

PROGRAM = "/usr/bin/mllp-server"
USER = "mllp-server"
ETC = "/etc/mllp-server"
DATA = "/var/lib/mllp-server"


def exec_start(debian):
    """The command of the unit, and its environment."""
    unit = debian.inside("/lib/systemd/system/mllp-server.service").read_text(encoding="utf-8")
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    name, _, value = lines["Environment"].partition("=")
    return lines["ExecStart"].split(), {name: value}


class Package(Delivery):
    def setUp(self):
        super().setUp()
        self.package = newest("mllp-server_*_amd64.deb")

    def install(self, package=None):
        """With what was downloaded for the base: nothing is fetched."""
        package = package or self.package
        shutil.copy(package, self.debian.inside("/srv"))
        return self.debian.run("apt-get", "-q", "-y", "--no-install-recommends",
                               "-o", "Acquire::http::Proxy=http://127.0.0.1:9",
                               "-o", "Acquire::https::Proxy=http://127.0.0.1:9",
                               "-o", "Dpkg::Options::=--force-confold", "install",
                               f"/srv/{Path(package).name}")

    def successor(self):
        """The same under the next version, with another default configuration."""
        tree = Path(self.logs.name) / "next"
        subprocess.run(["dpkg-deb", "--raw-extract", self.package, tree], check=True)
        control = tree / "DEBIAN/control"
        text = control.read_text(encoding="utf-8").replace("-1\n", "-2\n", 1)
        control.write_text(text, encoding="utf-8")
        with open(tree / "etc/mllp-server/config.yaml", "a", encoding="utf-8") as config:
            config.write("# a line of the next version\n")
        made = Path(self.logs.name) / "mllp-server_next_amd64.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", "-Znone", tree, made],
                       check=True, stdout=subprocess.DEVNULL)
        return made

    def serve_as_the_unit_says(self):
        words, settings = exec_start(self.debian)
        return self.serve(*words, user=USER, **settings)

    def owner_and_mode(self, path):
        return self.debian.run("stat", "-c", "%U:%G %a", path).strip()

    def messages(self):
        shown = self.debian.run(PROGRAM, "messages", "list", user=USER,
                                ENV_FILE=f"{ETC}/mllp-server.env")
        return len([line for line in shown.splitlines() if "MSG00001" in line])

    def test_life_from_installation_to_purge(self):
        self.install()
        self.assertEqual(self.owner_and_mode(DATA), "mllp-server:mllp-server 700")
        self.assertEqual(self.owner_and_mode(ETC), "root:mllp-server 750")
        self.assertEqual(self.owner_and_mode(ETC + "/config.yaml"), "root:mllp-server 640")
        self.assertIn("nologin", self.debian.run("getent", "passwd", USER))
        enabled = self.debian.inside("/etc/systemd/system/multi-user.target.wants")
        self.assertTrue((enabled / "mllp-server.service").is_symlink())
        for module in ("http", "postgres"):
            shown = self.debian.run("ldd", f"/usr/lib/mllp-server/{module}.so")
            self.assertNotIn("not found", shown)

        server = self.serve_as_the_unit_says()
        self.assert_accepts(PROGRAM, server, USER)
        server.stop()

        config = self.debian.inside(ETC + "/config.yaml")
        config.write_text("connectors: []  # ours\n", encoding="utf-8")
        self.debian.inside(ETC + "/config.yaml").chmod(0o600)
        self.install(self.successor())
        version = self.debian.run("dpkg-query", "-Wf", "${Version}", "mllp-server")
        self.assertTrue(version.endswith("-2"), version)
        self.assertEqual(config.read_text(encoding="utf-8"), "connectors: []  # ours\n")
        config.chmod(0o640)
        server = self.serve_as_the_unit_says()
        self.assert_accepts(PROGRAM, server, USER)
        server.stop()
        self.assertEqual(self.messages(), 2)

        self.debian.run("apt-get", "-q", "-y", "remove", "mllp-server")
        self.assertFalse(self.debian.inside(PROGRAM).exists())
        self.assertTrue(config.exists())
        told = self.debian.run("apt-get", "-q", "-y", "purge", "mllp-server")
        self.assertIn("are kept", told)
        self.assertFalse(config.exists())
        self.assertTrue(any(self.debian.inside(DATA).iterdir()))
        self.assertFalse((enabled / "mllp-server.service").is_symlink())

        self.install()
        self.assertEqual(self.messages(), 2)
        self.debian.inside(DATA + "/purge-with-package").touch()
        self.debian.run("apt-get", "-q", "-y", "purge", "mllp-server")
        self.assertFalse(self.debian.inside(DATA).exists())


class Policy(unittest.TestCase):
    def test_lintian_finds_no_error(self):
        program = shutil.which("lintian")
        if program is None:
            self.skipTest("lintian is not installed")
        package = newest("mllp-server_*_amd64.deb")
        done = subprocess.run([program, "--allow-root", "--fail-on", "error", "--suppress-tags",
                               "initial-upload-closes-no-bugs", package],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_the_examples_are_in_it(self):
        listed = subprocess.run(["dpkg-deb", "--contents", newest("mllp-server_*_amd64.deb")],
                                capture_output=True, text=True, check=True).stdout
        for example in (PROJECT / "docs/examples").iterdir():
            self.assertIn(f"/usr/share/doc/mllp-server/examples/{example.name}", listed)


if __name__ == "__main__":
    unittest.main()
