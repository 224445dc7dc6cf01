"""What a store of ten million messages costs beside an empty one: the start, intake, delivery,
searches; a hundredth of them dead letters, a hundredth owed to a target that is not there, the
page cache cold. See README.md.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import harness

START_SECONDS_MAX = 0.2
RATIO = 0.9
SEARCH_SECONDS_MAX = 0.05

# What cannot be evaluated becomes a dead letter: patients that end with 00, one in a hundred.
# One in a hundred is owed to nobody's port. `live` is there only where delivery is measured.
CONNECTORS = """connectors:
  - name: dead
    type: mllp
    address: 127.0.0.1:{port}
    filter: pid.id.endsWith("42")
    retry: {{initial: 10m, max: 10m}}
  - name: letters
    type: file
    directory: {folder}
    file_name: letters.mllp
    mode: append
    filter: 'pid.id.endsWith("00") && [true][1]'
"""
LIVE = """  - name: live
    type: file
    directory: {folder}
    file_name: live.mllp
    mode: append
    batch: 256
"""


def drop_caches():
    """What a reboot would do. Needs root."""
    subprocess.run(["sync"], check=True)
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError as error:
        harness.fail(f"{error}: needs root, and a kernel of one's own; --warm does without")


class Store:
    """A folder with a configuration, and servers on it, one after the other."""

    def __init__(self, binary, folder, options):
        self.binary, self.folder, self.options = binary, folder, options
        folder.mkdir()
        self.unused_port = harness.free_port()

    def serve(self, live=False):
        text = CONNECTORS + (LIVE if live else "")
        config = self.folder / "config.yaml"
        config.write_text(text.format(port=self.unused_port, folder=self.folder))
        if not self.options.warm:
            drop_caches()
        return harness.Server(self.binary, self.folder, CONFIG_FILE=str(config), LOG_LEVEL="error",
                              ADMIN_ADDR="127.0.0.1:0", RETAIN="0", **self.options.settings)

    def run(self, *words):
        done = subprocess.run([str(self.binary), *words, "--json"], capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin",
                                   "DATA_DIR": str(self.folder / "data")})
        if done.returncode != 0:
            harness.fail(f"{' '.join(words)}: {done.stderr}")
        return done

    def ask(self, *words):
        return [json.loads(line) for line in self.run(*words).stdout.splitlines()]

    def queues(self):
        return {each["connector"]: each for each in self.ask("queues")}

    def fill(self):
        with self.serve() as server:
            server.connect(server.port).close()
            found = harness.run_bench(self.binary, server.port, "--connections", "64",
                                      "--in-flight", "64", "--messages",
                                      str(self.options.messages), "--timeout", "5m")
            queues = self.queues()
            print(f"  filled with {self.options.messages:,} at "
                  f"{found['messages_per_second']:,.0f}/s; {queues['dead']['waiting']:,} owed, "
                  f"{queues['letters']['dead_letters']:,} dead letters", file=sys.stderr)
            print(f"  the index was complete {self.wait_for_index():.0f} s later",
                  file=sys.stderr)

    def is_indexed(self):
        """Whether a search can see all; one that cannot says so."""
        found = self.run("messages", "list", "--limit", "1")
        return "the index has come to" not in found.stderr

    def wait_for_index(self):
        began = time.monotonic()
        while not self.is_indexed():
            time.sleep(1)
        return time.monotonic() - began

    def search_seconds(self, *words):
        """As its user waits for it: a process that starts, asks, and prints. The program itself
        is in the cache."""
        if not self.options.warm:
            drop_caches()
            subprocess.run([str(self.binary), "--version"], check=True, capture_output=True)
        began = time.monotonic()
        found = self.ask("messages", "list", *words)
        seconds = time.monotonic() - began
        if not found:
            harness.fail(f"{' '.join(words)}: nothing was found")
        return seconds

    def searches(self):
        """Of messages from anywhere in the store."""
        by_control_id, by_patient = [], []
        with self.serve() as server:
            server.connect(server.port).close()
            self.wait_for_index()
            for _ in range(self.options.searches):
                after = random.randint(2, self.options.messages)
                one = self.ask("messages", "list", "--limit", "1", "--after", str(after))[0]
                by_control_id.append(self.search_seconds("--control-id", one["control_id"]))
                by_patient.append(self.search_seconds("--patient", one["patient"]))
        return by_control_id, by_patient

    def first_answer_seconds(self):
        with self.serve() as server:
            connection = server.connect(server.port)
            harness.exchange(connection, f"start-{time.monotonic_ns()}")
            seconds = time.monotonic() - server.started_at
            connection.close()
        return seconds

    def intake_rate(self):
        with self.serve() as server:
            server.connect(server.port).close()
            found = harness.run_bench(self.binary, server.port, "--connections", "64",
                                      "--duration", f"{int(self.options.seconds * 1000)}ms")
        return found["messages_per_second"]

    def delivery_rate(self):
        """Claimed, written to a file and settled, up to the last of them."""
        count = self.options.deliveries
        with self.serve(live=True) as server:
            server.connect(server.port).close()
            began = time.monotonic()
            harness.run_bench(self.binary, server.port, "--connections", "64", "--in-flight", "4",
                              "--messages", str(count), "--warm-up", "0s", "--timeout", "5m")
            while self.queues()["live"]["waiting"] > 0:
                time.sleep(0.02)
            return count / (time.monotonic() - began)


def measure(binary, folder, options):
    full = Store(binary, folder / "full", options)
    full.fill()
    starts, intake, delivery = [], [], []
    for index in range(options.rounds):
        empty = Store(binary, folder / f"empty-{index}", options)
        starts.append((empty.first_answer_seconds(), full.first_answer_seconds()))
        intake.append((empty.intake_rate(), full.intake_rate()))
        delivery.append((empty.delivery_rate(), full.delivery_rate()))
        print(f"  empty and full: start {starts[-1][0]:.3f} and {starts[-1][1]:.3f} s,"
              f" intake {intake[-1][0]:,.0f} and {intake[-1][1]:,.0f}/s,"
              f" delivery {delivery[-1][0]:,.0f} and {delivery[-1][1]:,.0f}/s", file=sys.stderr)
    by_control_id, by_patient = full.searches()
    return {"starts": starts, "intake": intake, "delivery": delivery,
            "by_control_id": by_control_id, "by_patient": by_patient}


def row(name, found, limit, is_met, unit):
    return [name, *found, f"{limit}{unit}", "met" if is_met else "MISSED"]


def ratio_row(name, pairs):
    ratio = harness.median([full / empty for empty, full in pairs])
    empty, full = (harness.median(side) for side in zip(*pairs))
    found = [f"{empty:,.0f}/s", f"{full:,.0f}/s", f"{ratio:.2f}"]
    return row(name, found, RATIO, ratio >= RATIO, "")


def seconds_row(name, seconds, limit, empty=""):
    middle = harness.median(seconds)
    return row(name, [empty, f"{middle * 1000:.0f} ms", f"{max(seconds) * 1000:.0f} ms at most"],
               f"{limit * 1000:.0f}", middle <= limit, " ms")


def rows_of(found):
    empty_start = harness.median([empty for empty, _ in found["starts"]])
    return [seconds_row("start to first answer", [full for _, full in found["starts"]],
                        START_SECONDS_MAX, f"{empty_start * 1000:.0f} ms"),
            ratio_row("intake, 64 connections", found["intake"]),
            ratio_row("claim, deliver, settle", found["delivery"]),
            seconds_row("search by control id", found["by_control_id"], SEARCH_SECONDS_MAX),
            seconds_row("search by patient", found["by_patient"], SEARCH_SECONDS_MAX)]


def setting(text):
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text}: NAME=VALUE is expected")
    return name, value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the full store")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of measurements (5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each intake run (3)")
    parser.add_argument("--deliveries", type=int, default=100_000, help="in each delivery run")
    parser.add_argument("--searches", type=int, default=20, help="of each kind (20)")
    parser.add_argument("--set", dest="settings", type=setting, action="append", default=[],
                        metavar="NAME=VALUE", help="a setting of all servers, as DEDUP=answer")
    parser.add_argument("--warm", action="store_true", help="leave the page cache as it is")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--folder", help="where the stores are written (build/)")
    options = parser.parse_args()
    options.settings = dict(options.settings)
    with harness.scratch_folder(options.folder) as folder:
        rows = rows_of(measure(harness.build_server(), folder, options))
        print(f"machine  {harness.machine(folder)}\ncommit   {harness.commit()}\n"
              f"runs     {options.rounds} of each, in turn; medians; "
              f"{'warm' if options.warm else 'cold'} cache\n")
    print(harness.table(["", "empty store", f"{options.messages:,} messages", "", "target", ""],
                        rows))
    return 1 if options.check and any(row[-1] == "MISSED" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
