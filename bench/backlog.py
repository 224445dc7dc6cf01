"""A backlog of a million at one dead target of four: what it costs those who send, the
memory it takes, and whether all of it arrives in order when the target is back.
See README.md.
"""

import argparse
import subprocess
import sys
import time

import harness
from target import Target, control_ids_of

RATIO = 0.9
MEMORY_MORE_MAX = 64 * 2**20  # from a tenth of the backlog to all of it


def connectors(folder, dead_port):
    """Three that write files, and where a port is given one that is dead."""
    text = "connectors:\n"
    for name in ("one", "two", "three"):
        text += (f"  - name: {name}\n    type: file\n    directory: {folder}\n"
                 f"    file_name: {name}.mllp\n    mode: append\n    batch: 256\n")
    if dead_port:
        text += (f"  - name: dead\n    type: mllp\n    address: 127.0.0.1:{dead_port}\n"
                 "    batch: 64\n    retry: {initial: 200ms, max: 2s}\n")
    return text


def start(binary, folder, dead_port=None):
    folder.mkdir()
    (folder / "config.yaml").write_text(connectors(folder, dead_port))
    server = harness.Server(binary, folder, CONFIG_FILE=str(folder / "config.yaml"),
                            ADMIN_ADDR="127.0.0.1:0", LOG_LEVEL="warning")
    server.connect(server.port).close()
    return server


def rate(binary, server, count):
    """Messages a second."""
    started = time.monotonic()
    harness.run_bench(binary, server.port, "--connections", "32", "--in-flight", "8",
                      "--messages", str(count), "--warm-up", "0s", "--timeout", "5m")
    return count / (time.monotonic() - started)


def fill(binary, healthy, burdened, options):
    """Both get as much, in turn; the ratios and the memory of the one with the dead target."""
    ratios, memory = [], []
    step = options.messages // options.steps
    for index in range(options.steps):
        pair = [healthy, burdened] if index % 2 == 0 else [burdened, healthy]
        rates = {each: rate(binary, each, step) for each in pair}
        ratios.append(rates[burdened] / rates[healthy])
        memory.append(burdened.memory_bytes())
        print(f"  backlog {(index + 1) * step:>9}: {rates[burdened]:>7.0f}/s beside "
              f"{rates[healthy]:>7.0f}/s, memory {memory[-1] / 2**20:>6.1f} MiB", file=sys.stderr)
    return ratios, memory


def drain(server, target, count, folder):
    """Seconds until all has arrived; fails where it is not in the order of the archive."""
    started = time.monotonic()
    target.open()
    told, highest = started, 0
    while target.count() < count:
        if server.process.poll() is not None:
            harness.fail(server.log_tail())
        if time.monotonic() > told + 10:
            told = time.monotonic()
            print(f"  {target.count():>9} arrived", file=sys.stderr)
        highest = max(highest, server.memory_bytes())
        time.sleep(0.2)
    seconds = time.monotonic() - started
    time.sleep(1)
    arrived = target.control_ids
    if len(arrived) != count:
        harness.fail(f"{len(arrived)} arrived of {count}: some of them twice")
    for place, wanted in enumerate(control_ids_of(folder / "one.mllp")):
        if arrived[place] != wanted:
            harness.fail(f"out of order: {arrived[place]} at {place}, where {wanted} was due")
    return seconds, highest


def dead_letter_count(binary, folder):
    done = subprocess.run([str(binary), "dead-letters", "list", "--json"], capture_output=True,
                          text=True, cwd=folder, check=True,
                          env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(folder / "data")})
    return len(done.stdout.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=10, help="pairs of measurements (10)")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--folder", help="where stores are written (build/)")
    options = parser.parse_args()
    binary = harness.build_server()
    target = Target()
    count = options.messages // options.steps * options.steps
    with harness.scratch_folder(options.folder) as folder, \
            start(binary, folder / "healthy") as healthy, \
            start(binary, folder / "burdened", target.port) as burdened:
        ratios, memory = fill(binary, healthy, burdened, options)
        healthy.stop()
        seconds, highest = drain(burdened, target, count, folder / "burdened")
        letters = dead_letter_count(binary, folder / "burdened")
    ratio, more = harness.median(ratios), memory[-1] - memory[0]
    print(f"{harness.machine(harness.PROJECT)}, commit {harness.commit()}")
    print(f"intake with one dead target of four: {ratio:.2f} of that without it (asked: {RATIO})")
    print(f"memory: {memory[0] / 2**20:.1f} MiB at a tenth of the backlog, "
          f"{memory[-1] / 2**20:.1f} at all of it, {highest / 2**20:.1f} at most as it drained")
    print(f"{count} arrived in order in {seconds:.0f} s ({count / seconds:.0f}/s), "
          f"{letters} dead letters")
    good = ratio >= RATIO and more <= MEMORY_MORE_MAX and letters == 0
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
