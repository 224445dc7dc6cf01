"""Words that may not stand in our C++, each with what to write instead."""

import re
from typing import Iterator, NamedTuple

from house_rules.tree import Fault, Tree


class Ban(NamedTuple):
    pattern: re.Pattern
    instead: str
    allowed: re.Pattern  # where it may stand all the same


NOWHERE = r"$^"
TRIALS = r"(^|/)(test|fuzz|bench|test_support|example)/"


def ban(pattern: str, instead: str, allowed: str = NOWHERE) -> Ban:
    return Ban(re.compile(pattern), instead, re.compile(allowed))


BANS = (
    ban(r"\bstd::(cout|cerr|clog)\b|\bf?printf\s*\(|\bputs\s*\(|\bperror\s*\(",
        "log through telemetry/log.hpp", rf"^app/cli/|^tools/|base/check\.hpp$|{TRIALS}"),
    ban(r"\bthrow\b", "return a Result", TRIALS),
    ban(r"(?<!static_)\bassert\s*\(", "write CHECK(): it stays on in release"),
    ban(r"\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\b|\bclock_gettime\b"
        r"|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
        "take a const base::Clock&", r"^lib/base/|(^|/)bench/"),
    ban(r"\bsleep_(for|until)\b|\b(usleep|nanosleep)\s*\(|(?<!\w)::sleep\s*\(|\bsleep\s*\(\s*\d",
        "wait for an event, not for time"),
    ban(r"\bstd::(regex|endl|rand|bind)\b", "there is something better in the house: "
        "RE2, '\\n', <random>, a lambda"),
    ban(r"\busing namespace\b", "name what you use", rf"{TRIALS}|_literals"),
    ban(r"#\s*if\s+0\b", "delete it: git remembers"),
)


def check(tree: Tree) -> Iterator[Fault]:
    for path in tree.cpp_files:
        active = [each for each in BANS if not each.allowed.search(path)]
        for number, line in tree.code_lines(path):
            for each in active:
                found = each.pattern.search(line)
                if found:
                    yield Fault(path, number, f"banned: {found[0].strip()}; {each.instead}")
