"""Who may include whom: tools/layers.txt is the law.

The order of that file is the proof that there is no cycle: a room may name only
rooms above it. Tests, fuzz targets and benchmarks may look anywhere.
"""

import re
from typing import Iterator

from house_rules.tree import Fault, Tree, is_trial

LAYERS = "tools/layers.txt"
INCLUDE = re.compile(r'\s*#\s*include\s*[<"](([a-z0-9_]+)/[^">]+)[">]')

# The libraries know no socket, file, clock or thread, and stand on nothing that
# Debian does not have everywhere.
LIBRARY_BANS = re.compile(
    r"\s*#\s*include\s*<((?:thread|mutex|condition_variable|future|shared_mutex|stop_token"
    r"|fstream|iostream|filesystem|unistd\.h|fcntl\.h|poll\.h)|(?:sys|netinet|arpa|boost|fmt"
    r"|spdlog|openssl)/[^>]*)>")

# Headers that define macros: they must not reach those who include a library.
MACRO_HEADERS = {"base/try.hpp", "base/check.hpp", "base/mutex.hpp"}


def check(tree: Tree) -> Iterator[Fault]:
    allowed, faults = read_layers(tree)
    yield from faults
    for room in tree.rooms:
        if room.name not in allowed:
            yield Fault(LAYERS, 1, f"room {room.name} ({room.folder}) has no line here")
    for path in tree.cpp_files:
        room = tree.room_of(path)
        if room and not is_trial(path):
            yield from check_includes(tree, path, room, allowed)


def read_layers(tree: Tree) -> tuple[dict[str, set[str]], list[Fault]]:
    """For each room what it may include, as rooms or as single headers; and what is wrong."""
    allowed: dict[str, set[str]] = {}
    faults = []
    for number, line in tree.lines(LAYERS):
        rule = line.split("#")[0].strip()
        if not rule:
            continue
        room, colon, names = rule.partition(":")
        if not colon:
            faults.append(Fault(LAYERS, number, f"expected `room: what it may include`: {rule}"))
            continue
        for name in names.split():
            if name.split("/")[0] not in allowed:
                faults.append(Fault(LAYERS, number, f"{room} may not look up at {name}"))
        allowed[room] = set(names.split()) | {room}
    return allowed, faults


def check_includes(tree: Tree, path: str, room: str,
                   allowed: dict[str, set[str]]) -> Iterator[Fault]:
    in_library = path.startswith("lib/")
    in_public_header = in_library and "/include/" in path and room != "base"
    for number, line in tree.code_lines(path):
        included = INCLUDE.match(line)
        if included and included[2] in allowed:
            if not {included[1], included[2]} & allowed.get(room, set()):
                yield Fault(path, number, f"room {room} may not include {included[1]} ({LAYERS})")
        if included and included[2] == "test_support":
            yield Fault(path, number, "the program may not include test_support")
        if in_public_header and included and included[1] in MACRO_HEADERS:
            yield Fault(path, number, f"an installed header may not include {included[1]}: "
                                      "its macros would reach every user")
        banned = LIBRARY_BANS.match(line)
        if in_library and room != "base" and banned:
            yield Fault(path, number, f"a library may not include <{banned[1]}>: it knows no "
                                      "socket, file, clock or thread")
