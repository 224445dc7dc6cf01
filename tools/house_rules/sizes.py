"""How long a file and a line may be.

A file that is over its limit is listed in tools/ratchet.txt with its present
size: it may only shrink, and leaves the list once it is within the limit.
"""

import re
from typing import Iterator

from house_rules.tree import Fault, Tree, is_trial

RATCHET = "tools/ratchet.txt"
LINE_COLUMNS_MAX = 100
SOURCE_LINES_MAX = 500
TRIAL_LINES_MAX = 800  # a test's table may be longer than a thought
HEART_LINES_MAX = 300

# What everything passes through. In every codebase that was measured these were
# the files that grew to thousands of lines.
HEART = re.compile(
    r"app/(intake/intake|store/outbox|deliver/dispatcher|server/server|admin/server)\.[ch]pp$")

MEASURED = re.compile(r"\.(cpp|hpp|py|sh|cmake|ts)$|(^|/)CMakeLists\.txt$")


def check(tree: Tree) -> Iterator[Fault]:
    ratchet, faults = read_ratchet(tree)
    yield from faults
    for path in tree.files:
        if MEASURED.search(path):
            yield from check_file_length(tree, path, ratchet.pop(path, None))
            yield from check_line_length(tree, path)
    for path, (number, _) in ratchet.items():
        yield Fault(RATCHET, number, f"{path} is gone: remove the line")


def read_ratchet(tree: Tree) -> tuple[dict[str, tuple[int, int]], list[Fault]]:
    """For each listed file the line of its entry and the size it may have."""
    entries: dict[str, tuple[int, int]] = {}
    faults = []
    if not tree.exists(RATCHET):
        return entries, faults
    for number, line in tree.lines(RATCHET):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not words[1].isdigit():
            faults.append(Fault(RATCHET, number, f"expected `path lines`: {line}"))
            continue
        entries[words[0]] = (number, int(words[1]))
    return entries, faults


def lines_max(path: str) -> int:
    if HEART.search(path):
        return HEART_LINES_MAX
    return TRIAL_LINES_MAX if is_trial(path) else SOURCE_LINES_MAX


def check_file_length(tree: Tree, path: str, entry) -> Iterator[Fault]:
    line_count = len(tree.text(path).splitlines())
    limit = lines_max(path)
    if entry is None:
        if line_count > limit:
            yield Fault(path, limit + 1, f"{line_count} lines, at most {limit}")
        return
    number, listed = entry
    if line_count > listed:
        yield Fault(path, listed + 1, f"{line_count} lines, and {RATCHET} lets it only shrink "
                                      f"from {listed}")
    elif line_count <= limit:
        yield Fault(RATCHET, number, f"{path} is within {limit} lines now: remove the line")
    elif line_count < listed:
        yield Fault(RATCHET, number, f"{path} has shrunk to {line_count}: write that here")


def check_line_length(tree: Tree, path: str) -> Iterator[Fault]:
    for number, line in tree.lines(path):
        if len(line) > LINE_COLUMNS_MAX:
            yield Fault(path, number, f"{len(line)} columns, at most {LINE_COLUMNS_MAX}")
