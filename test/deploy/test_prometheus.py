"""Alerts and dashboard: against promtool, and a real Prometheus beside a real server."""

import json
import re
import time
import unittest

from harness.admin import address
from harness.bare_debian import PROJECT
from harness.certificates import Authority
from harness.eventually import eventually
from harness.messages import message
from harness.prometheus import Prometheus, tool
from harness.scenario import Scenario
from harness.server import run
from harness.sink import answering

ALERTS = PROJECT / "deploy/prometheus/alerts.yaml"
DASHBOARD = PROJECT / "deploy/grafana/mllp-server.json"
METRICS = PROJECT / "docs/reference/metrics.md"
SCRAPE_SECONDS = 1
RATE_INTERVAL = "20s"  # what Grafana would put for $__rate_interval here

# Series that a server has only when something has gone wrong: their panels may be empty.
MAY_BE_EMPTY = {"mllp_store_failed_timestamp_seconds", "mllp_audit_failed_timestamp_seconds"}


def queries():
    """(panel, expression) of the dashboard, as Grafana would send them."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", RATE_INTERVAL)
            yield panel["title"], expression.replace("$instance", ".*")


def names_in(text):
    return set(re.findall(r"\b((?:mllp|process)_[a-z_]+)\b", text))


def known_names():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) ", METRICS.read_text(encoding="utf-8"), re.M)
    known = {name for name, _ in rows}
    for name, kind in rows:
        if kind == "histogram":
            known |= {name + suffix for suffix in ("_bucket", "_sum", "_count")}
    return known


class Files(unittest.TestCase):
    def test_promtool_finds_the_rules_right(self):
        code, told = tool("check", "rules", ALERTS)
        self.assertEqual(code, 0, told)

    def test_each_alert_fires_when_it_should_and_not_otherwise(self):
        code, told = tool("test", "rules", "alerts_test.yaml", folder=ALERTS.parent)
        self.assertEqual(code, 0, told)
        alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text(encoding="utf-8")))
        tests = (ALERTS.parent / "alerts_test.yaml").read_text(encoding="utf-8")
        tried = set(re.findall(r'alertname="(\w+)", alertstate="firing", ', tests))
        self.assertEqual(alerts, tried)

    def test_only_metrics_that_the_server_has_are_asked_for(self):
        wanted = names_in(ALERTS.read_text(encoding="utf-8"))
        for _, expression in queries():
            wanted |= names_in(expression)
        self.assertGreater(len(wanted), 20)
        self.assertEqual(wanted - known_names(), set())

    def test_the_scrape_configuration_is_right(self):
        text = (ALERTS.parent / "scrape.yaml").read_text(encoding="utf-8")
        self.assertIn("job_name: mllp-server", text)
        code, told = tool("check", "config", "--syntax-only", "/dev/stdin", stdin=text)
        self.assertEqual(code, 0, told)

    def test_panels_do_not_overlap_and_each_says_what_it_shows(self):
        taken = set()
        for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
            self.assertTrue(panel["type"] == "row" or panel["description"], panel["title"])


class Live(Scenario):
    """One server with TLS, a rule, a receiver that takes, one that refuses, one that is dead."""

    def configuration(self):
        takes = self.sink().open()
        refuses = self.sink(answering(then=b"AR")).open()
        return ("connectors:\n" + takes.connector("takes")
                + refuses.connector("refuses")
                + "  - {name: dead, type: mllp, address: '127.0.0.1:9'}\n"
                + "validation:\n  rules:\n"
                "    - {name: never, severity: warning, message: no id was awaited,\n"
                "       expression: 'msg.get(\"MSH-10\") == \"\"'}\n")

    def scrape(self, server):
        host, port = address(server)
        rules = self.folder / "alerts.yaml"
        text = ALERTS.read_text(encoding="utf-8")
        # As delivered, but nobody waits so long here.
        text, count = re.subn(r"for: \w+", "for: 1s", text)
        self.assertGreater(count, 10)
        rules.write_text(text.replace("_seconds > 300", "_seconds > 2"), encoding="utf-8")
        return (f"global: {{scrape_interval: {SCRAPE_SECONDS}s, evaluation_interval: 1s}}\n"
                f"rule_files: ['{rules}']\n"
                "scrape_configs:\n  - job_name: mllp-server\n"
                f"    authorization: {{credentials_file: '{self.folder}/token'}}\n"
                f"    static_configs: [{{targets: ['{host}:{port}']}}]\n")

    def send_some(self, server, folder):
        for _ in range(3):
            code, shown, told = run("send", "--to", "%s:%d" % server.address(), "--insecure",
                                    "--retries", "0", folder)
            self.assertIn(code, (0, 1), shown + told)
            time.sleep(SCRAPE_SECONDS)

    def test_alerts_fire_and_every_panel_has_something_to_draw(self):
        authority = Authority(self.folder / "ca")
        certificate, key = authority.issue("server")
        (self.folder / "token").write_text("a-token\n", encoding="ascii")
        server = self.start(self.configuration(), TLS_CERT_FILE=certificate, TLS_KEY_FILE=key,
                            ADMIN_TOKEN_FILE=self.folder / "token")
        inbox = self.folder / "inbox"
        inbox.mkdir()
        for number in range(5):
            (inbox / f"{number}.hl7").write_bytes(message())
        (inbox / "unreadable.hl7").write_bytes(b"MSH|nonsense")

        prometheus = Prometheus(self.folder / "prometheus", self.scrape(server))
        self.addCleanup(prometheus.close)
        self.send_some(server, inbox)
        wanted = {"MllpDeadLetters", "MllpQueueOld"}
        eventually("both alerts fire", lambda: wanted <= prometheus.firing(), within=40)
        self.assertNotIn("MllpServerDown", prometheus.firing())
        self.assertNotIn("MllpStoreFailing", prometheus.firing())

        instance = "%s:%d" % address(server)
        self.assertEqual(prometheus.label_values("mllp_build_info", "instance"), [instance])
        self.send_some(server, inbox)
        for panel, expression in queries():
            found = prometheus.query(expression)
            if not names_in(expression) & MAY_BE_EMPTY:
                self.assertTrue(found, f"{panel}: nothing for {expression}")

        server.stop()
        eventually("the server is missed", lambda: "MllpServerDown" in prometheus.firing(),
                   within=20)


if __name__ == "__main__":
    unittest.main()
