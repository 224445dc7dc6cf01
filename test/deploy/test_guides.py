"""The guides' blocks that need more than the program: a Debian to install into, kubectl; and
that what the guides name exists."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT
from harness.delivered import Delivery, newest
from harness.server import BINARY

sys.path.insert(0, str(PROJECT / "test/docs"))
from run_docs import matches, steps_of_block  # noqa: E402

GUIDES = PROJECT / "docs/guides"


def steps(guide, kind):
    """The commands of its blocks ```console KIND."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    for block in re.finditer(rf"^```console {kind}\n(.*?)^```$", text, re.M | re.S):
        first = text[:block.start()].count("\n") + 2
        yield from steps_of_block(block[1].splitlines(), first, False)


def version():
    return subprocess.run([BINARY, "--version"], capture_output=True, text=True,
                          check=True).stdout.split()[1]


class OnDebian(Delivery):
    def test_deploying_on_a_machine(self):
        home = self.debian.inside("/srv")
        shutil.copy(newest("mllp-server_*_amd64.deb"), home)
        shutil.copy(newest("mllp-server-*-linux-amd64.tar.gz"), home)
        self.debian.inside("/etc/apt/apt.conf.d/99offline").write_text(
            'Acquire::http::Proxy "http://127.0.0.1:9";\nAPT::Install-Recommends "false";\n')
        count = 0
        for step in steps("deploy-vm.md", "debian"):
            found = self.debian.run("bash", "-c", "cd /srv && " + step.command, code=None)
            expected = [line.replace("0.1.0", version()) for line in step.expected]
            self.assertTrue(matches(expected, found),
                            f"deploy-vm.md:{step.line}: {step.command}\n{found}")
            count += 1
        self.assertGreater(count, 10)


class WithKubectl(unittest.TestCase):
    def test_running_in_kubernetes(self):
        if shutil.which("kubectl") is None:
            self.skipTest("kubectl is not installed")
        with tempfile.TemporaryDirectory(prefix="mllp-guide-") as folder:
            shutil.copytree(PROJECT / "deploy", Path(folder) / "deploy")
            bin_folder = Path(folder) / "build/release/bin"
            bin_folder.mkdir(parents=True)
            (bin_folder / "mllp-server").symlink_to(BINARY)
            count = 0
            for step in steps("kubernetes.md", "kubectl"):
                done = subprocess.run(["bash", "-c", step.command], cwd=folder, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      timeout=60, check=False)
                self.assertTrue(matches(step.expected, done.stdout),
                                f"kubernetes.md:{step.line}: {step.command}\n{done.stdout}")
                count += 1
            self.assertGreater(count, 3)


class Names(unittest.TestCase):
    def test_events_that_troubleshooting_names_are_written_by_the_program(self):
        page = (GUIDES / "troubleshoot.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", page))
        named -= {name for name in named if name.startswith("mllp_")}
        self.assertGreater(len(named), 10)
        source = "\n".join(path.read_text(encoding="utf-8")
                           for path in (PROJECT / "app").rglob("*.cpp")
                           if "/test/" not in str(path))
        for name in named:
            self.assertTrue(f'"{name}"' in source, name)

    def test_metrics_and_settings_that_the_guides_name_exist(self):
        metrics = (PROJECT / "docs/reference/metrics.md").read_text(encoding="utf-8")
        settings = (PROJECT / "docs/reference/settings.md").read_text(encoding="utf-8")
        for guide in ("deploy-vm.md", "container.md", "kubernetes.md", "troubleshoot.md"):
            page = (GUIDES / guide).read_text(encoding="utf-8")
            for name in re.findall(r"`(mllp_[a-z_]+)`", page):
                self.assertTrue(f"`{name}`" in metrics, name)
            for name in re.findall(r"`([A-Z]+_[A-Z_]+)[=`]", page):
                self.assertTrue(f"`{name}`" in settings, name)


if __name__ == "__main__":
    unittest.main()
