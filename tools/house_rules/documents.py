"""The documents tell the truth about the tree.

Each room has a README.md with a table of its files (a table whose first heading
is `file`), and that table names every source. No such table, in any README, names a
file that is not there. Each
page under docs/ can be reached by links from docs/README.md. Each link leads somewhere. The
CHANGELOG has a heading for the version that CMake builds.
"""

import fnmatch
import posixpath
import re
from typing import Iterator

from house_rules.tree import Fault, Tree, is_trial

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)")
FILE_ENDS = re.compile(r"(\.\{[^}]*\}|/\.[ch]pp|\.[ch]pp)$")


def check(tree: Tree) -> Iterator[Fault]:
    for room in tree.rooms:
        sources = [name for name in names_inside(tree, room.folder)
                   if name.endswith((".cpp", ".hpp")) and not is_trial(name)]
        yield from check_readme(tree, room.folder, sources)
    for folder in ("tools", "scripts"):
        if folder in tree.folders:
            files = [name for name in names_inside(tree, folder)
                     if "/" not in name and name not in ("README.md", "CMakeLists.txt")]
            yield from check_readme(tree, folder, files)
    for path in tree.files:
        if path == "README.md" or path.endswith("/README.md"):
            yield from check_table(tree, path)
    yield from check_index(tree)
    yield from check_links(tree)
    yield from check_version(tree)


def check_readme(tree: Tree, folder: str, sources: list[str]) -> Iterator[Fault]:
    readme = f"{folder}/README.md"
    if readme not in tree.files:
        yield Fault(readme, 1, "is missing: say what the room is for, its files, how to use it")
        return
    table = list(file_table(tree, readme))
    if not table and sources:
        yield Fault(readme, 1, "has no table of files (first heading `file`)")
        return
    for source in sources:
        if not any(matches(name, source) for _, name in table):
            yield Fault(readme, 1, f"does not name {source} in its table of files")


def check_table(tree: Tree, readme: str) -> Iterator[Fault]:
    inside = names_inside(tree, posixpath.dirname(readme))
    for number, name in file_table(tree, readme):
        if not any(matches(name, path) for path in inside):
            yield Fault(readme, number, f"names {name}, which is not there")


def names_inside(tree: Tree, folder: str) -> list[str]:
    """The files below a folder, as seen from it."""
    start = len(folder) + 1 if folder else 0
    return [path[start:] for path in tree.files if path.startswith(folder + "/") or not folder]


def file_table(tree: Tree, readme: str) -> Iterator[tuple[int, str]]:
    """The names in the first column of the tables headed `file`, in backticks or plain."""
    in_table = False
    for number, line in tree.lines(readme):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|"):
            in_table = False
        elif in_table:
            for name in re.findall(r"`([^`]+)`", cells[0]) or re.split(r",\s*", cells[0]):
                if not re.match(r"\.|:?-+:?$", name):
                    yield number, name
        else:
            in_table = cells[0].lower() in ("file", "files", "header", "headers")


def matches(name: str, inside: str) -> bool:
    """`x.hpp`, `x` and `include/room/x.hpp` all name x.hpp and x.cpp; `sub/` names a folder."""
    if name.endswith("/"):
        return inside.startswith(name)
    wanted, stem = thing(name), thing(inside)
    return fnmatch.fnmatch(stem, wanted) or fnmatch.fnmatch(posixpath.basename(stem), wanted)


def thing(name: str) -> str:
    """What header and body of one thing have in common: `x` of include/room/x.hpp, src/x.cpp."""
    return FILE_ENDS.sub("", re.sub(r"^(include/[a-z0-9_]+|src)/", "", name))


def check_index(tree: Tree) -> Iterator[Fault]:
    index = "docs/README.md"
    pages = {path for path in tree.files if path.startswith("docs/") and path.endswith(".md")}
    if not pages:
        return
    if index not in pages:
        yield Fault(index, 1, "is missing: it lists the pages of docs/")
        return
    reached, to_read = {index}, [index]
    while to_read:
        page = to_read.pop()
        linked = {resolved(page, target) for _, target in links(tree, page)} & pages - reached
        reached |= linked
        to_read += linked
    for page in sorted(pages - reached):
        yield Fault(index, 1, f"no link leads from here to {page}")


def links(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """Line and target of each link outside code."""
    in_code = False
    for number, line in tree.lines(path):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            for inline, reference in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                yield number, inline or reference


def resolved(path: str, target: str) -> str:
    name = target.split("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path


def check_links(tree: Tree) -> Iterator[Fault]:
    for path in tree.files:
        if not path.endswith(".md"):
            continue
        for number, target in links(tree, path):
            if re.match(r"[a-z]+:", target):
                continue
            where = resolved(path, target)
            if where.startswith("..") or not tree.exists(where):
                yield Fault(path, number, f"links to {target}, which is not there")
            elif "#" in target and where.endswith(".md"):
                if target.split("#")[1] not in anchors(tree, where):
                    yield Fault(path, number, f"links to {target}, a heading that is not there")


def anchors(tree: Tree, path: str) -> set[str]:
    """The names that headings get: lower case, blanks to hyphens, punctuation gone."""
    found = set()
    for _, line in tree.lines(path):
        heading = re.match(r"#+\s+(.*)", line)
        if heading:
            plain = re.sub(r"[^\w\s-]", "", heading[1].strip().lower())
            found.add(re.sub(r"\s", "-", plain))
    return found


def check_version(tree: Tree) -> Iterator[Fault]:
    version = re.search(r"project\([^)]*?VERSION\s+([0-9.]+)", tree.text("CMakeLists.txt"))
    if not version:
        yield Fault("CMakeLists.txt", 1, "project() names no VERSION")
    elif "CHANGELOG.md" not in tree.files:
        yield Fault("CHANGELOG.md", 1, "is missing")
    elif not re.search(rf"^## \[?{re.escape(version[1])}\b", tree.text("CHANGELOG.md"),
                       re.MULTILINE):
        yield Fault("CHANGELOG.md", 1, f"has no heading `## {version[1]}`, CMake's version")
