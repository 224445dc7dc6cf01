"""The image of deploy/container/Dockerfile, built by buildah and run as its configuration says:
not as root, on a root folder that nobody can write to.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT, BareDebian, remove_throwaway, throwaway_folder
from harness.delivered import Running, newest

SIZE_MAX = 120 << 20  # octets of the final image, unpacked
USER = "65534"


class Image:
    """Built once, in a storage of its own."""

    def __init__(self):
        self.program = shutil.which("buildah")
        if self.program is None:
            raise unittest.SkipTest("buildah is not installed")
        self.debian = BareDebian()
        self.store = throwaway_folder()
        try:
            self._import_debian()
            self._build()
            self.container = self.buildah("from", "--pull-never", "localhost/mllp-server")
            self.root = Path(self.buildah("mount", self.container))
            inspected = json.loads(self.buildah("inspect", self.container))
            self.settings = inspected["Docker"]["config"]
        except BaseException:
            self.close()
            raise

    def buildah(self, *words):
        done = subprocess.run([self.program, "--root", self.store / "root", "--runroot",
                               self.store / "run", "--storage-driver", "overlay", *words],
                              capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise AssertionError(f"buildah {words[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout.strip()

    def _import_debian(self):
        """The base image, of the bare Debian, with what would be fetched already there."""
        self.debian.run("sh", "-c", "dpkg --unpack --force-unsafe-io --force-depends "
                        "/var/cache/apt/archives/openssl_*.deb "
                        "/var/cache/apt/archives/ca-certificates_*.deb "
                        "/var/cache/apt/archives/tzdata_*.deb "
                        "/var/cache/apt/archives/libssl3_*.deb && dpkg --configure -a")
        self.debian.run("sh", "-c", "rm -rf /var/cache/apt/* /var/lib/apt/lists/* "
                        "/usr/share/locale /usr/share/i18n")
        made = self.buildah("from", "scratch")
        with open(self.store / "debian.tar", "wb") as tar:
            subprocess.run(["tar", "-C", self.debian.root, "--exclude=./proc/*", "-cf", "-", "."],
                           stdout=tar, check=True)
        self.buildah("add", made, self.store / "debian.tar", "/")
        self.buildah("commit", "--rm", made, "localhost/debian")
        (self.store / "debian.tar").unlink()

    def _build(self):
        context = self.store / "context"
        (context / "deploy").mkdir(parents=True)
        shutil.copytree(PROJECT / "deploy/container", context / "deploy/container")
        archive = newest("mllp-server-*-linux-amd64.tar.gz")
        shutil.copy(archive, context)
        self.buildah("bud", "--pull-never", "--isolation", "chroot", "--layers=false",
                     "--format", "docker", "--build-arg", "DEBIAN=localhost/debian",
                     "--build-arg", f"ARCHIVE={archive.name}", "-t", "localhost/mllp-server",
                     "-f", context / "deploy/container/Dockerfile", context)

    def environment(self):
        return dict(entry.split("=", 1) for entry in self.settings["Env"])

    def close(self):
        subprocess.run(["umount", "--lazy", "--recursive", str(self.store / "root/overlay")],
                       check=False, capture_output=True)
        remove_throwaway(self.store)
        self.debian.close()


class InImage:
    """The image's root folder, read-only, with a volume at /data: as BareDebian for Running."""

    def __init__(self, image):
        self.image = image
        self.root = Path(tempfile.mkdtemp(prefix="mllp-container-"))
        for words in (["--bind", image.root, self.root],
                      ["-o", "remount,bind,ro", self.root],
                      ["-t", "proc", "proc", self.root / "proc"],
                      ["-t", "tmpfs", "-o", f"uid={USER},gid={USER},mode=700", "volume",
                       self.root / "data"]):
            subprocess.run(["mount", *map(str, words)], check=True)

    def _inside(self, words):
        # No program of the image could do this: it has none but ours.
        code = ("import os,sys; os.chroot(sys.argv[1]); os.chdir(sys.argv[2]); os.setgroups([]);"
                f"os.setgid({USER}); os.setuid({USER}); os.execv(sys.argv[3], sys.argv[3:])")
        folder = self.image.settings["WorkingDir"]
        return [sys.executable, "-c", code, str(self.root), folder, *words]

    def start(self, *words, user, log, **settings):
        with open(log, "wb") as out:
            return subprocess.Popen(self._inside(words), env=self.image.environment() | settings,
                                    stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def run(self, *words, **settings):
        done = subprocess.run(self._inside(words), env=self.image.environment() | settings,
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def close(self):
        for where in (self.root / "data", self.root / "proc", self.root):
            subprocess.run(["umount", "--lazy", str(where)], check=False)
        self.root.rmdir()


class Container(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = Image()
        cls.addClassCleanup(cls.image.close)

    def test_the_configuration_is_what_was_promised(self):
        settings = self.image.settings
        self.assertEqual(settings["User"], "65534:65534")
        self.assertEqual(list(settings["Volumes"]), ["/data"])
        self.assertEqual(sorted(settings["ExposedPorts"]), ["2575/tcp", "8575/tcp"])
        self.assertEqual(settings["Entrypoint"] + settings["Cmd"],
                         ["/opt/mllp-server/bin/mllp-server", "serve"])
        self.assertEqual(settings["Healthcheck"]["Test"],
                         ["CMD", "/opt/mllp-server/bin/mllp-server", "health"])

    def test_it_is_small_and_has_no_shell(self):
        size = sum(path.lstat().st_size for path in self.image.root.rglob("*"))
        self.assertLess(size, SIZE_MAX)
        programs = [str(path.relative_to(self.image.root)) for path in self.image.root.rglob("*")
                    if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o111
                    and ".so" not in path.name]
        self.assertEqual(programs, ["opt/mllp-server/bin/mllp-server"])

    def test_it_serves_and_is_healthy_on_a_read_only_root(self):
        inside = InImage(self.image)
        self.addCleanup(inside.close)
        log = tempfile.NamedTemporaryFile(prefix="mllp-container-", suffix=".log")
        self.addCleanup(log.close)
        words = self.image.settings["Entrypoint"] + self.image.settings["Cmd"]
        check = self.image.settings["Healthcheck"]["Test"][1:]
        self.assertNotEqual(inside.run(*check, ADMIN_ADDR="127.0.0.1:9")[0], 0)
        server = Running(inside, *words, user=None, log=log.name)
        self.addCleanup(server.kill)
        code, told = inside.run(*check, ADMIN_ADDR=server.admin_address())
        self.assertEqual((code, told), (0, ""))
        self.assertEqual(Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
                         .split("Uid:\t")[1].split()[0], USER)
        code, told = inside.run(words[0], "bench", "--to", server.address(), "--messages", "50")
        self.assertEqual(code, 0, told)
        server.stop()
        self.assertEqual(inside.run(words[0], "messages", "list")[0], 0)

    def test_rules_know_the_time_zones(self):
        inside = InImage(self.image)
        self.addCleanup(inside.close)
        program = self.image.settings["Entrypoint"][0]
        code, shown = inside.run(program, "eval", "timestamp('2026-07-01T12:00:00Z')"
                                 ".getHours('Europe/Helsinki')")
        self.assertEqual((code, shown.strip()), (0, "15"))

    def test_authorities_are_found(self):
        inside = InImage(self.image)
        self.addCleanup(inside.close)
        bundle = inside.root / "etc/ssl/certs/ca-certificates.crt"
        self.assertGreater(bundle.read_text(encoding="ascii").count("BEGIN CERTIFICATE"), 50)


if __name__ == "__main__":
    unittest.main()
