"""The library hl7 against other readers, on the same files: python-hl7 (Debian's) and the
npm package hl7v2, which is installed into a folder that goes again.

Each reads, with line ends as CR, the files of the shared corpus that all of them can read,
for a second: parse, and ten fields. All take what they know from memory, one thread each,
and take turns; the ratio is that of the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MLLP_SHARED", ROOT / ".." / "shared"))
TARGET = 10  # times as fast as each of them

PACKAGES = ("hl7v2@1.8.0", "hl7v2-dictionary@1.8.0")

PYTHON = """
import json, sys, time
sys.path.append("/usr/lib/python3/dist-packages")
import hl7
texts = [open(path, encoding="latin-1", newline="").read() for path in sys.stdin.read().split()]
places = [("MSH", 9), ("MSH", 10), ("MSH", 12), ("PID", 3), ("PID", 5), ("PID", 7), ("PID", 8),
          ("PV1", 2), ("OBX", 3), ("OBX", 5)]
def read(text):
    message, valued = hl7.parse(text), 0
    for name, field in places:
        try:
            valued += 1 if str(message.segment(name)[field]) else 0
        except (KeyError, IndexError):
            pass
    return valued
readable = []
for index, text in enumerate(texts):
    try:
        read(text)
        readable.append(index)
    except Exception:
        pass
rounds, valued, begin = 0, 0, time.perf_counter()
while time.perf_counter() - begin < 1:
    for index in readable:
        valued += read(texts[index])
    rounds += 1
taken = time.perf_counter() - begin
print(json.dumps({"seconds": taken / rounds, "valued": valued // rounds, "readable": readable}))
"""

NODE = """
import {HL7Message} from 'hl7v2';
import {readFileSync} from 'node:fs';
const texts = readFileSync(0, 'utf8').trim().split('\\n').map(path => readFileSync(path));
const places = [['MSH', 9], ['MSH', 10], ['MSH', 12], ['PID', 3], ['PID', 5], ['PID', 7],
                ['PID', 8], ['PV1', 2], ['OBX', 3], ['OBX', 5]];
function read(text) {
  const message = HL7Message.parse(text);
  let valued = 0;
  for (const [name, field] of places) {
    const segment = message.getSegment(name);
    if (segment && segment.field(field)?.toHL7String()) ++valued;
  }
  return valued;
}
const readable = [];
texts.forEach((text, index) => { try { read(text); readable.push(index); } catch {} });
let rounds = 0, valued = 0;
const begin = performance.now();
while (performance.now() - begin < 1000) {
  for (const index of readable) valued += read(texts[index]);
  ++rounds;
}
const seconds = (performance.now() - begin) / 1000 / rounds;
console.log(JSON.stringify({seconds, valued: Math.floor(valued / rounds), readable}));
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each reader (3)")
    parser.add_argument("--check", action="store_true", help="exit with 1 below the target")
    options = parser.parse_args()
    subprocess.run([ROOT / "scripts/build.sh", "release", "hl7_read_files"], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder), options)


def compare(folder: Path, options) -> int:
    readers = make_readers(folder)
    paths = write_files(folder)
    for run in readers.values():  # only what all of them read
        readable = run(paths)["readable"]
        paths = [paths[index] for index in readable]
    times: dict[str, list[float]] = {name: [] for name in readers}
    valued = {}
    for _ in range(options.rounds):
        for name, run in readers.items():
            result = run(paths)
            times[name].append(result["seconds"])
            valued[name] = result["valued"]
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(paths)} files, {size} octets; ten fields of each")
    ours = statistics.median(times["hl7"])
    worst = None
    for name, taken in times.items():
        median = statistics.median(taken)
        ratio = median / ours
        print(f"{name:10}  {median * 1e6 / len(paths):9.2f} us a file"
              f"  {size / median / 1e6:9.1f} MB/s"
              f"  {valued[name]:6} valued  {ratio:7.1f} times as long")
        if name != "hl7":
            worst = ratio if worst is None else min(worst, ratio)
    if options.check and (worst is None or worst < TARGET):
        print(f"below the target of {TARGET}", file=sys.stderr)
        return 1
    return 0


def make_readers(folder: Path) -> dict:
    """By name, a function from paths to what the reader prints."""
    (folder / "read.py").write_text(PYTHON)
    (folder / "read.mjs").write_text(NODE)
    commands = {"hl7": [ROOT / "build/release/bin/hl7_read_files"],
                "python-hl7": [sys.executable, folder / "read.py"]}
    (folder / "package.json").write_text("{}")
    installed = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES],
                               cwd=folder, stdout=subprocess.DEVNULL, check=False)
    if installed.returncode == 0:
        commands["hl7v2"] = ["node", folder / "read.mjs"]
    else:
        print("hl7v2 is left out: npm could not install it", file=sys.stderr)

    def make(command):
        def run(paths: list[Path]) -> dict:
            names = "".join(f"{path}\n" for path in paths)
            return json.loads(subprocess.run(command, input=names, text=True, check=True,
                                             capture_output=True).stdout)
        return run
    return {name: make(command) for name, command in commands.items()}


def write_files(folder: Path) -> list[Path]:
    """Copies of the corpus as a tester would send them."""
    target = folder / "files"
    target.mkdir()
    paths = []
    for number, source in enumerate(sorted((SHARED / "data/hl7").glob("*/**/*.hl7"))):
        octets = source.read_bytes().replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        if octets.count(b"\rMSH") or not octets.startswith(b"MSH"):
            continue
        paths.append(target / f"{number:05}.hl7")
        paths[-1].write_bytes(octets)
    return paths


if __name__ == "__main__":
    sys.exit(main())
