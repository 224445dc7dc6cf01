"""What encryption at rest costs intake: two real servers, with a key and without one, loaded in
turn. See README.md."""

import argparse
import base64
import json
import os
import sys

import harness

RATIO = 0.9


def measure(binary, folder, key_file, message, options):
    """Messages a second, and CPU of the server for each message in microseconds."""
    settings = {"ENCRYPTION_KEY_FILE": str(key_file)} if key_file else {}
    with harness.Server(binary, folder, LOG_LEVEL="warning", **settings) as server:
        server.connect(server.port).close()
        before = server.cpu_seconds()
        report = harness.run_bench(binary, server.port, "--connections", str(options.connections),
                                   "--in-flight", str(options.in_flight), "--duration",
                                   options.duration, "--warm-up", "0s", str(message))
        spent = server.cpu_seconds() - before
    return report["messages_per_second"], spent / max(report["accepted"], 1) * 1e6


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="pairs of runs (7)")
    parser.add_argument("--duration", default="3s", help="of each (3s)")
    parser.add_argument("--connections", type=int, default=64, help="at a time (64)")
    parser.add_argument("--in-flight", type=int, default=4, help="on each of them (4)")
    parser.add_argument("--size", type=int, default=1024, help="of a message (1024)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--check", action="store_true", help="exit 1 where the target is missed")
    parser.add_argument("--folder", help="where the servers run (build/)")
    return parser.parse_args()


def main():
    options = parse_options()
    rates, cpu = {"clear": [], "sealed": []}, {"clear": [], "sealed": []}
    with harness.scratch_folder(options.folder) as folder:
        binary = harness.build_server()
        machine = harness.machine(folder)
        key_file = folder / "key"
        key_file.write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
        message = folder / "message.hl7"
        text = (harness.HEADER % b"X" + harness.SEGMENTS).decode() + "NTE|1||"
        message.write_text(text + "x" * max(options.size - len(text) - 1, 0) + "\r", newline="")
        for index in range(options.rounds):
            for side in ("clear", "sealed") if index % 2 == 0 else ("sealed", "clear"):
                rate, spent = measure(binary, folder / f"{side}{index}",
                                      key_file if side == "sealed" else None, message, options)
                rates[side].append(rate)
                cpu[side].append(spent)
                print(f"  {side:<7} {rate:9,.0f}/s  {spent:6.2f} us", file=sys.stderr)
    ratios = [sealed / clear for clear, sealed in zip(rates["clear"], rates["sealed"])]
    ratio = harness.median(ratios)
    result = {"machine": machine, "commit": harness.commit(), "ratio": round(ratio, 3),
              "target": RATIO, "met": ratio >= RATIO, "ratios": [round(r, 3) for r in ratios],
              **{f"{side}_per_second": round(harness.median(rates[side])) for side in rates},
              **{f"{side}_cpu_us": round(harness.median(cpu[side]), 2) for side in cpu}}
    if options.json:
        print(json.dumps(result))
    else:
        rows = [[side, f"{result[f'{side}_per_second']:,}/s", f"{result[f'{side}_cpu_us']:.2f} us"]
                for side in rates]
        rows.append(["median of the ratios", f"{ratio:.2f}",
                     f"target {RATIO}: {'met' if result['met'] else 'MISSED'}"])
        print(f"machine  {machine}\ncommit   {result['commit']}\n"
              f"runs     {options.rounds} pairs of {options.duration}, in turn\n\n"
              + harness.table(["store", "intake", "CPU a message"], rows))
    return 1 if options.check and not result["met"] else 0


if __name__ == "__main__":
    sys.exit(main())
