"""What ten rules and two filters cost a message, on the real server. See README.md."""

import argparse
import json
import resource
import shutil
import sys
import time

import harness

TARGET_US = 2.0
MESSAGES = 1_000_000

# All hold for the message that is sent, and it is owed to nobody: the two sides differ in
# rules and filters, and in nothing else.
RULES = r"""
validation:
  rules:
    - {name: r1, expression: 'msh.msg_type in ["ADT", "ORU", "SIU"]'}
    - {name: r2, expression: 'msh.sending_app == "LAB"'}
    - {name: r3, expression: 'msh.version.startsWith("2.")'}
    - {name: r4, expression: 'msh.processing_id == "P"'}
    - {name: r5, expression: 'has(pid.id) && pid.id != ""'}
    - {name: r6, expression: 'pid[?"sex"].orValue("") in ["", "F", "M", "O", "U"]'}
    - {name: r7, expression: 'msg.get("PID-3.4") == "MRN"'}
    - {name: r8, when: 'msh.msg_type == "ORU"', expression: 'obx_list.size() > 0'}
    - {name: r9, when: 'has(pid.id)', expression: 'pid.id.matches("^[0-9]+$")'}
    - {name: r10, when: 'msh.msg_type == "ADT"', expression: 'msg.has("PV1-3")'}
connectors:
  - {name: one, type: file, directory: out, filter: 'msh.msg_type == "SIU"'}
  - {name: two, type: file, directory: out, filter: 'msh.msg_type == "ADT" && msh.trigger != "A08"'}
"""

MESSAGE = ("MSH|^~\\&|LAB|CENTRAL|HIS|WARD|20260403120000+0200||ORU^R01^ORU_R01|X|P|2.5.1\r"
           "PID|1||4711^^^MRN~0815^^^SS||DOE^JANE||19800229|F|||S 1^^T^^^FI\r"
           "PV1|1|I|ICU^2^B\rOBR|1|P1|F1|PANEL\r"
           "OBX|1|NM|GLU^Glucose||5.4|mmol/L|||||F\r"
           "OBX|2|ST|TXT^Text||fine|||||P\r"
           "OBX|3|NM|CRE^Creatinine||70|umol/L|||||F\r")

# Each breaks one rule; and an admission, which the second filter lets through.
BROKEN = [("ORU^R01^ORU_R01", "MDM^T02"), ("|LAB|", "|RIS|"), ("|2.5.1", "|3.0"), ("|P|2", "|T|2"),
          ("4711", ""), ("|F|||S", "|X|||S"), ("^MRN", "^MRX"), ("OBX|", "ZBX|"), ("4711", "A711"),
          ("ORU^R01^ORU_R01", "ADT^A01")]
ADMISSION = MESSAGE.replace("ORU^R01^ORU_R01", "ADT^A01")


def ask(connection, message):
    connection.sendall(b"\x0b" + message.encode() + b"\x1c\r")
    answer = b""
    while not answer.endswith(b"\x1c\r"):
        octets = connection.recv(65536)
        if not octets:
            harness.fail("the server closed a connection instead of answering")
        answer += octets
    return answer


def check_rules(connection, folder):
    """That each rule is in force, and so are the filters."""
    for number, (good, bad) in enumerate(BROKEN, start=1):
        message = MESSAGE.replace(good, bad)
        if number == 10:
            message = message.replace("ICU^2^B", "")
        answer = ask(connection, message)
        if f"|r{number}: ".encode() not in answer:
            harness.fail(f"rule r{number} did not refuse {message!r}: {answer!r}")
    if b"MSA|AA|" not in ask(connection, ADMISSION):
        harness.fail("the admission was refused")
    for _ in range(500):
        if any((folder / "out").iterdir()):
            return
        time.sleep(0.01)
    harness.fail("the admission did not pass the second filter")


def measure(side, binary, folder, options):
    """CPU of the server's process for each message, microseconds."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    if side == "with":
        (folder / "config.yaml").write_text(RULES)
    (folder / "message.hl7").write_text(MESSAGE, newline="")
    server = harness.Server(binary, folder, STORE="memory", ALLOW_LOSS="true", THREADS="1",
                            LOG_LEVEL="warning")
    with server:
        connection = server.connect(server.port)
        if side == "with":
            check_rules(connection, folder)
        connection.close()
        started = server.cpu_seconds()
        found = harness.run_bench(binary, server.port, "--connections", str(options.connections),
                                  "--messages", str(options.messages),
                                  str(folder / "message.hl7"))
        if found["accepted"] != options.messages or found["sent"] != options.messages:
            harness.fail(f"not all were accepted: {found}")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        server.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - started
    return spent / options.messages * 1e6


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs (5)")
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"of a run ({MESSAGES:,})")
    parser.add_argument("--connections", type=int, default=64, help="at a time (64)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--check", action="store_true", help="exit 1 where the target is missed")
    parser.add_argument("--folder", help="where the servers run (build/)")
    return parser.parse_args()


def main():
    options = parse_options()
    sides = {"without": [], "with": []}
    with harness.scratch_folder(options.folder) as folder:
        binary = harness.build_server()
        machine = harness.machine(folder)
        for index in range(options.rounds):
            for side in ("without", "with") if index % 2 == 0 else ("with", "without"):
                sides[side].append(measure(side, binary, folder / "run", options))
                print(f"  {side:<8} {sides[side][-1]:6.2f} us", file=sys.stderr)
    differences = [b - a for a, b in zip(sides["without"], sides["with"])]
    cost = harness.median(differences)
    result = {"machine": machine, "commit": harness.commit(), "messages": options.messages,
              "rounds": options.rounds, "cost_us": round(cost, 3), "target_us": TARGET_US,
              "met": cost <= TARGET_US, "differences_us": [round(d, 3) for d in differences],
              **{f"{side}_us": round(harness.median(values), 3) for side, values in sides.items()}}
    if options.json:
        print(json.dumps(result))
    else:
        rows = [["without", f"{result['without_us']:.2f} us"],
                ["with ten rules, two filters", f"{result['with_us']:.2f} us"],
                ["median of the differences", f"{cost:.2f} us"],
                [f"target {TARGET_US:.1f} us", "met" if result["met"] else "MISSED"]]
        print(f"machine  {machine}\ncommit   {result['commit']}\n"
              f"runs     {options.rounds} pairs of {options.messages:,} messages, in turn\n\n"
              + harness.table(["CPU of the server for a message", ""], rows))
    return 1 if options.check and not result["met"] else 0


if __name__ == "__main__":
    sys.exit(main())
