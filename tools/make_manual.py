#!/usr/bin/env python3
"""Writes man pages and shell completions out of what the program says of itself.

    make_manual.py --binary build/release/bin/mllp-server --date 2026-11-27 FOLDER

FOLDER then holds man/man1, man/man5, bash-completion/completions, zsh/vendor-completions
and fish/vendor_completions.d, as /usr/share does.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from manual import completions, man_pages  # noqa: E402
from manual.help_pages import PROGRAM, Program  # noqa: E402


def files_of(program, date):
    """(path, text) of each file."""
    version = program.ask("--version").split()[1]
    pages = program.pages()
    for page in pages:
        yield f"man/man1/{page.name}.1", man_pages.page(page, pages, date, version)
    reference = program.ask("config", "--reference")
    yield f"man/man5/{PROGRAM}-settings.5", man_pages.settings(reference, date, version)
    yield f"bash-completion/completions/{PROGRAM}", completions.bash(pages)
    yield f"zsh/vendor-completions/_{PROGRAM}", completions.zsh(pages)
    yield f"fish/vendor_completions.d/{PROGRAM}.fish", completions.fish(pages)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--date", required=True, help="of the man pages")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    for path, text in files_of(Program(given.binary.resolve()), given.date):
        target = given.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
