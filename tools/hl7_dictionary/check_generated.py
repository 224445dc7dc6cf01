#!/usr/bin/env python3
"""Generates the dictionary anew and compares it with the committed one.

    check_generated.py FOLDER

FOLDER is where the packages are installed to. Ends with 77, which ctest shows as skipped,
where node and npm are not at hand or the packages cannot be had.
"""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COMMITTED = HERE.parents[1] / "lib/hl7/src/dictionary_data.inc"
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
INSTALL_SECONDS_MAX = 60
SKIPPED = 77


def main(folder: pathlib.Path) -> int:
    if not shutil.which("node") or not shutil.which("npm"):
        return skip("node and npm are not installed")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, folder / name)
    try:
        installed = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True,
                                   check=False, timeout=INSTALL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return skip("npm took too long")
    if installed.returncode != 0:
        return skip(f"npm cannot get the packages: {installed.stderr.strip()[-200:]}")
    generated = folder / COMMITTED.name
    subprocess.run(["node", HERE / "generate.mjs", "--modules", folder, "--out", generated],
                   check=True)
    if generated.read_bytes() == COMMITTED.read_bytes():
        return 0
    print(f"{COMMITTED.name} is not what generate.mjs writes: see {generated}")
    return 1


def skip(why: str) -> int:
    print(f"skipped: {why}")
    return SKIPPED


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
