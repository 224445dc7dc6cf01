"""What the program says of itself with --help, taken apart."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = "mllp-server"
_WIDTH = 26  # the column where the library that writes the help begins descriptions
_SECONDS = 20


@dataclass
class Option:
    names: list[str]  # ["-t", "--to"]
    value: str  # "HOST:PORT"; empty for a flag
    text: str

    @property
    def long(self):
        return next((name for name in self.names if name.startswith("--")), "")


@dataclass
class Page:
    words: list[str]  # ["dead-letters", "list"]; empty for the program itself
    summary: str
    usage: str
    positionals: list[Option] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    footer: list[tuple[str, list[str]]] = field(default_factory=list)  # heading, lines
    commands: dict[str, str] = field(default_factory=dict)  # of the program itself

    @property
    def name(self):
        return "-".join([PROGRAM, *self.words])


class Program:
    """The binary, asked."""

    def __init__(self, binary: Path):
        self.binary = binary

    def _ask(self, *words):
        done = subprocess.run([str(self.binary), *words], env={"PATH": "/usr/bin:/bin"},
                              capture_output=True, text=True, check=False, timeout=_SECONDS)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *words):
        code, out, err = self._ask(*words)
        if code != 0:
            raise ValueError(f"{PROGRAM} {' '.join(words)}: exit code {code}: {err}")
        return out

    def pages(self):
        """The program's own page, then one for each verb and each verb of a verb."""
        first = read_overview(self.ask("--help"))
        found = [first]
        for verb in first.commands:
            found.append(read_page([verb], self.ask(verb, "--help")))
            for second in self.second_verbs(found[-1]):
                found.append(read_page([verb, second], self.ask(verb, second, "--help")))
        return found

    def second_verbs(self, page):
        """`certs check`: named in backquotes, or told when another word is given."""
        verb = page.words[0]
        named = re.findall(rf"`{verb} ([a-z][a-z-]*)", page.summary)
        _, _, complaint = self._ask(verb, "no-such-word")
        told = re.search(r"expected ([a-z][a-z ,-]*)$", complaint, re.M)
        if told:
            named += re.split(r", | or ", told[1])
        return [word for word in dict.fromkeys(named) if self.is_verb(verb, word)]

    def is_verb(self, verb, word):
        code, out, _ = self._ask(verb, word, "--help")
        return code == 0 and f"Usage: {PROGRAM} {verb} {word}" in out


def read_overview(text):
    blocks = _blocks(text)
    page = Page([], text.splitlines()[0], "")
    for heading, lines in blocks:
        if heading == "Commands":
            for line in lines:
                found = re.match(r"^  ([a-z][a-z-]*)  +(\S.*)$", line)
                if found:
                    page.commands[found[1]] = found[2]
        elif heading and not heading.startswith("Usage"):
            page.footer.append((heading, lines))
    page.usage = re.search(r"^Usage: (.*)$", text, re.M)[1]
    return page


def read_page(words, text):
    head, _, rest = text.partition("\nUsage: ")
    usage, _, rest = rest.partition("\n")
    page = Page(words, head.strip(), usage.strip())
    for heading, lines in _blocks(rest):
        if heading == "Positionals":
            page.positionals = _options(lines)
        elif heading == "Options":
            page.options = _options(lines)
        else:
            page.footer.append((heading, lines))
    return page


def _blocks(text):
    """(heading, lines); what stands without a heading has an empty one."""
    found, heading, lines = [], "", []

    def end():
        while lines and not lines[-1].strip():
            lines.pop()
        while lines and not lines[0].strip():
            lines.pop(0)
        if lines:
            found.append((heading, list(lines)))

    for line in text.splitlines():
        title = re.match(r"^([A-Z][A-Za-z ]*):$", line)
        if title:
            end()
            heading, lines = title[1], []
        elif line and not line.startswith(" ") and heading:
            end()
            heading, lines = "", [line]
        else:
            lines.append(line)
    end()
    return found


def _options(lines):
    found = []
    for line in lines:
        head, text = line[:_WIDTH].rstrip(), line[_WIDTH:].strip()
        if len(line) > _WIDTH and line[_WIDTH - 1] != " ":  # names too long for their column
            head, text = line, ""
        if head.strip():
            words = head.split()
            names = words[0].split(",")
            value = " ".join(word for word in words[1:] if word not in ("REQUIRED", "..."))
            if not names[0].startswith("-"):
                names, value = [words[0]], "..." if "..." in words else ""
            found.append(Option(names, value, text))
        elif found:
            found[-1].text = (found[-1].text + " " + text).strip()
    return found
