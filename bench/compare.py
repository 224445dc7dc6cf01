"""The server against the floor, in turn, with two load generators. See README.md."""

import argparse
import json
import shutil
import sys
from dataclasses import dataclass, field

import harness


@dataclass(frozen=True)
class Case:
    durable: bool
    connections: int
    target: float           # least ratio of messages a second, server to floor
    p99_target: float = 0   # greatest ratio of p99; 0 = none is asked for

    @property
    def name(self):
        return f"{'durable' if self.durable else 'memory'}, {self.connections}"


# spec/performance.md, "Targets".
CASES = [Case(True, 1, 0.8, 2.0), Case(True, 64, 0.75), Case(True, 256, 0.75),
         Case(False, 64, 0.8), Case(False, 256, 0.8)]


@dataclass
class Figures:
    """Of one side under one load, a value for each round."""
    rate: list = field(default_factory=list)
    p99_us: list = field(default_factory=list)
    cpu_us: list = field(default_factory=list)  # of the server process, per message


def start_side(side, case, tools, folder):
    if side == "floor":
        return harness.Floor(tools["barelimit"], folder / "floor.log" if case.durable else None)
    settings = {} if case.durable else {"STORE": "memory", "ALLOW_LOSS": "true"}
    return harness.Server(tools["server"], folder, **settings)


def measure(side, load, case, tools, folder, seconds):
    """One run against a process of its own: messages a second, p99, CPU per message."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with start_side(side, case, tools, folder) as target:
        target.connect(target.port).close()
        before = target.cpu_seconds()
        if load == "bench":
            found = harness.run_bench(tools["server"], target.port, "--connections",
                                      str(case.connections), "--duration",
                                      f"{int(seconds * 1000)}ms", "--warm-up", "500ms")
            rate, p99_us, messages = (found["messages_per_second"], found["p99_us"],
                                      found["accepted"])
        else:
            found = harness.run_mllpload(tools["mllpload"], target.port, "-c",
                                         str(case.connections), "-d", str(seconds))
            rate, p99_us, messages = found["msg_per_s"], found["p99_us"], found["ok"]
        cpu_us = (target.cpu_seconds() - before) / messages * 1e6
    return rate, p99_us, cpu_us


def compare(case, load, tools, folder, options):
    sides = {"floor": Figures(), "server": Figures()}
    for round_index in range(options.rounds):
        # Who goes first changes: neither has the warmer machine.
        order = ["floor", "server"] if round_index % 2 == 0 else ["server", "floor"]
        for side in order:
            rate, p99_us, cpu_us = measure(side, load, case, tools, folder / "run",
                                           options.seconds)
            sides[side].rate.append(rate)
            sides[side].p99_us.append(p99_us)
            sides[side].cpu_us.append(cpu_us)
            print(f"  {case.name:<14} {load:<8} {side:<6} {rate:>9.0f}/s", file=sys.stderr)
    return sides


def summarise(case, load, sides):
    floor, server = sides["floor"], sides["server"]
    # Of pairs taken one right after the other: what disturbs both cancels out.
    ratio = harness.median([s / f for s, f in zip(server.rate, floor.rate)])
    p99_ratio = harness.median([s / f for s, f in zip(server.p99_us, floor.p99_us)])
    met = ratio >= case.target and (not case.p99_target or p99_ratio <= case.p99_target)
    return {"case": case.name, "load": load, "ratio": round(ratio, 3), "target": case.target,
            "met": met, "p99_ratio": round(p99_ratio, 2), "p99_target": case.p99_target or None,
            **{f"{side}_{name}": round(harness.median(getattr(figures, name)), 2)
               for side, figures in sides.items() for name in ("rate", "p99_us", "cpu_us")},
            "floor_rates": floor.rate, "server_rates": server.rate}


def render(results, about):
    header = ["store, connections", "load by", "floor/s", "server/s", "ratio", "target", "",
              "p99 floor", "p99 server", "ratio", "target", "CPU floor", "CPU server"]
    rows = []
    for each in results:
        p99_target = f"{each['p99_target']:.1f}" if each["p99_target"] else "-"
        rows.append([each["case"], each["load"], f"{each['floor_rate']:,.0f}",
                     f"{each['server_rate']:,.0f}", f"{each['ratio']:.2f}",
                     f"{each['target']:.2f}", "met" if each["met"] else "MISSED",
                     f"{each['floor_p99_us']:,.0f} us", f"{each['server_p99_us']:,.0f} us",
                     f"{each['p99_ratio']:.2f}", p99_target,
                     f"{each['floor_cpu_us']:.2f} us", f"{each['server_cpu_us']:.2f} us"])
    return "\n".join([f"machine  {about['machine']}", f"commit   {about['commit']}",
                      f"runs     {about['rounds']} of {about['seconds']} s on each side, in turn; "
                      "medians; CPU of the server process per message", "",
                      harness.table(header, rows)])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three runs of one second: a glance")
    parser.add_argument("--rounds", type=int, default=5, help="runs on each side (5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run (3)")
    parser.add_argument("--only", help="cases whose name begins so, e.g. 'durable, 64'")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--folder", help="where stores are written (build/)")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 1.0
    return options


def main():
    options = parse_options()
    harness.raise_descriptor_limit(4096)
    results = []
    with harness.scratch_folder(options.folder) as folder:
        tools = {"server": harness.build_server(),
                 "barelimit": harness.build_tool("barelimit", folder),
                 "mllpload": harness.build_tool("mllpload", folder, "-lssl", "-lcrypto")}
        about = {"machine": harness.machine(folder), "commit": harness.commit(),
                 "rounds": options.rounds, "seconds": options.seconds}
        for case in CASES:
            if options.only and not case.name.startswith(options.only):
                continue
            for load in ("bench", "mllpload"):
                sides = compare(case, load, tools, folder, options)
                results.append(summarise(case, load, sides))
    if options.json:
        print(json.dumps({**about, "results": results}, indent=1))
    else:
        print(render(results, about))
    missed = [each for each in results if not each["met"]]
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
