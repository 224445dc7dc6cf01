"""The CEL engine against @marcbachmann/cel-js 8, side by side in one run.

    bench/cel-compare.sh [--rounds 7] [--check]

Builds `release`, fetches the npm package into build/, and lets the two take turns on one core; a
figure is CPU time, the median of the rounds' medians. Cost counting is on in ours. `--check` ends
with 1 where an expression takes more than half of the peer's time, or compiling more than 20
microseconds.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = "@marcbachmann/cel-js@8"
EXPRESSIONS = ('pid.id != ""', "in of 3", "all with matches, 5 elements", "optional with orValue",
               "4 conditions and exists")
COMPILE_NS_MAX = 20_000


def fetch_peer() -> pathlib.Path:
    folder = ROOT / "build/cel-peer"
    package = folder / "node_modules/@marcbachmann/cel-js"
    if not package.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}\n")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", PACKAGE],
                       cwd=folder, check=True)
    manifest = json.loads((package / "package.json").read_text())
    print(f"peer: {manifest['name']} {manifest['version']}")
    return package / "lib/index.js"


def pinned() -> list[str]:
    core = max(os.sched_getaffinity(0))
    return ["taskset", "-c", str(core)] if shutil.which("taskset") else []


def measure_ours(binary: pathlib.Path, kind: str) -> list[float]:
    done = subprocess.run([*pinned(), str(binary), f"--benchmark_filter=^{kind}/",
                           "--benchmark_min_time=0.05", "--benchmark_repetitions=5",
                           "--benchmark_format=json"], capture_output=True, check=True, text=True)
    medians = {run["run_name"]: run["cpu_time"] for run in json.loads(done.stdout)["benchmarks"]
               if run.get("aggregate_name") == "median"}
    return [medians[f"{kind}/{number}"] for number in range(len(EXPRESSIONS))]


def measure_peer(entry: pathlib.Path) -> list[float]:
    done = subprocess.run([*pinned(), "node", str(ROOT / "bench/cel-peer.mjs"), str(entry)],
                          capture_output=True, check=True, text=True)
    figures = json.loads(done.stdout)
    return [figures[str(number)] for number in range(len(EXPRESSIONS))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()

    build = ROOT / "build/release"
    if not (build / "build.ninja").is_file():
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True)
    subprocess.run(["cmake", "--build", str(build), "--target", "evaluate_bench"], check=True,
                   stdout=subprocess.DEVNULL)
    binary = build / "bin/evaluate_bench"
    entry = fetch_peer()
    ours, peers = [], []
    for turn in range(arguments.rounds):
        takers = [(ours, lambda: measure_ours(binary, "evaluate")),
                  (peers, lambda: measure_peer(entry))]
        for results, measure in takers if turn % 2 == 0 else reversed(takers):
            results.append(measure())
    compiled = measure_ours(binary, "compile")

    is_missed = False
    print(f"{'':30}{'ours':>9}{'peer':>9}{'ratio':>8}{'compile':>10}")
    for number, name in enumerate(EXPRESSIONS):
        mine = statistics.median(each[number] for each in ours)
        theirs = statistics.median(each[number] for each in peers)
        ratio = statistics.median(a[number] / b[number] for a, b in zip(ours, peers))
        is_missed |= ratio > 0.5 or compiled[number] > COMPILE_NS_MAX
        print(f"{name:30}{mine:7.1f}ns{theirs:7.1f}ns{ratio:8.2f}{compiled[number] / 1000:8.1f}us")
    return 1 if arguments.check and is_missed else 0


if __name__ == "__main__":
    sys.exit(main())
