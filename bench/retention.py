"""Retention of half of N messages while intake runs: how fast intake is beside a server from
which nothing goes, how late the latest answer is, and whether the room is back.
See README.md.
"""

import argparse
import json
import subprocess
import sys
import time

import harness

RATIO = 0.8
LATE_MS = 50  # later than without retention
SEGMENT = 20  # a share of MAX_STORE_SIZE


def start(binary, folder, retain, size):
    """Segments are a twentieth of a size that is never reached."""
    server = harness.Server(binary, folder, RETAIN=retain, MAX_STORE_SIZE=str(size),
                            ADMIN_ADDR="127.0.0.1:0", LOG_LEVEL="warning")
    server.connect(server.port).close()
    return server


def load(binary, server, *options):
    return harness.run_bench(binary, server.port, "--connections", "32", "--in-flight", "8",
                             "--timeout", "5m", *options)


def stats(binary, folder):
    done = subprocess.run([str(binary), "store", "stats", "--json"], capture_output=True,
                          text=True, check=True,
                          env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(folder / "data")})
    return json.loads(done.stdout)


def measure(binary, servers, options):
    """Pairs of measurements in turn, for as long as segments go from the second."""
    ratios, late = [], []
    for index in range(options.rounds):
        order = servers if index % 2 == 0 else servers[::-1]
        found = {}
        for server in order:
            report = load(binary, server, "--duration", options.duration, "--warm-up", "0s")
            found[server] = (report["messages_per_second"], report["max_us"] / 1000)
        (still, still_max), (going, going_max) = found[servers[0]], found[servers[1]]
        ratios.append(going / still)
        late.append(going_max - still_max)
        print(f"  {going:>7.0f}/s beside {still:>7.0f}/s, latest answer {going_max:.0f} ms beside "
              f"{still_max:.0f} ms", file=sys.stderr)
    return ratios, late


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="filled in first")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of measurements (6)")
    parser.add_argument("--duration", default="5s", help="of each (5s)")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--folder", help="where stores are written (build/)")
    options = parser.parse_args()
    binary = harness.build_server()
    size = max(options.messages * 1500 * 4, SEGMENT * 2**20)
    with harness.scratch_folder(options.folder) as folder:
        for name in ("still", "going"):
            with start(binary, folder / name, "0", size) as server:
                load(binary, server, "--messages", str(options.messages), "--warm-up", "0s")
        before = stats(binary, folder / "going")
        age = "1m"  # what is filled in now is as old when the first pairs are done
        time.sleep(60)
        with start(binary, folder / "still", "0", size) as still, \
                start(binary, folder / "going", age, size) as going:
            ratios, late = measure(binary, [still, going], options)
            after = stats(binary, folder / "going")
    ratio, gone = harness.median(ratios), after["gone_segments"]
    print(f"{harness.machine(harness.PROJECT)}, commit {harness.commit()}")
    print(f"{gone} of {len(before['segments'])} segments went; intake {ratio:.2f} of that "
          f"without retention (asked: {RATIO})")
    print(f"latest answer {max(late):.0f} ms later than without it (asked: {LATE_MS})")
    print(f"size {before['total_bytes'] / 2**20:.0f} MiB before, {after['total_bytes'] / 2**20:.0f}"
          f" MiB with what came meanwhile")
    good = ratio >= RATIO and max(late) <= LATE_MS and gone > 0
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
