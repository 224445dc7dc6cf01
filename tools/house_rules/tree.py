"""The files of the project, read once, as the rules see them."""

import functools
import os
import pathlib
import re
import subprocess
from typing import Iterator, NamedTuple, Optional

SKIPPED_FOLDERS = {".git", "node_modules", "__pycache__"}
SKIPPED_AT_THE_TOP = {"build", "data"}
TEXT_SUFFIXES = {".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".md", ".txt", ".cmake", ".json",
                 ".yaml", ".yml", ".in", ".ts", ".css", ".html", ".service"}
TEXT_NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy", ".gitignore", "LICENSE", "run"}
CPP_SUFFIXES = {".cpp", ".hpp"}


class Fault(NamedTuple):
    """One thing to mend."""

    path: str  # relative to the root
    line: int  # from 1
    what: str


class Room(NamedTuple):
    """A folder with one purpose: lib/<name> or app/<name>."""

    name: str
    folder: str


class Tree:
    """A snapshot of the project. Paths are relative to the root, with slashes."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.files = sorted(_listed_by_git(root) or _found_on_disk(root))
        self.folders = {str(parent) for path in self.files
                        for parent in pathlib.PurePosixPath(path).parents}

    @functools.cached_property
    def rooms(self) -> list[Room]:
        folders = {"/".join(path.split("/")[:2]) for path in self.files
                   if re.match(r"(lib|app)/[^/]+/", path)}
        return [Room(folder.split("/")[1], folder) for folder in sorted(folders)]

    def room_of(self, path: str) -> Optional[str]:
        match = re.match(r"(?:lib|app)/([^/]+)/", path)
        return match[1] if match else None

    @functools.lru_cache(maxsize=None)
    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode(errors="replace")  # line ends as they are

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        return enumerate(self.text(path).removesuffix("\n").split("\n"), 1)

    @functools.lru_cache(maxsize=None)
    def code(self, path: str) -> str:
        """A C++ file with comments and literals blanked out; lines stay where they were."""
        return blank_out(self.text(path))

    def code_lines(self, path: str) -> Iterator[tuple[int, str]]:
        return enumerate(self.code(path).removesuffix("\n").split("\n"), 1)

    def exists(self, path: str) -> bool:
        return path in self.folders or (self.root / path).exists()

    @functools.cached_property
    def cpp_files(self) -> list[str]:
        return [path for path in self.files if pathlib.PurePosixPath(path).suffix in CPP_SUFFIXES]

    @functools.cached_property
    def text_files(self) -> list[str]:
        return [path for path in self.files if is_text(path)]


def is_text(path: str) -> bool:
    name = pathlib.PurePosixPath(path)
    return "/corpus/" not in path and (name.suffix in TEXT_SUFFIXES or name.name in TEXT_NAMES)


def is_trial(path: str) -> bool:
    """Tests, fuzz targets and benchmarks: what tries the program and is not part of it."""
    return re.search(r"(^|/)(test|fuzz|bench|test_support)/", path) is not None


def _listed_by_git(root: pathlib.Path) -> list[str]:
    """What is committed or could be; nothing where root is not the top of a work tree."""
    if not (root / ".git").exists():
        return []
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=False)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    return [name for name in names if name and (root / name).is_file()]


def _found_on_disk(root: pathlib.Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(root):
        at_the_top = SKIPPED_AT_THE_TOP if pathlib.Path(folder) == root else set()
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS | at_the_top]
        found += [(pathlib.Path(folder) / name).relative_to(root).as_posix() for name in names]
    return found


_LITERAL = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-zA-Z])'(?:\\.|[^'\\\n])*'
    """, re.VERBOSE | re.DOTALL)


def blank_out(source: str) -> str:
    """Comments and literals become blanks; `#include "…"` keeps its name."""
    def blank(match: re.Match) -> str:
        line_start = source.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include\s*$", source[line_start:match.start()]):
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])

    return _LITERAL.sub(blank, source)
