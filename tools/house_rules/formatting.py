"""Every C++ file is as clang-format 14 writes it.

Other versions write some things otherwise, so only 14 is asked; where there is
none, the rule is silent: the tests of the house run where it is.
"""

import re
import shutil
import subprocess
from typing import Iterator, Optional

from house_rules.tree import Fault, Tree

VERSION = "14"
FILES_PER_RUN = 50


def check(tree: Tree) -> Iterator[Fault]:
    tool = find_tool()
    if tool is None or ".clang-format" not in tree.files:
        return
    for start in range(0, len(tree.cpp_files), FILES_PER_RUN):
        yield from check_files(tree, tool, tree.cpp_files[start:start + FILES_PER_RUN])


def find_tool() -> Optional[str]:
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if re.search(rf"version {VERSION}\.", told.stdout):
                return path
    return None


def check_files(tree: Tree, tool: str, paths: list[str]) -> Iterator[Fault]:
    """One fault for each file: the first place that would change."""
    run = subprocess.run([tool, "--dry-run", "--style=file", *paths], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    seen = set()
    for place in re.finditer(r"^(\S+?):(\d+):\d+: (?:warning|error): code should be", run.stderr,
                             re.MULTILINE):
        if place[1] not in seen:
            seen.add(place[1])
            yield Fault(place[1], int(place[2]), f"run clang-format -i {place[1]}")
    if run.returncode != 0:
        yield Fault(paths[0], 1, f"clang-format failed: {run.stderr.strip()[:200]}")
