"""How a C++ file begins, and what may not be switched off in it."""

import pathlib
import re
from typing import Iterator, Optional

from house_rules.tree import Fault, Tree

SWITCHED_OFF_TEST = re.compile(
    r"\s*(//|/\*)\s*(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|INSTANTIATE_TEST_SUITE_P"
    r"|BENCHMARK)\s*\(")
DISABLED_TEST = re.compile(r"\b(TEST|TEST_F|TEST_P|TYPED_TEST)\s*\([^)]*\bDISABLED_")


def check(tree: Tree) -> Iterator[Fault]:
    headers = headers_by_stem(tree)
    for path in tree.cpp_files:
        if path.endswith(".hpp"):
            yield from check_header(tree, path)
        else:
            yield from check_first_include(tree, path, headers)
        yield from check_switched_off_tests(tree, path)
        yield from check_lint_exceptions(tree, path)


def check_header(tree: Tree, path: str) -> Iterator[Fault]:
    first = next((line for _, line in tree.code_lines(path) if line.strip()), "")
    if first.strip() != "#pragma once":
        yield Fault(path, 1, "the first line of code must be #pragma once")
    if not tree.text(path).startswith("// "):
        yield Fault(path, 1, "a header begins by saying in one line what it is")


def headers_by_stem(tree: Tree) -> dict[tuple[str, str], list[str]]:
    """Headers by room (or folder, outside the rooms) and stem."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in tree.cpp_files:
        if path.endswith(".hpp"):
            place = tree.room_of(path) or str(pathlib.PurePosixPath(path).parent)
            found.setdefault((place, pathlib.PurePosixPath(path).stem), []).append(path)
    return found


def own_header(tree: Tree, path: str, headers: dict) -> Optional[str]:
    """The header that x.cpp defines or x_test.cpp tries."""
    file = pathlib.PurePosixPath(path)
    place = tree.room_of(path) or str(file.parent)
    subject = re.sub(r"_(test|bench|fuzz)$", "", file.stem)
    candidates = headers.get((place, subject), [])
    beside = str(file.with_name(subject + ".hpp"))
    if beside in candidates:
        return beside
    return candidates[0] if len(candidates) == 1 else None


def check_first_include(tree: Tree, path: str, headers: dict) -> Iterator[Fault]:
    header = own_header(tree, path, headers)
    if header is None or path.endswith("_fuzz.cpp") or path.endswith("_bench.cpp"):
        return
    name = pathlib.PurePosixPath(header).name
    for number, line in tree.code_lines(path):
        included = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', line)
        if included:
            if included[1].split("/")[-1] != name:
                yield Fault(path, number, f"include {name} first, to prove that it stands alone")
            return
    yield Fault(path, 1, f"include {name} first, to prove that it stands alone")


def check_switched_off_tests(tree: Tree, path: str) -> Iterator[Fault]:
    for number, line in tree.lines(path):
        if SWITCHED_OFF_TEST.match(line):
            yield Fault(path, number, "a test is commented out: mend it or delete it")
    for match in DISABLED_TEST.finditer(tree.code(path)):
        number = tree.code(path).count("\n", 0, match.start()) + 1
        yield Fault(path, number, "a test is disabled: mend it or delete it")


def check_lint_exceptions(tree: Tree, path: str) -> Iterator[Fault]:
    before = ""
    for number, line in tree.lines(path):
        exception = re.search(r"//\s*NOLINT(BEGIN|NEXTLINE)?\b(\([^)]*\))?(.*)", line)
        if exception:
            if not exception[2]:
                yield Fault(path, number, "NOLINT must name the check")
            elif len(exception[3].strip(" :")) < 8 and not before.strip().startswith("//"):
                yield Fault(path, number, "NOLINT must say why: `// NOLINT(check): reason`")
        before = line
