#!/usr/bin/env python3
"""The runner of the documents' blocks finds what it should, and only that."""

import unittest

from run_docs import Wrong, came_in_order, matches, steps_of

PAGE = """# A page

Not run:

    $ rm -rf everything

```sh
$ nor this
```

```console
$ echo one
one
$ echo two \\
    three
two three
```

```console server
$ serve
listening…
```
"""

# What the page shows, what came out, whether that is the same.
OUTPUTS = [
    ([], "", True),
    ([], "surprise\n", False),
    (["one"], "one\n", True),
    (["one"], "one", True),
    (["one"], "one\ntwo\n", False),
    (["one"], "two\n", False),
    (["one", "two"], "one\n", False),
    (["…"], "", True),
    (["…"], "any\nlines\n", True),
    (["one", "…", "four"], "one\ntwo\nthree\nfour\n", True),
    (["one", "…", "four"], "one\nfour\n", True),
    (["one", "…", "four"], "one\ntwo\n", False),
    (["took … ms"], "took 12 ms\n", True),
    (["took … ms"], "took 12\n ms\n", False),
    (["a.c"], "abc\n", False),
    (["MSH|^~\\&|"], "MSH|^~\\&|\n", True),
    (["padded"], "padded   \n", True),
]

# What a server's block shows, what it wrote, whether that is enough.
SERVER_OUTPUTS = [
    (["listening"], "starting\nlistening on 1\nready\n", True),
    (["…listening…address=…"], "x listening at address=1\n", True),
    (["one", "two"], "one\nnoise\ntwo\n", True),
    (["two", "one"], "one\ntwo\n", False),
    (["listening"], "", False),
]


class RunDocsTest(unittest.TestCase):
    def test_takes_the_commands_of_console_blocks_in_order(self):
        steps = [(step.line, step.command, step.expected, step.stays) for step in steps_of(PAGE)]
        self.assertEqual(steps, [
            (12, "echo one", ["one"], False),
            (14, "echo two three", ["two three"], False),
            (20, "serve", ["listening…"], True),
        ])

    def test_compares_what_came_out(self):
        for expected, found, same in OUTPUTS:
            with self.subTest(expected=expected, found=found):
                self.assertEqual(matches(expected, found), same)

    def test_waits_for_a_servers_lines_in_order(self):
        for expected, found, enough in SERVER_OUTPUTS:
            with self.subTest(expected=expected, found=found):
                self.assertEqual(came_in_order(expected, found), enough)

    def test_refuses_a_block_without_a_command(self):
        with self.assertRaises(Wrong):
            list(steps_of("```console\nno dollar\n```\n"))


if __name__ == "__main__":
    unittest.main()
