"""From start to first answer, and intake, with an empty and with a full store. See README.md."""

import argparse
import json
import sys
import time
from pathlib import Path

import harness

START_TARGET_SECONDS = 0.2
INTAKE_TARGET = 0.9


def drop_caches(wanted):
    """What a reboot would do. Needs root."""
    if not wanted:
        return
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError as error:
        harness.fail(f"--cold: {error}: needs root, and a kernel of one's own")


def first_answer_seconds(binary, folder, cold):
    drop_caches(cold)
    with harness.Server(binary, folder) as server:
        connection = server.connect(server.port)
        harness.exchange(connection, f"start-{time.monotonic_ns()}")
        seconds = time.monotonic() - server.started_at
        connection.close()
    return seconds


def fill(binary, folder, messages):
    """Through the server itself: what it writes is what it will have to open."""
    with harness.Server(binary, folder) as server:
        server.connect(server.port).close()
        found = harness.run_bench(binary, server.port, "--connections", "64", "--in-flight", "64",
                                  "--messages", str(messages), "--timeout", "5m")
    print(f"  filled with {messages:,} messages at {found['messages_per_second']:,.0f}/s",
          file=sys.stderr)


def intake_rate(binary, folder, seconds, cold):
    drop_caches(cold)
    with harness.Server(binary, folder) as server:
        server.connect(server.port).close()
        found = harness.run_bench(binary, server.port, "--connections", "64", "--duration",
                                  f"{int(seconds * 1000)}ms")
    return found["messages_per_second"]


def measure(binary, folder, options):
    full = folder / "full"
    fill(binary, full, options.messages)
    empty_starts, full_starts, empty_rates, full_rates = [], [], [], []
    for index in range(options.rounds):
        empty_starts.append(first_answer_seconds(binary, folder / f"start-{index}", options.cold))
        full_starts.append(first_answer_seconds(binary, full, options.cold))
    for index in range(options.rounds):
        empty_rates.append(intake_rate(binary, folder / f"intake-{index}", options.seconds,
                                       options.cold))
        full_rates.append(intake_rate(binary, full, options.seconds, options.cold))
        print(f"  intake: empty {empty_rates[-1]:,.0f}/s, full {full_rates[-1]:,.0f}/s",
              file=sys.stderr)
    ratios = [f / e for f, e in zip(full_rates, empty_rates)]
    return {"messages": options.messages, "cold": options.cold, "rounds": options.rounds,
            "start_seconds_empty": harness.median(empty_starts),
            "start_seconds_full": harness.median(full_starts),
            "intake_rate_empty": harness.median(empty_rates),
            "intake_rate_full": harness.median(full_rates),
            "intake_ratio": round(harness.median(ratios), 3)}


def render(found):
    full = f"{found['messages']:,} messages"
    start_met = found["start_seconds_full"] <= START_TARGET_SECONDS
    intake_met = found["intake_ratio"] >= INTAKE_TARGET
    rows = [["start to first answer", f"{found['start_seconds_empty'] * 1000:.0f} ms",
             f"{found['start_seconds_full'] * 1000:.0f} ms", "200 ms",
             "met" if start_met else "MISSED"],
            ["intake, 64 connections", f"{found['intake_rate_empty']:,.0f}/s",
             f"{found['intake_rate_full']:,.0f}/s", f"ratio {INTAKE_TARGET}",
             ("met" if intake_met else "MISSED") + f": {found['intake_ratio']:.2f}"]]
    return "\n".join([f"machine  {found['machine']}", f"commit   {found['commit']}",
                      f"runs     {found['rounds']} of each, in turn; medians; "
                      f"{'cold' if found['cold'] else 'warm'} cache", "",
                      harness.table(["", "empty store", full, "target", ""], rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the full store")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each intake run (3)")
    parser.add_argument("--cold", action="store_true", help="drop the page cache first (root)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", help="where the stores are written (build/)")
    options = parser.parse_args()
    with harness.scratch_folder(options.folder) as folder:
        found = measure(harness.build_server(), folder, options)
        found.update(machine=harness.machine(folder), commit=harness.commit())
    print(json.dumps(found, indent=1) if options.json else render(found))


if __name__ == "__main__":
    sys.exit(main())
