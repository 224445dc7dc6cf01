#!/usr/bin/env python3
"""Shows doxygen our headers: comments in `//` as documentation, word for word.

    doxygen_filter.py FILE      prints the file as doxygen shall read it

What is indented by four blanks inside a comment is an example; backslashes and
characters that doxygen takes for commands or markup are its readers' own.
"""

import re
import sys

COMMENT = re.compile(r"^(\s*)// ?(.*)$")
BEHIND = re.compile(r"^(.*[;,{})])  // (.*)$")
SPECIAL = re.compile(r"([\\@#<>&$%\"])")


def escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("::", r"\::")


def shown(lines: list[str]) -> list[str]:
    out: list[str] = []
    example = False
    first = True  # of the file: what it is for
    for line in lines:
        comment = COMMENT.match(line)
        behind = BEHIND.match(line)
        if comment:
            is_example = comment[2].startswith("    ") or (example and not comment[2].strip())
            if is_example != example:
                out.append(f"{comment[1]}/// {'@verbatim' if is_example else '@endverbatim'}")
                example = is_example
            text = comment[2] if example else escaped(comment[2])
            out.append(f"{comment[1]}/// {'@file' + chr(10) + '/// ' if first else ''}{text}")
            first = False
            continue
        if example:
            out.append("/// @endverbatim")
            example = False
        first = False
        out.append(f"{behind[1]}  ///< {escaped(behind[2])}" if behind else line)
    return out


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(shown(file.read().split("\n"))))
