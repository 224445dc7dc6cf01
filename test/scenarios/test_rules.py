"""Section 5: rules, filters and their reload, against the real binary."""

import json
import re
import signal
import subprocess
import threading
import unittest
from pathlib import Path

from harness.certificates import Authority, server_settings
from harness.drops import append_connector, AppendFile
from harness.eventually import eventually, stretched
from harness.messages import CANARY, frame, message
from harness.scenario import Scenario
from harness.server import BINARY, environment, run
from harness.tls_wire import TlsWire, client_context

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "validation.md"

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


    def test_the_structure_of_a_message_is_told_finding_by_finding(self):
        config = "validation:\n  rules:\n    - {name: standard, structure: required}\n"
        good = f"EVN||20260403\rPID|1||4711^^^MR||{CANARY}^A||19700101|F\rPV1|1|I\r"
        bad = f"PID|1||4711^^^MR||{CANARY}^A||1970|F\rPV1|1\r"
        server = self.start(config)
        with server.connect() as wire:
            self.assertEqual(wire.ask(message(body=good, version="2.5.1")).code, "AA")
            answer = wire.ask(message("B1", body=bad, version="2.5.1"))
            old = wire.ask(message("B2", body=bad, version="2.3.1"))
            large = wire.ask(message(body=good + "OBX|1|NM|A||5.4||||||F\r" * 60_000,
                                     version="2.5.1"))
        self.assertIn(b"MSA|AR|B1|standard: EVN: EVN is required before PID\r"
                      b"ERR||EVN^1|100^Segment sequence error^HL70357|E||||EVN: EVN is",
                      answer.octets)
        self.assertIn(b"\rERR||PV1^1^2|101^Required field missing^HL70357|E||||PV1-2: Patient ",
                      answer.octets)
        self.assertEqual(answer.octets.count(b"\rERR|"), 2)
        self.assertIn(b"ERR|EVN^1^^100&Segment sequence error&HL70357~PV1^1^2^101&", old.octets)
        self.assertEqual(large.code, "AE")
        event = server.events("rule_error")[0]
        self.assertEqual((event["rule"], event["fault"]), ("standard", "cost_limit"))

    def test_all_rules_of_a_message_share_one_budget(self):
        rules = "validation:\n  rules:\n" + "".join(
            f"    - {{name: r{number}, expression: 'lists.range(2000).all(a, a >= 0)'}}\n"
            for number in range(1, 41))
        server = self.start(rules)
        with server.connect() as wire:
            self.assertEqual(wire.ask(message("B3")).code, "AE")
        event = server.events("rule_error")[0]
        self.assertNotEqual(event["rule"], "r1")
        self.assertEqual(event["fault"], "cost_limit")
        self.assertEqual(int(event["message_cost"]), 100_000)
        server.settings["CEL_MESSAGE_COST_LIMIT"] = 2_000_000
        server.restart()
        self.assert_accepts(server)

    def test_the_default_character_set_reaches_rules_and_answers(self):
        config = ("validation:\n  rules:\n    - name: name\n      expression: "
                  "'msg.get(\"PID-5.1\") == \"Mühle\"'\n      message: für Mühle\n")
        for charset, code in (("8859/1", "AA"), ("8859/5", "AR"), ("auto", "AA")):
            server = self.start(config, DEFAULT_CHARACTER_SET=charset)
            with server.connect() as wire:
                answer = wire.ask(message("N1", body="PID|1||1||M\xfchle\r", version="2.5.1"))
                self.assertEqual(answer.code, code, charset)
                other = wire.ask(message("N2", body="PID|1||1||x\r", version="2.5.1"))
            self.assertIn({"8859/1": "f\xfcr M\xfchle".encode("latin-1"), "8859/5": b"f?r M?hle",
                           "auto": b"f?r M?hle"}[charset], other.octets)
            self.assertEqual(b"||||||8859/1\r" in other.octets, charset == "8859/1")
            server.stop()

    def test_the_default_character_set_reaches_people_and_json(self):
        file = self.folder / "one.hl7"
        file.write_bytes(message(body="PID|1||1||M\xfchle\r"))
        for charset, name in (("8859/1", "Mühle"), ("8859/5", "Mќhle"), ("auto", "Mühle")):
            for form in ("--path=PID-5.1", "--json"):
                code, shown, _ = run("show", form, file, DEFAULT_CHARACTER_SET=charset)
                self.assertEqual(code, 0)
                self.assertIn(name, shown, charset)
        self.assertEqual(run("show", file, DEFAULT_CHARACTER_SET="8859/99")[0], 2)


# An expression, and what it is of a message with all segments, of one whose fields are
# empty, and of one of MSH alone: true, false, or the text of the error.
VARIABLES = [
    ('msh.msg_type == "ADT"', True, True, True),
    ('msh.trigger + msh.structure == "A01ADT_A01"', True, True, True),
    ('msh.sending_app + "/" + msh.sending_fac == "HIS/CENTRAL"', True, True, True),
    ('msh.receiving_app + "/" + msh.receiving_fac == "LAB/PATHOLOGY"', True, True, True),
    ('msh.datetime == "20260403120000" && msh.processing_id == "P"', True, True, True),
    ('msh.control_id.startsWith("V") && msh.version == "2.5.1"', True, True, True),
    ('pid.id == "4711"', True, False, "no such key"),
    ('pid["id"] == "4711"', True, False, "no such key"),
    ('pid.name == "Doe^Jane" && pid.dob == "19700101"', True, False, "no such key"),
    ('pid.sex == "F" && pid.country == "FI" && pid.ssn == "123"', True, False, "no such key"),
    ('pid.sex == ""', False, True, "no such key"),
    ('has(pid.id)', True, True, False),
    ('pid[?"country"].orValue("none") == "none"', False, False, True),
    ('pid.size() > 0', True, True, False),
    ('pv1.patient_class == "I" && pv1.assigned_location == "ICU^2"', True, False, "no such key"),
    ('pv1.attending_doctor == "doc" && pv1.admit_datetime == "2026"', True, False, "no such key"),
    ('obx.value_type + obx.identifier + obx.value == "NMGLU5.4"', True, False, "no such key"),
    ('obx.unit + obx.status == "mmolF"', True, False, "no such key"),
    ('obx_list.size() == 2', True, False, False),
    ('obx_list.all(o, o.status == "F")', True, False, True),
    ('msg.get("PID-3(2).1") == "99" && msg.get("ZZZ-1") == ""', True, False, False),
    ('msg.all("OBX(*)-5") == ["5.4", "<5"]', True, False, False),
    ('msg.has("PID-19")', True, False, False),
    ('msg.is_null("PID-30")', True, False, False),
    ('msg.count("OBX") == 2 && msg.count("PID-3") == 2', True, False, False),
    ('msg.segments("OBX").map(s, s.get("OBX-3.1")) == ["GLU", "CRE"]', True, False, False),
    ('conn.listener == "default" && conn.address.startsWith("127.0.0.1:")', True, True, True),
    ('conn.tls_subject == "" && conn.tls_san == []', True, True, True),
    ('now > timestamp("2026-01-01T00:00:00Z")', True, True, True),
    ('hl7.timestamp(msg.get("PID-7")).hasValue()', True, False, False),
    ('hl7.number(msg.get("OBX-5")) == optional.of(5.4)', True, False, False),
    ('msg.get("PV1-3.1") in sets.wards', True, False, False),
    ('sets.map("wards", msg.get("PV1-3.1")).orValue("") == "Care"', True, False, False),
]


class Variables(Scenario):
    def test_of_full_of_empty_and_of_absent_segments(self):
        (self.folder / "wards.csv").write_text("code,name\nICU,Care\n")
        rules = "sets:\n  wards: {file: wards.csv}\nvalidation:\n  rules:\n" + "".join(
            f"    - name: r{index}\n      severity: warning\n      message: no {index};\n"
            f"      expression: '{row[0]}'\n" for index, row in enumerate(VARIABLES))
        full = ("PID|1||4711^^^MR~99||Doe^Jane||19700101|F|||S^^T^^^FI||||||||123|||||||||||\"\"\r"
                "PV1|1|I|ICU^2||||doc" + "|" * 37 + "2026\r"
                "OBX|1|NM|GLU||5.4|mmol|||||F\rOBX|2|NM|CRE||<5||||||F\r")
        server = self.start(rules, CEL_MESSAGE_COST_LIMIT=1_000_000)
        with server.connect() as wire:
            answers = [wire.ask(message("V1", body=body, version="2.5.1",
                                        kind="ADT^A01^ADT_A01")).octets.decode()
                       for body in (full, "PID|\rPV1|\rOBX|\r", "")]
        for column, answer in enumerate(answers, start=1):
            texts = re.findall(r"\|W\|\|\|\|([^\r]*)", answer)
            for index, row in enumerate(VARIABLES):
                with self.subTest(expression=row[0], column=column):
                    is_false = f"no {index};" in texts
                    self.assertEqual(is_false, row[column] is False, answer)
            errors = sum("cannot be evaluated: no such key" in text for text in texts)
            self.assertEqual(errors, sum(isinstance(row[column], str) for row in VARIABLES))


class Certificates(Scenario):
    """The guide's rule that binds a certificate to a facility, with real clients."""

    def rule_of_the_guide(self):
        blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
        return next(block for block in blocks if "own-facility" in block)

    def test_each_sends_for_its_own_facility(self):
        authority = Authority(self.folder / "ca")
        for name in ("city", "west"):
            authority.issue(name, names=f"DNS:{name}.hospital.example,URI:urn:x:{name}")
        config = self.rule_of_the_guide() + (
            "connectors:\n" + append_connector(self.folder / "city.mllp", "city",
                                               "    filter: conn.tls_subject == 'CN=city'\n"))
        server = self.start(config, **server_settings(authority, TLS_CLIENT_CA=authority.ca))
        for name, facility, code in (("city", "CITY", "AA"), ("west", "WEST", "AA"),
                                     ("west", "CITY", "AR"), ("city", "", "AR")):
            with self.subTest(certificate=name, facility=facility):
                with TlsWire(server.address(), client_context(authority, name)) as wire:
                    answer = wire.ask(message("T1", sender=("HIS", facility)))
                self.assertEqual(answer.code, code, answer.octets)
                self.assertEqual(b"own-facility: this certificate" in answer.octets, code == "AR")
        AppendFile(self.folder / "city.mllp").wait_for(1)
        self.assertEqual(self.send_by_openssl(server, authority, "west", "CITY"), b"AR")
        self.assertEqual(self.send_by_openssl(server, authority, "west", "WEST"), b"AA")
        self.assertEqual(self.send_by_our_own(server, authority, "west", "CITY"), 1)
        self.assertEqual(self.send_by_our_own(server, authority, "city", "CITY"), 0)

    def send_by_openssl(self, server, authority, name, facility):
        """The code of the answer that `openssl s_client` gets."""
        host, port = server.address()
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", authority.ca, "-cert",
             authority.path(f"{name}.pem"), "-key", authority.path(f"{name}.key"), "-quiet",
             "-servername", "localhost"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        try:
            client.stdin.write(frame(message(sender=("HIS", facility))))
            client.stdin.flush()
            answer = b""
            while b"\x1c" not in answer:
                octet = client.stdout.read1(4096)
                if not octet:
                    break
                answer += octet
            return answer.split(b"\rMSA|")[1][:2]
        finally:
            client.stdin.close()
            client.kill()
            client.wait()
            client.stdout.close()

    def send_by_our_own(self, server, authority, name, facility):
        """The exit code of `mllp-server send`."""
        file = self.folder / "one.hl7"
        file.write_bytes(message(sender=("HIS", facility)))
        host, port = server.address()
        return subprocess.run(
            [BINARY, "send", "--to", f"{host}:{port}", "--ca", authority.ca, "--cert",
             authority.path(f"{name}.pem"), "--key", authority.path(f"{name}.key"), file],
            env=environment(), capture_output=True, check=False, timeout=stretched(20)).returncode


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

    def test_connectors_come_go_and_change_under_load(self):
        files = {name: AppendFile(self.folder / f"{name}.mllp")
                 for name in ("kept", "new", "moved")}

        def config(count):
            text = self.rules("A") + "connectors:\n" + append_connector(files["kept"].path, "kept")
            if count % 2 == 1:
                text += append_connector(files["new"].path, "new", "    filter: 'true'\n")
            path = files["moved"].path.with_suffix(f".{count % 3}")
            return text + append_connector(path, "moved")

        server = self.start(config(0), LOG_LEVEL="info")
        stop, sent, lock = threading.Event(), [], threading.Lock()

        def send(index):
            with server.connect() as wire:
                while not stop.is_set():
                    payload = with_pid("PID|1||A\r")
                    answer = wire.ask(payload)
                    with lock:
                        sent.append((payload, answer.code))

        threads = [threading.Thread(target=send, args=(index,)) for index in range(8)]
        for thread in threads:
            thread.start()
        for count in range(1, 31):
            (self.folder / "config.yaml").write_text(config(count))
            server.signal(signal.SIGHUP)
            eventually("the reload", lambda: len(server.events("reloaded")) == count, every=0.002)
        stop.set()
        for thread in threads:
            thread.join(20)
        self.assertEqual({code for _, code in sent}, {"AA"})
        events = server.events("reloaded")
        self.assertEqual(sum(int(event["connectors_added"]) for event in events), 15)
        self.assertEqual(sum(int(event["connectors_removed"]) for event in events), 15)
        self.assertEqual(sum(int(event["connectors_changed"]) for event in events), 30)
        # What a connector was owed while it was away it gets when it is back.
        (self.folder / "config.yaml").write_text(config(31))
        server.signal(signal.SIGHUP)
        wanted = sorted(payload for payload, _ in sent)
        eventually("all in kept", lambda: sorted(files["kept"].payloads()) == wanted, 20)
        moved = [AppendFile(files["moved"].path.with_suffix(f".{part}")) for part in range(3)]
        eventually("all in moved",
                   lambda: sorted(sum((file.payloads() for file in moved), [])) == wanted, 20)
        got = files["new"].payloads()
        self.assertEqual(len(got), len(set(got)), "nothing twice")
        self.assertLess(0, len(got))
        self.assertTrue(set(got) <= set(wanted))

    def test_one_fault_refuses_rules_connectors_and_certificates_alike(self):
        authority = Authority(self.folder / "ca")
        settings = server_settings(authority)
        target = self.folder / "a.mllp"
        config = self.rules("A") + "connectors:\n" + append_connector(target, "a")
        server = self.start(config, **settings)
        better = self.rules("B") + "connectors:\n" + append_connector(self.folder / "b.mllp", "b")
        key = Path(authority.path("server.key"))
        good_key = key.read_bytes()
        faults = [lambda: (self.folder / "config.yaml").write_text(
                      better.replace("mode: append", "mode: apend")),
                  lambda: (self.folder / "config.yaml").write_text(
                      better.replace('"PID-3.1"', '"PID-"')),
                  lambda: ((self.folder / "config.yaml").write_text(better),
                           key.write_text("no key"))]
        for count, spoil in enumerate(faults, start=1):
            spoil()
            server.signal(signal.SIGHUP)
            eventually("the refusal", lambda: len(server.events("reload_refused")) == count)
            with TlsWire(server.address(), client_context(authority)) as wire:
                self.assertEqual(wire.ask(with_pid("PID|1||A\r")).code, "AA")
                self.assertEqual(wire.ask(with_pid("PID|1||B\r")).code, "AR")
        AppendFile(target).wait_for(3)
        self.assertFalse((self.folder / "b.mllp").exists())
        key.write_bytes(good_key)
        server.signal(signal.SIGHUP)
        eventually("the reload", lambda: server.events("reloaded"))
        with TlsWire(server.address(), client_context(authority)) as wire:
            self.assertEqual(wire.ask(with_pid("PID|1||B\r")).code, "AA")
        AppendFile(self.folder / "b.mllp").wait_for(1)

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
