#!/usr/bin/env python3
"""Plants each fault that tidy.py knows in a small tree and sees it found, alone."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tidy
from house_rules import formatting

TOOLS = pathlib.Path(__file__).resolve().parent

# A tree without a fault, as small as the rules allow.
CLEAN = {
    "CMakeLists.txt": "project(Sample VERSION 1.2.3 LANGUAGES CXX)\n",
    "CHANGELOG.md": "# Changes\n\n## 1.2.3\n\nThe first.\n",
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
    "tools/layers.txt": "base:\nmllp: base\nstore: base\nintake: base store/outbox.hpp\n",
    "tools/README.md": "# tools\n\n| file | what |\n| --- | --- |\n| `layers.txt` | layers |\n"
                       "| `ratchet.txt` | ratchet |\n",
    "tools/ratchet.txt": "",
    "lib/base/README.md": "# base\n\n| file | what |\n| --- | --- |\n"
                          "| `include/base/check.hpp` | a check |\n",
    "lib/base/include/base/check.hpp": "// base/check.hpp: a check.\n#pragma once\n",
    "lib/mllp/README.md": "# mllp\n\n| file | what |\n| --- | --- |\n"
                          "| `include/mllp/frame.hpp` | a frame |\n",
    "lib/mllp/include/mllp/frame.hpp":
        "// mllp/frame.hpp: a frame.\n#pragma once\n\nint frame();\n",
    "lib/mllp/src/frame.cpp":
        '#include "mllp/frame.hpp"\n\n#include <string>\n\nint frame() { return 1; }\n',
    "lib/mllp/test/frame_test.cpp":
        '#include "mllp/frame.hpp"\n\nTEST(Frame, IsOne) { EXPECT_EQ(frame(), 1); }\n',
    "app/store/README.md": "# store\n\n| file | what |\n| --- | --- |\n| `outbox.hpp` | promise |\n"
                           "| `append.hpp` | append |\n",
    "app/store/outbox.hpp": "// store/outbox.hpp: a promise.\n#pragma once\n",
    "app/store/append.hpp": "// store/append.hpp: an append.\n#pragma once\n",
    "app/intake/README.md": "# intake\n\n| file | what |\n| --- | --- |\n| `judge` | judge |\n",
    "app/intake/judge.hpp":
        '// intake/judge.hpp: a judge.\n#pragma once\n\n#include "store/outbox.hpp"\n',
    "app/intake/judge.cpp": '#include "intake/judge.hpp"\n',
    "docs/README.md": "# Pages\n\n[One](one.md#a-heading-of-one)\n",
    "docs/one.md": "# A heading: of `one`\n\n[Back](README.md)\n",
}

FRAME = "lib/mllp/src/frame.cpp"
HEADER = "lib/mllp/include/mllp/frame.hpp"
TEST = "lib/mllp/test/frame_test.cpp"
JUDGE = "app/intake/judge.cpp"
START = CLEAN[FRAME]
PLAIN = '#include "intake/judge.hpp"\n'


def in_judge(code: str) -> dict:
    return {JUDGE: PLAIN + code}


# name, what is planted (None deletes), the fault: path:line: and a part of the text.
FAULTS = [
    ("a_room_looks_sideways", in_judge('#include "mllp/frame.hpp"\n'),
     f"{JUDGE}:2: room intake may not include mllp/frame.hpp"),
    ("a_room_takes_another_header_than_its_own_share", in_judge('#include "store/append.hpp"\n'),
     f"{JUDGE}:2: room intake may not include store/append.hpp"),
    ("layers_look_up", {"tools/layers.txt": "base: mllp\nmllp: base\nstore: base\n"
                                            "intake: base store/outbox.hpp\n"},
     "tools/layers.txt:1: base may not look up at mllp"),
    ("a_room_without_a_layer", {"app/net/README.md": "# net\n"},
     "tools/layers.txt:1: room net"),
    ("a_library_that_knows_threads", {FRAME: START.replace("<string>", "<thread>")},
     f"{FRAME}:3: a library may not include <thread>"),
    ("a_library_that_knows_sockets", {FRAME: START.replace("<string>", "<sys/socket.h>")},
     f"{FRAME}:3: a library may not include <sys/socket.h>"),
    ("macros_in_an_installed_header",
     {HEADER: CLEAN[HEADER].replace("\n\nint", '\n\n#include "base/check.hpp"\n\nint')},
     f"{HEADER}:4: an installed header may not include base/check.hpp"),
    ("the_program_leans_on_test_support", in_judge('#include "test_support/manual_clock.hpp"\n'),
     f"{JUDGE}:2: the program may not include test_support"),

    ("a_file_too_long", in_judge("\n" * 500), f"{JUDGE}:501: 501 lines, at most 500"),
    ("a_test_too_long", {TEST: CLEAN[TEST] + "\n" * 800}, f"{TEST}:801: 803 lines"),
    ("a_part_of_the_heart_too_long",
     {"app/intake/intake.cpp": "\n" * 301, "app/intake/README.md":
      CLEAN["app/intake/README.md"] + "| `intake.cpp` | the heart |\n"},
     "app/intake/intake.cpp:301: 301 lines, at most 300"),
    ("a_ratchet_that_slips",
     in_judge("\n" * 600) | {"tools/ratchet.txt": f"{JUDGE} 600\n"},
     f"{JUDGE}:601: 601 lines, and tools/ratchet.txt lets it only shrink from 600"),
    ("a_ratchet_to_turn", in_judge("\n" * 599) | {"tools/ratchet.txt": f"{JUDGE} 700\n"},
     f"tools/ratchet.txt:1: {JUDGE} has shrunk to 600"),
    ("a_ratchet_no_longer_needed", {"tools/ratchet.txt": f"{JUDGE} 700\n"},
     f"tools/ratchet.txt:1: {JUDGE} is within 500 lines now"),
    ("a_ratchet_of_nothing", {"tools/ratchet.txt": "app/gone.cpp 700\n"},
     "tools/ratchet.txt:1: app/gone.cpp is gone"),
    ("a_line_too_long", {"tools/layers.py": "#" * 101 + "\n", "tools/README.md":
                         CLEAN["tools/README.md"] + "| `layers.py` | x |\n"},
     "tools/layers.py:1: 101 columns, at most 100"),

    ("standard_output", in_judge('void say() { std::cout << "x"; }\n'),
     f"{JUDGE}:2: banned: std::cout"),
    ("printf", in_judge('void say() { printf("x"); }\n'), f"{JUDGE}:2: banned: printf("),
    ("an_exception", in_judge("void fall() { throw 1; }\n"), f"{JUDGE}:2: banned: throw"),
    ("an_assert", in_judge("void hold() { assert(1 == 1); }\n"), f"{JUDGE}:2: banned: assert("),
    ("a_clock_of_its_own", in_judge("auto now = std::chrono::system_clock::now();\n"),
     f"{JUDGE}:2: banned: system_clock::now"),
    ("a_sleep", {TEST: CLEAN[TEST] + "void nap() { std::this_thread::sleep_for(1); }\n"},
     f"{TEST}:4: banned: sleep_for"),
    ("a_sleep_of_the_system", in_judge("void nap() { sleep(1); }\n"),
     f"{JUDGE}:2: banned: sleep(1; wait"),
    ("a_whole_namespace", in_judge("using namespace std;\n"),
     f"{JUDGE}:2: banned: using namespace"),
    ("code_put_aside", in_judge("#if 0\n#endif\n"), f"{JUDGE}:2: banned: #if 0"),

    ("a_header_without_its_guard", {HEADER: "// mllp/frame.hpp: a frame.\nint frame();\n"},
     f"{HEADER}:1: the first line of code must be #pragma once"),
    ("a_header_that_does_not_say_what_it_is", {HEADER: "#pragma once\n\nint frame();\n"},
     f"{HEADER}:1: a header begins by saying"),
    ("another_header_first", {FRAME: START.replace(
        '#include "mllp/frame.hpp"\n\n#include <string>\n',
        '#include <string>\n\n#include "mllp/frame.hpp"\n')},
     f"{FRAME}:1: include frame.hpp first"),
    ("another_header_first_in_a_test", {TEST: "#include <vector>\n\n" + CLEAN[TEST]},
     f"{TEST}:1: include frame.hpp first"),
    ("a_test_commented_out", {TEST: CLEAN[TEST] + "\n// TEST(Frame, IsTwo) {}\n"},
     f"{TEST}:5: a test is commented out"),
    ("a_test_disabled", {TEST: CLEAN[TEST] + "\nTEST(Frame, DISABLED_IsTwo) {}\n"},
     f"{TEST}:5: a test is disabled"),
    ("a_python_test_commented_out", {"test/x.py": "#    def test_it(self):\n"},
     "test/x.py:1: a test is commented out"),
    ("a_cmake_test_commented_out", {"test/CMakeLists.txt": "# add_test(NAME x COMMAND y)\n"},
     "test/CMakeLists.txt:1: a test is commented out"),
    ("an_exception_from_the_linter_for_all", in_judge("int one = 1;  // NOLINT\n"),
     f"{JUDGE}:2: NOLINT must name the check"),
    ("an_exception_from_the_linter_without_a_reason",
     in_judge("int one = 1;  // NOLINT(some-check)\n"), f"{JUDGE}:2: NOLINT must say why"),

    ("a_marker_left_over", in_judge("// TO" "DO: more\n"), f"{JUDGE}:2: left over: TO" "DO"),
    ("a_marker_in_a_page", {"docs/one.md": CLEAN["docs/one.md"] + "FIX" "ME\n"},
     "docs/one.md:4: left over"),
    ("a_path_of_one_machine", {"test/x.sh": "cd /ro" "ot/project\n"},
     "test/x.sh:1: a path of one machine"),
    ("a_temporary_path", {"docs/one.md": CLEAN["docs/one.md"] + "see `/tm" "p/x`\n"},
     "docs/one.md:4: a path of one machine"),
    ("a_registry", {"test/x.sh": "curl https://regi" "stry.example.org/x\n"},
     "test/x.sh:1: a host of one machine"),
    ("a_nameless_file", {"test/utils.py": "A = 1\n"}, "test/utils.py:1: utils.py says nothing"),
    ("no_newline_at_the_end", {"test/x.py": "A = 1"}, "test/x.py:1: no newline at the end"),
    ("a_carriage_return", {"test/x.py": "A = 1\nB = 2\r\n"}, "test/x.py:2: a carriage return"),
    ("blanks_at_the_end", {"test/x.py": "A = 1  \n"}, "test/x.py:1: blanks at the end"),
    ("a_script_that_does_not_run", {"test/x.sh": "#!/bin/sh\n"}, "test/x.sh:1: begins with #!"),

    ("a_room_without_a_readme", {"app/store/README.md": None}, "app/store/README.md:1: is missing"),
    ("a_readme_without_its_table", {"app/store/README.md": "# store\n"},
     "app/store/README.md:1: has no table of files"),
    ("a_file_that_the_readme_forgets", {"app/store/lane.hpp": "// A lane.\n#pragma once\n"},
     "app/store/README.md:1: does not name lane.hpp"),
    ("a_file_that_is_not_there",
     {"app/store/README.md": CLEAN["app/store/README.md"] + "| `lane.hpp` | a lane |\n"},
     "app/store/README.md:7: names lane.hpp, which is not there"),
    ("a_test_that_is_not_there", {"test/README.md": "# test\n\n| file | what |\n| --- | --- |\n"
                                                    "| scenarios/test_gone.py | gone |\n"},
     "test/README.md:5: names scenarios/test_gone.py, which is not there"),
    ("a_tool_that_the_readme_forgets", {"tools/x.py": "A = 1\n"},
     "tools/README.md:1: does not name x.py"),
    ("a_page_that_nobody_finds", {"docs/two.md": "# Two\n"},
     "docs/README.md:1: no link leads from here to docs/two.md"),
    ("a_link_to_nowhere", {"docs/one.md": "# A heading of one\n\n[Gone](gone.md)\n"},
     "docs/one.md:3: links to gone.md, which is not there"),
    ("a_link_to_no_heading", {"docs/one.md": "# Another heading\n"},
     "docs/README.md:3: links to one.md#a-heading-of-one, a heading"),
    ("a_version_without_a_heading", {"CHANGELOG.md": "# Changes\n\n## 1.2.2\n"},
     "CHANGELOG.md:1: has no heading `## 1.2.3`"),
]

# What looks like a fault and is none.
HARMLESS = [
    ("words_in_comments_and_texts", in_judge(
        '// throw, assert(x), std::cout, sleep_for\nconst char* a = "throw \\" throw";\n'
        "const char b = '\"';\nconst long c = 1'000;\n"
        'const char* d = R"x(throw "))x";\n')),
    ("static_assert", in_judge("static_assert(1 == 1);\n")),
    ("a_sleep_that_is_woken", in_judge("bool sleep(int& mutex);\n")),
    ("snprintf", in_judge("void f(char* to) { snprintf(to, 1, to); }\n")),
    ("an_example_that_prints",
     {"lib/mllp/example/show.cpp": 'void show() { std::printf("x"); }\n',
      "lib/mllp/README.md": CLEAN["lib/mllp/README.md"] + "| `example/show.cpp` | shows |\n"}),
    ("a_throwing_test", {TEST: CLEAN[TEST] + "void fall() { throw 1; }\n"}),
    ("a_test_that_looks_anywhere", {TEST: CLEAN[TEST].replace(
        "\n\n", '\n\n#include "store/append.hpp"\n#include "test_support/x.hpp"\n\n', 1)}),
    ("a_linter_exception_with_its_reason",
     in_judge("int one = 1;  // NOLINT(some-check): the standard says so\n")),
    ("a_long_file_on_the_ratchet",
     in_judge("\n" * 599) | {"tools/ratchet.txt": f"{JUDGE} 600  # a table\n"}),
    ("a_path_within_the_project", {"docs/one.md": CLEAN["docs/one.md"] + "`test/work/x` ./root\n"}),
    ("a_public_address",
     {"docs/one.md": CLEAN["docs/one.md"] + "https://www.sqlite.org/wal.html\n"}),
    ("a_link_in_code",
     {"docs/one.md": CLEAN["docs/one.md"] + "`[a](b.md)`\n```\n[a](b.md)\n```\n"}),
    ("a_folder_in_the_table",
     {"app/store/README.md": CLEAN["app/store/README.md"] + "| `sqlite/` | the store |\n",
      "app/store/sqlite/log.cpp": "int log_it();\n"}),
    ("a_table_without_backticks",
     {"app/store/README.md": CLEAN["app/store/README.md"] + "| a.hpp, b.hpp | two |\n",
      "app/store/a.hpp": "// A.\n#pragma once\n", "app/store/b.hpp": "// B.\n#pragma once\n"}),
    ("build_folders", {"build/x/bad.cpp": "throw 1;\n", "data/bad.py": "A = 1  \n"}),
]


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="tidy_test."))
        self.addCleanup(shutil.rmtree, self.root)
        self.write(CLEAN)

    def write(self, files: dict):
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def faults(self) -> list[str]:
        """All but the format: what is planted need not be formatted."""
        return tidy.find_faults(self.root, [rule for rule in tidy.RULES if rule != formatting])

    def run_tidy(self) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, TOOLS / "tidy.py", self.root],
                              capture_output=True, text=True, check=False)


class FaultsTest(TreeTest):
    def test_a_clean_tree_is_clean(self):
        self.assertEqual(self.faults(), [])
        run = self.run_tidy()
        self.assertEqual((run.stdout, run.stderr, run.returncode), ("", "", 0))

    def test_a_fault_is_printed_and_told_by_the_exit_code(self):
        self.write({"test/bad.py": "A = 1  \n"})
        run = self.run_tidy()
        self.assertEqual((run.stdout, run.stderr, run.returncode),
                         ("test/bad.py:1: blanks at the end of the line\n", "", 1))

    def test_a_badly_formatted_file(self):
        if not re.search(r"version 14\.", version_of("clang-format")):
            self.skipTest("clang-format 14 is not installed")
        self.write({FRAME: START.replace("{ return 1; }", "{return 1;}")})
        self.assertEqual(self.run_tidy().stdout, f"{FRAME}:5: run clang-format -i {FRAME}\n")

    def test_only_what_git_knows_is_looked_at(self):
        if shutil.which("git") is None:
            self.skipTest("git is not installed")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.write({".gitignore": "/scratch/\n", "scratch/bad.py": "A = 1  \n",
                    "test/bad.py": "A = 1  \n"})
        self.assertEqual(self.faults(), ["test/bad.py:1: blanks at the end of the line"])

    def test_a_folder_that_is_no_project(self):
        (self.root / "tools/layers.txt").unlink()
        run = self.run_tidy()
        self.assertEqual(run.returncode, 2)
        self.assertIn("no tools/layers.txt", run.stderr)


def version_of(tool: str) -> str:
    if shutil.which(tool) is None:
        return ""
    return subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout


def fault_test(planted: dict, expected: str):
    def test(self):
        self.write(planted)
        found = self.faults()
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(expected), f"{found[0]}\nis not\n{expected}")
    return test


def harmless_test(planted: dict):
    def test(self):
        self.write(planted)
        self.assertEqual(self.faults(), [])
    return test


for name, planted, expected in FAULTS:
    setattr(FaultsTest, f"test_{name}", fault_test(planted, expected))
for name, planted in HARMLESS:
    setattr(FaultsTest, f"test_harmless_{name}", harmless_test(planted))


if __name__ == "__main__":
    unittest.main()
