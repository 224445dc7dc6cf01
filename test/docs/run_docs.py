#!/usr/bin/env python3
"""Runs the console blocks of the documents against the real program.

    run_docs.py --server PATH page.md…

A block fenced as ```console holds commands (lines that begin with `$ `; a line
that ends in a backslash goes on) and, below each, what comes out on standard
output and standard error. In what comes out

    …        at its own line stands for any lines, none too
    a…b      within a line stands for any text

A block fenced as ```console server starts a program that goes on running to the
end of the page; its lines must come out in this order, others may come between.

Each page runs in a folder of its own that looks like the project, with the
program under test where `scripts/run.sh` would have built it: `./scripts/run.sh`
is run with MLLP_SKIP_BUILD, and port 2575 is a free one.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Iterator, NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 60
SETTLE_SECONDS = 10  # how long a reading command may be repeated until a delivery is there
STOP_SECONDS = 40
READS_ONLY = {"ls", "cat", "tr", "find", "grep"}
PORT_IN_DOCS = "2575"


class Step(NamedTuple):
    line: int
    command: str
    expected: list[str]
    stays: bool  # a server


class Wrong(Exception):
    pass


def steps_of(page: str) -> Iterator[Step]:
    """The commands of a page's console blocks, in order."""
    lines = page.splitlines()
    number = 0
    while number < len(lines):
        fence = re.match(r"```console( server)?\s*$", lines[number])
        number += 1
        if fence:
            end = next(at for at in range(number, len(lines)) if lines[at].startswith("```"))
            yield from steps_of_block(lines[number:end], number + 1, bool(fence[1]))
            number = end + 1


def steps_of_block(lines: list[str], first: int, stays: bool) -> Iterator[Step]:
    command, at, expected = None, 0, []
    for number, line in enumerate(lines, first):
        if command is not None and command.endswith("\\") and not expected:
            command = command[:-1] + line.strip()
        elif line.startswith("$ "):
            if command is not None:
                yield Step(at, command, expected, stays)
            command, at, expected = line[2:], number, []
        elif command is None:
            raise Wrong(f"line {number}: a console block begins with `$ `")
        else:
            expected.append(line)
    if command is not None:
        yield Step(at, command, expected, stays)


def pattern_of(line: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in line.rstrip().split("…"))


def matches(expected: list[str], found: str) -> bool:
    pattern = ""
    for line in expected:
        pattern += r"(?:[^\n]*\n)*" if line.strip() == "…" else pattern_of(line) + r"[ ]*\n"
    found = "".join(line + "\n" for line in found.splitlines())
    return re.fullmatch(pattern, found) is not None


def came_in_order(expected: list[str], found: str) -> bool:
    lines = iter(found.splitlines())
    return all(any(re.search(pattern_of(wanted), line) for line in lines) for wanted in expected)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Page:
    """One page, run in a folder that looks like the project."""

    def __init__(self, path: pathlib.Path, server: pathlib.Path):
        self.path = path
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run_docs."))
        self.port = free_port()
        self.servers: list[subprocess.Popen] = []
        for entry in ROOT.iterdir():
            if entry.name not in ("build", "data", ".git"):
                (self.folder / entry.name).symlink_to(entry)
        bin_folder = self.folder / "build/release/bin"
        bin_folder.mkdir(parents=True)
        (bin_folder / "mllp-server").symlink_to(server)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "HOME", "LANG", "TMPDIR") or name.endswith("SAN_OPTIONS")}
        return kept | {"LC_ALL": "C.UTF-8", "MLLP_SKIP_PACKAGES": "1", "MLLP_SKIP_BUILD": "1",
                       "LISTEN_ADDR": f"127.0.0.1:{self.port}"}

    def here(self, text: str) -> str:
        return text.replace(f"127.0.0.1:{PORT_IN_DOCS}", f"127.0.0.1:{self.port}")

    def run(self) -> int:
        count = 0
        try:
            for step in steps_of(self.path.read_text()):
                (self.start if step.stays else self.try_step)(step)
                count += 1
            self.stop_servers()
        finally:
            for server in self.servers:
                if server.poll() is None:
                    server.kill()
            shutil.rmtree(self.folder)
        return count

    def try_step(self, step: Step):
        """A command that only reads is repeated until what is on its way has come."""
        command = self.here(step.command)
        if "send" in command.split() and "--to" not in command:
            command += f" --to 127.0.0.1:{self.port}"
        expected = [self.here(line) for line in step.expected]
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            done = subprocess.run(["bash", "-c", command], cwd=self.folder,
                                  env=self.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=COMMAND_SECONDS, check=False)
            found = done.stdout.decode(errors="replace")
            if matches(expected, found):
                return
            if command.split()[0] not in READS_ONLY or time.monotonic() > deadline:
                self.fail(step, found)
            time.sleep(0.05)

    def start(self, step: Step):
        log = self.folder / f"server{len(self.servers)}.log"
        with log.open("wb") as out:
            server = subprocess.Popen(["bash", "-c", f"exec env {self.here(step.command)}"],
                                      cwd=self.folder, env=self.environment(),
                                      stdin=subprocess.DEVNULL, stdout=out,
                                      stderr=subprocess.STDOUT)
        self.servers.append(server)
        expected = [self.here(line) for line in step.expected]
        deadline = time.monotonic() + COMMAND_SECONDS
        while not came_in_order(expected, log.read_text(errors="replace")):
            if server.poll() is not None or time.monotonic() > deadline:
                self.fail(step, log.read_text(errors="replace"))
            time.sleep(0.05)

    def stop_servers(self):
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            status = server.wait(STOP_SECONDS)
            if status != 0:
                raise Wrong(f"{self.path.name}: the server ended with {status} on SIGTERM")

    def fail(self, step: Step, found: str):
        wanted = "\n".join(step.expected)
        raise Wrong(f"{self.path.name}:{step.line}: $ {step.command}\n"
                    f"--- the page shows\n{wanted}\n--- came out\n{found}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True)
    parser.add_argument("pages", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    if not options.server.is_file():
        print(f"run_docs: there is no {options.server}", file=sys.stderr)
        return 2
    failed = 0
    for path in options.pages:
        try:
            count = Page(path.resolve(), options.server.resolve()).run()
            if count == 0:
                raise Wrong(f"{path}: no console block")
            print(f"{path}: {count} commands")
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            print(wrong)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
