"""Section 5: rules, filters and their reload, against the real binary."""

import json
import signal
import threading
import unittest

from harness.drops import append_connector, AppendFile
from harness.eventually import eventually
from harness.messages import CANARY, message
from harness.scenario import Scenario
from harness.server import run

NEED_ID = """validation:
  rules:
    - name: need-id
      expression: pid.id != ""
      message: PID-3.1 is required
      location: PID-3.1
      code: 101
    - name: has-sex
      expression: msg.has("PID-8")
      message: no sex
      severity: warning
"""


def with_pid(pid, control_id=None, **msh):
    return message(control_id, body=pid, **msh)


class Answers(Scenario):
    def test_rule_outcomes_in_both_modes(self):
        config = NEED_ID + ("listeners:\n  - {name: one, address: '127.0.0.1:0'}\n"
                            "  - {name: two, address: '127.0.0.1:0', ack_mode: enhanced}\n"
                            "  - {name: three, address: '127.0.0.1:0', answers: ar_retries}\n")
        server = self.server(config)
        server.listeners = 3
        server.start()
        cases = [("PID|1||4711|||||F\r", "AA", "CA", "AA"), ("PID|1||\r", "AR", "CR", "AE"),
                 ("", "AE", "CE", "AE")]
        for pid, original, enhanced, other in cases:
            for listener, code in (("one", original), ("two", enhanced), ("three", other)):
                with self.subTest(pid=pid, listener=listener):
                    with server.connect(listener) as wire:
                        answer = wire.ask(with_pid(pid, accept="AL" if listener == "two" else ""))
                    self.assertEqual(answer.code, code, answer.octets)

    def test_an_answer_teaches_and_no_log_line_tells_of_the_patient(self):
        with self.start(NEED_ID).connect() as wire:
            refused = wire.ask(with_pid(f"PID|1||||{CANARY}\r", "M1", version="2.5.1"))
            old = wire.ask(with_pid("PID|1||\r", "M2", version="2.3"))
            warned = wire.ask(with_pid("PID|1||1\r", "M3", version="2.5.1"))
            failed = wire.ask(with_pid("", "M4"))
        self.assertIn(b"MSA|AR|M1|need-id: PID-3.1 is required\rERR||PID^1^3^1^1|101^Required field"
                      b" missing^HL70357|E||||PID-3.1 is required", refused.octets)
        self.assertIn(b"\rERR|PID^1^3^101&Required field missing&HL70357", old.octets)
        self.assertIn(b"MSA|AA|M3\rERR|||207", warned.octets)
        self.assertIn(b"|W||||no sex", warned.octets)
        self.assertIn(b"need-id: the rule cannot be evaluated: no such key", failed.octets)

    def test_a_bad_rule_stops_the_start_at_its_place(self):
        server = self.server(NEED_ID.replace("pid.id", "pid.idd")).launch()
        self.assertEqual(server.wait(), 2)
        self.assertIn("config.yaml:4:23: validation.rules[0].expression: 'pid' has no field 'idd'",
                      server.log_text())

    def test_a_rule_over_its_budget_is_named_in_the_log(self):
        rule = "lists.range(2000).all(a, lists.range(2000).all(b, msg.get('NTE-3') != string(a)))"
        server = self.start("validation:\n  rules:\n    - name: greedy\n      expression: \""
                            + rule + "\"\n")
        with server.connect() as wire:
            answer = wire.ask(message(size=2 << 20))
        self.assertEqual(answer.code, "AE")
        event = server.events("rule_error")[0]
        self.assertEqual((event["rule"], event["fault"]), ("greedy", "cost_limit"))


class Routing(Scenario):
    def test_filters_and_messages_put_aside(self):
        files = [AppendFile(self.folder / "out" / name) for name in ("all", "women", "aside")]
        files[0].path.parent.mkdir()
        filters = ["", "    filter: pid[?'sex'].orValue('') == 'F'\n",
                   "    filter: pid.sex == 'M'\n"]
        config = "connectors:\n" + "".join(
            append_connector(file.path, file.path.name, line)
            for file, line in zip(files, filters))
        server = self.start(config)
        woman, man, nobody = (with_pid(pid) for pid in
                              ("PID|1||1|||||F\r", "PID|1||2|||||M\r", ""))
        with server.connect() as wire:
            for payload in (woman, nobody, man):
                self.assertEqual(wire.ask(payload).code, "AA")
        files[0].expect([woman, nobody, man])
        files[1].expect([woman])
        files[2].expect([man])
        self.assertEqual(server.events("filter_error")[0]["connector"], "aside")
        server.restart()
        self.assert_accepts(server)
        files[0].wait_for(4)
        files[2].expect([man])


class Reload(Scenario):
    def rules(self, wanted):
        return ("validation:\n  rules:\n"
                f"    - {{name: one, expression: 'msg.get(\"PID-3.1\") == \"{wanted}\"',"
                f" message: want {wanted}}}\n"
                f"    - {{name: two, expression: 'msg.get(\"PID-3.1\") == \"{wanted}\"',"
                f" message: want {wanted}}}\n")

    def test_a_hundred_reloads_under_load(self):
        server = self.start(self.rules("A"), LOG_LEVEL="info")
        stop, wrong = threading.Event(), []

        def send(index):
            with server.connect() as wire:
                while not stop.is_set():
                    wanted = "AB"[index % 2]
                    answer = wire.ask(with_pid(f"PID|1||{wanted}\r", f"C{index}"))
                    other = "want " + "BA"[index % 2]
                    fine = answer.code == "AA" or (
                        answer.code == "AR" and f"one: {other}" in answer.octets.decode())
                    if not fine or answer.control_id != f"C{index}".encode():
                        wrong.append(answer.octets)

        threads = [threading.Thread(target=send, args=(index,)) for index in range(50)]
        for thread in threads:
            thread.start()
        probe = server.connect()
        for count in range(1, 101):
            (self.folder / "config.yaml").write_text(self.rules("AB"[count % 2]))
            server.signal(signal.SIGHUP)
            wanted = with_pid(f"PID|1||{'AB'[count % 2]}\r", "P")
            eventually("the reload", lambda: probe.ask(wanted).code == "AA", 10, every=0.002)
        stop.set()
        for thread in threads:
            thread.join(20)
        self.assertEqual(wrong[:3], [])
        self.assertEqual(server.events("reload_refused"), [])
        self.assertFalse(any(thread.is_alive() for thread in threads))

    def test_a_bad_document_is_refused_and_the_old_rules_stay(self):
        server = self.start(self.rules("A"))
        (self.folder / "config.yaml").write_text(self.rules("B").replace("PID-3.1", "PID-"))
        server.signal(signal.SIGHUP)
        eventually("the refusal", lambda: server.events("reload_refused"))
        self.assertIn("config.yaml:3:", server.events("reload_refused")[0]["reason"])
        with server.connect() as wire:
            self.assertEqual(wire.ask(with_pid("PID|1||A\r")).code, "AA")
            self.assertEqual(wire.ask(with_pid("PID|1||B\r")).code, "AR")


class Check(Scenario):
    def test_tests_and_files(self):
        config = NEED_ID + """tests:
  - name: none is refused
    message: "MSH|^~\\\\&|A|B|C|D|||ADT^A01|1|P|2.5\\rPID|1||\\r"
    expect: {answer: AR, rule: need-id, warnings: [has-sex]}
"""
        path = self.folder / "config.yaml"
        path.write_text(config.replace(", warnings: [has-sex]", ""))
        good, bad = self.folder / "good.hl7", self.folder / "bad.hl7"
        good.write_bytes(with_pid("PID|1||1|||||F\r"))
        bad.write_bytes(with_pid("PID|1||\r"))
        check = ("check", "--config", path)
        self.assertEqual(run(*check, good, folder=self.folder)[0], 0)
        code, shown, _ = run(*check, bad, folder=self.folder)
        self.assertEqual(code, 1, shown)
        self.assertIn('pid.id is ""', shown)
        report = json.loads(run(*check, "--json", bad, folder=self.folder)[1])
        self.assertTrue(report["tests"][0]["passed"])
        self.assertEqual(report["files"][0]["rules"][0]["because"][1],
                         {"expression": "pid.id", "value": '""'})
        self.assertEqual(run(*check, self.folder / "nowhere.hl7", folder=self.folder)[0], 2)
        path.write_text(config)
        self.assertEqual(run(*check, folder=self.folder)[0], 1)
        path.write_text(config.replace("pid.id", "pid.idd"))
        self.assertEqual(run(*check, folder=self.folder)[0], 2)


if __name__ == "__main__":
    unittest.main()
