"""Whether delivery keeps up with durable intake: the rate at which messages are received
and delivered, beside the rate at which they are received while no lane delivers.
See README.md.
"""

import argparse
import json
import subprocess
import sys
import time

import harness

RATIO = 0.5
KINDS = ("file, append", "mllp, 8 lanes")


class Listener(harness.Child):
    """`mllp-server listen`: a receiver that costs little."""

    def __init__(self, binary):
        self.port = harness.free_port()
        super().__init__([str(binary), "listen", "--listen", f"127.0.0.1:{self.port}", "--quiet"])


def connector(kind, folder, port, stopped):
    """Stopped: its target is not there."""
    if kind.startswith("file"):
        directory = folder / ("nowhere" if stopped else ".")
        return (f"connectors:\n  - name: out\n    type: file\n    directory: {directory}\n"
                "    file_name: out.mllp\n    mode: append\n    batch: 256\n")
    return (f"connectors:\n  - name: out\n    type: mllp\n    address: 127.0.0.1:{port}\n"
            "    order_by: pid.id\n    lanes: 8\n    batch: 64\n"
            "    retry: {initial: 1s, max: 1s}\n")


def waiting(binary, folder):
    done = subprocess.run([str(binary), "queues", "--json"], capture_output=True, text=True,
                          cwd=folder, env={"PATH": "/usr/bin:/bin",
                                           "DATA_DIR": str(folder / "data")})
    if done.returncode != 0:
        harness.fail(f"queues: {done.stderr}")
    queue = json.loads(done.stdout.splitlines()[0])
    return queue["waiting"], queue["dead_letters"]


def rate(binary, folder, kind, port, options, stopped):
    """Messages a second, up to the last delivery where there is delivery."""
    folder.mkdir()
    (folder / "config.yaml").write_text(connector(kind, folder, port, stopped))
    with harness.Server(binary, folder, CONFIG_FILE=str(folder / "config.yaml"),
                        ADMIN_ADDR="127.0.0.1:0", LOG_LEVEL="warning") as server:
        server.connect(server.port).close()
        started = time.monotonic()
        harness.run_bench(binary, server.port, "--connections", str(options.connections),
                          "--in-flight", str(options.in_flight), "--messages",
                          str(options.messages), "--warm-up", "0s", "--timeout", "5m")
        received = time.monotonic() - started
        if stopped:
            left, letters = waiting(binary, folder)
            if left != options.messages:
                harness.fail(f"{left} of {options.messages} wait: the lanes were not stopped")
            return options.messages / received
        while (found := waiting(binary, folder))[0] > 0:
            if server.process.poll() is not None:
                harness.fail(server.log_tail())
            time.sleep(0.05)
        seconds = time.monotonic() - started
        if found[1] != 0:
            harness.fail(f"{found[1]} dead letters")
        print(f"  {kind}: received after {received:.1f} s, delivered after {seconds:.1f} s",
              file=sys.stderr)
        return options.messages / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000, help="of each run (200,000)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--in-flight", type=int, default=1, help="on each connection (1)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--folder", help="where stores are written (build/)")
    options = parser.parse_args()
    binary = harness.build_server()
    rows, good = [], True
    with harness.scratch_folder(options.folder) as folder:
        for kind in KINDS:
            stopped, running = [], []
            for index in range(options.rounds):
                place = folder / f"{kind.split(',')[0]}-{index}"
                nobody = harness.free_port()
                stopped.append(rate(binary, place.with_suffix(".stopped"), kind, nobody, options,
                                    True))
                with Listener(binary) as listener:
                    listener.connect(listener.port).close()
                    running.append(rate(binary, place, kind, listener.port, options, False))
            ratio = harness.median([one / other for one, other in zip(running, stopped)])
            good = good and ratio >= RATIO
            rows.append([kind, f"{harness.median(stopped):,.0f}", f"{harness.median(running):,.0f}",
                         f"{ratio:.2f}", f"{RATIO}"])
    print(f"{harness.machine(harness.PROJECT)}, commit {harness.commit()}")
    print(harness.table(["target", "lanes stopped/s", "delivered/s", "ratio", "asked"], rows))
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
