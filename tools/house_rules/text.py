"""What may not stand in any text file, whatever its language."""

import os
import pathlib
import re
from typing import Iterator

from house_rules.tree import Fault, Tree

# Written in pieces, so that this file does not find itself.
LEFT_OVER = re.compile("TO" r"DO\b|FIX" r"ME\b|\bX" r"XX\b|\bHA" r"CK\b")
MACHINE_PATH = re.compile(r"(?<![\w.}/)$-])/(?:wo" r"rk|ro" r"ot|tm" r"p)(?:/|\b)(?![\w-])"
                          r"|(?<![\w.}/)$-])/(?:wo" r"rk|ro" r"ot|tm" r"p)/\w")
HOST = re.compile(r"\bhttps?://([^/\s\"'<>)\]]+)")
MACHINE_HOST = re.compile(r"(^|[.-])(registry|artifactory|nexus|mirror|proxy|npmjs|pypi)\b"
                          r"|\.(internal|corp|lan|local)(:|$)")
NAMELESS = re.compile(r"^(utils?|helpers?|misc|manager|common)\.[a-z]+$")
COMMENTED_TEST = {
    ".py": re.compile(r"\s*#\s*def test_"),
    ".txt": re.compile(r"\s*#\s*(add_test|gtest_discover_tests|add_room)\s*\("),
}


def check(tree: Tree) -> Iterator[Fault]:
    for path in tree.files:
        name = pathlib.PurePosixPath(path).name
        if NAMELESS.match(name):
            yield Fault(path, 1, f"{name} says nothing: name what it does")
    for path in tree.text_files:
        yield from check_lines(tree, path)
        yield from check_ends(tree, path)
        yield from check_executable(tree, path)


def check_lines(tree: Tree, path: str) -> Iterator[Fault]:
    commented_test = COMMENTED_TEST.get(pathlib.PurePosixPath(path).suffix)
    for number, line in tree.lines(path):
        left_over = LEFT_OVER.search(line)
        if left_over:
            yield Fault(path, number, f"left over: {left_over[0]}")
        machine_path = MACHINE_PATH.search(line)
        if machine_path:
            yield Fault(path, number, f"a path of one machine: {machine_path[0]}")
        for host in HOST.findall(line):
            if MACHINE_HOST.search(host):
                yield Fault(path, number, f"a host of one machine or registry: {host}")
        if commented_test and commented_test.match(line):
            yield Fault(path, number, "a test is commented out: mend it or delete it")


def check_ends(tree: Tree, path: str) -> Iterator[Fault]:
    text = tree.text(path)
    if text and not text.endswith("\n"):
        yield Fault(path, len(text.splitlines()), "no newline at the end of the file")
    if "\r" in text and not path.endswith(".hl7"):
        yield Fault(path, text[:text.index("\r")].count("\n") + 1, "a carriage return")
    if path.endswith(".md"):
        return  # two blanks at a line's end mean a line break there
    for number, line in tree.lines(path):
        if line != line.rstrip(" \t"):
            yield Fault(path, number, "blanks at the end of the line")
        if "\t" in line and not path.endswith(".txt"):
            yield Fault(path, number, "a tab")


def check_executable(tree: Tree, path: str) -> Iterator[Fault]:
    if tree.text(path).startswith("#!") and not os.access(tree.root / path, os.X_OK):
        yield Fault(path, 1, "begins with #! and is not executable")
