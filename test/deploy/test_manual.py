"""Man pages and completions: well formed, whole, and they complete in the real shells."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness.bare_debian import PROJECT
from harness.server import BINARY

sys.path.insert(0, str(PROJECT / "tools"))
from manual.help_pages import Program  # noqa: E402


def need(program):
    found = shutil.which(program)
    if found is None:
        raise unittest.SkipTest(f"{program} is not installed")
    return found


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=60, check=False, **options)
    return done.returncode, done.stdout, done.stderr


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mllp-manual-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.share = Path(cls.folder.name)
        made = run(sys.executable, "-B", PROJECT / "tools/make_manual.py", "--binary", BINARY,
                   "--date", "2026-01-02", cls.share)
        if made[0] != 0:
            raise AssertionError(made)
        cls.pages = Program(Path(BINARY)).pages()
        cls.man = {path.name: path for path in cls.share.glob("man/man*/*")}


class ManPages(Manual):
    def text(self, name):
        code, shown, told = run(need("mandoc"), "-T", "utf8", "-O", "width=200", self.man[name])
        self.assertEqual(code, 0, told)
        return re.sub(".\b", "", shown)

    def test_mandoc_finds_nothing_wrong(self):
        for path in self.man.values():
            code, told, _ = run(need("mandoc"), "-T", "lint", "-W", "warning", path)
            self.assertEqual((code, told), (0, ""))

    def test_each_verb_has_a_page_with_each_of_its_options(self):
        self.assertGreater(len(self.pages), 20)
        for page in self.pages:
            text = self.text(page.name + ".1")
            for option in page.options:
                self.assertIn(", ".join(option.names), text, page.name)
                self.assertIn(" ".join(option.text.split()), " ".join(text.split()), page.name)

    def test_what_help_teaches_stands_there_as_it_is(self):
        code, shown, _ = run(BINARY, "dead-letters", "edit", "--help")
        self.assertEqual(code, 0)
        text = self.text("mllp-server-dead-letters-edit.1")
        footer = shown.split("Where:\n", 1)[1]
        for line in footer.splitlines():
            if line.startswith("  "):
                self.assertIn(line.strip(), text)

    def test_every_setting_has_its_entry(self):
        code, reference, _ = run(BINARY, "config", "--reference")
        self.assertEqual(code, 0)
        text = self.text("mllp-server-settings.5")
        names = re.findall(r"^\| `([A-Z_*]+)` ", reference, re.M)
        self.assertGreater(len(names), 40)
        for name in names:
            self.assertTrue(re.search(rf"\n +{re.escape(name)}\s", text), name)

    def test_verbs_of_verbs_are_found(self):
        found = {" ".join(page.words) for page in self.pages}
        for words in ("certs probe", "queues resume", "dead-letters discarded", "messages show"):
            self.assertIn(words, found)


class Completions(Manual):
    def bash(self, *words):
        script = (f'source "{self.share}/bash-completion/completions/mllp-server"\n'
                  'COMP_WORDS=(mllp-server "$@"); COMP_CWORD=$#\n'
                  '_mllp_server; printf "%s\\n" "${COMPREPLY[@]}"')
        code, shown, told = run("bash", "--norc", "-c", script, "bash", *words, cwd=self.share)
        self.assertEqual((code, told), (0, ""))
        return shown.split()

    def test_bash_completes_verbs_options_and_files(self):
        self.assertEqual(self.bash("se"), ["serve", "send"])
        self.assertEqual(self.bash("dead-letters", "disc"), ["discard", "discarded"])
        self.assertEqual(self.bash("send", "--retr"), ["--retries", "--retry-wait"])
        self.assertEqual(self.bash("dead-letters", "edit", "--dry"), ["--dry-run"])
        self.assertEqual(self.bash("send", "ma"), ["man"])
        self.assertEqual(self.bash("send", "--ca", "ma"), ["man"])
        self.assertEqual(self.bash("send", "--timeout", ""), [])
        self.assertIn("resume", self.bash("queues", ""))

    def fish(self, line):
        source = self.share / "fish/vendor_completions.d/mllp-server.fish"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.share)}
        code, shown, told = run(need("fish"), "--no-config", "-c",
                                f"source {source}; complete -C '{line}'", env=environment,
                                cwd=self.share)
        self.assertEqual(code, 0, told)
        return [row.split("\t")[0] for row in shown.splitlines()]

    def test_fish_completes_verbs_options_and_files(self):
        self.assertEqual(sorted(self.fish("mllp-server se")), ["send", "serve"])
        self.assertEqual(sorted(self.fish("mllp-server dead-letters disc")),
                         ["discard", "discarded"])
        self.assertEqual(sorted(self.fish("mllp-server send --retr")),
                         ["--retries", "--retry-wait"])
        self.assertIn("--dry-run", self.fish("mllp-server dead-letters edit --d"))
        self.assertEqual(self.fish("mllp-server send ma"), ["man/"])

    # Types into a real zsh on a terminal of its own, and reads what it lists.
    ZSH = """
zmodload zsh/zpty
zpty shell "zsh -f -i"
zpty -w shell 'PS1=; fpath=(%s $fpath); autoload -U compinit; compinit -u -d %s/dump; stty -echo'
zpty -w shell 'zstyle ":completion:*" list-colors ""; LISTMAX=1000; setopt nobeep; print READ"Y"'
zpty -r shell out '*READY*'
zpty -w -n shell %s$'\\t\\t'
zpty -r shell out '*%s*'
print -r -- "$out"
zpty -d shell
"""

    def zsh_lists(self, line, *wanted):
        """Whether it lists all of these, in this order."""
        script = self.ZSH % (self.share / "zsh/vendor-completions", self.share, f"'{line}'",
                             "*".join(f"'{words}'" for words in wanted))
        try:
            code, _, told = run(need("zsh"), "-f", "-c", script, cwd=self.share,
                                env={"PATH": os.environ["PATH"], "TERM": "vt100",
                                     "HOME": str(self.share), "LC_ALL": "C"})
        except subprocess.TimeoutExpired:
            self.fail(f"{line}: {wanted} did not come")
        self.assertEqual(code, 0, told)

    def test_zsh_completes_verbs_and_options(self):
        self.zsh_lists("mllp-server dead-letters dis", "discarded", "List what was discarded")
        self.zsh_lists("mllp-server send --retr", "Further attempts on AE")


if __name__ == "__main__":
    unittest.main()
