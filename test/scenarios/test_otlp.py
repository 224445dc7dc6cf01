"""OpenTelemetry: what a real server sends, read by the published definitions; and a
collector that is dead, slow or refuses costs nobody anything."""

import base64
import http.server
import json
import ssl
import threading
import time
import unittest

from harness import admin, npm
from harness.certificates import Authority
from harness.drops import append_connector
from harness.eventually import eventually, stretched
from harness.load import Load
from harness.messages import CANARY, frame, fresh_id, message
from harness.scenario import Scenario
from harness.server import run
from scenarios.test_modules import Receiver

TOKEN = "scenario-otlp"
FAST = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_METRIC_EXPORT_INTERVAL": "300"}


class Collector(http.server.ThreadingHTTPServer):
    """Keeps what is posted, by path; answers with the statuses that it is given, then 200."""

    daemon_threads = True

    def __init__(self, *statuses, context=None):
        self.statuses = list(statuses)
        self.posts = []  # (path, headers, body)
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def bodies(self, path):
        return [body for where, _, body in self.posts if where == path]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.posts.append((self.path, dict(self.headers), body))
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()

    def log_message(self, *_):
        pass


class Otlp(Scenario):
    def collector(self, *statuses, **options):
        collector = Collector(*statuses, **options)
        self.addCleanup(collector.server_close)
        self.addCleanup(collector.shutdown)
        return collector

    def begin(self, url, config="", **settings):
        (self.folder / "token").write_text(TOKEN, encoding="ascii")
        return self.start(config, ADMIN_TOKEN_FILE=self.folder / "token",
                          OTEL_EXPORTER_OTLP_ENDPOINT=url, **{**FAST, **settings})

    def decode(self, signal, bodies):
        return npm.run("decode_otlp.cjs", json.dumps(
            {"signal": signal,
             "bodies": [base64.b64encode(body).decode() for body in bodies]}).encode())

    def spans(self, collector):
        """All that came, by what the definitions say; each with its attributes as a dict."""
        found = []
        for request in self.decode("traces", collector.bodies("/v1/traces")):
            for one in request["resourceSpans"]:
                for scope in one["scopeSpans"]:
                    found += scope["spans"]
        for span in found:
            span["attributes"] = {one["key"]: next(iter(one["value"].values()))
                                  for one in span.get("attributes", [])}
        return found

    def counted(self, server, series):
        return admin.metrics(server, TOKEN).get(series, 0)


class Traces(Otlp):
    def test_a_message_is_a_trace_from_its_first_octet_to_its_targets(self):
        collector, web = self.collector(), Receiver()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        headers = []
        handler = web.RequestHandlerClass

        class Keeping(handler):
            def do_POST(self):
                headers.append(self.headers.get("traceparent"))
                super().do_POST()

        web.RequestHandlerClass = Keeping
        server = self.begin(
            collector.url + "/", web.connector()
            + append_connector(self.folder / "archive.mllp")
            + "validation:\n  rules:\n    - {name: n, expression: 'msh.trigger != \"A09\"', "
            "message: no}\n",
            OTEL_SERVICE_NAME="ward 7", OTEL_RESOURCE_ATTRIBUTES="site=north%20wing",
            OTEL_EXPORTER_OTLP_HEADERS="X-Key=s3cret%3D")
        with server.connect() as wire:
            octets = frame(message("TRACED"))
            wire.send(octets[:30])
            wire.expect_silence(0.2)
            wire.send(octets[30:])
            self.assertEqual(wire.answer().code, "AA")
            self.assertEqual(wire.ask(message("REFUSED", kind="ADT^A09")).code, "AR")
        eventually("both are delivered", lambda: len(web.taken) == 1)
        server.stop()  # sends what waits
        spans = self.spans(collector)
        roots = {span["attributes"]["hl7.message.control_id"]: span for span in spans
                 if span["name"] == "message"}
        root = roots["TRACED"]
        self.assertEqual((root["kind"], root.get("parentSpanId")), ("SPAN_KIND_SERVER", None))
        self.assertEqual(root["attributes"]["hl7.message.type"], "ADT^A01")
        of_it = [span for span in spans if span["traceId"] == root["traceId"] and span != root]
        self.assertEqual(sorted(span["name"] for span in of_it),
                         ["answer", "commit", "delivery", "delivery", "frame", "parse", "rules"])
        for span in of_it:
            self.assertEqual(span["parentSpanId"], root["spanId"], span)
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            self.assertGreaterEqual(int(span["startTimeUnixNano"]),
                                    int(root["startTimeUnixNano"]) - 1_000_000, span)
        named = {span["name"]: span for span in of_it}
        took = int(named["frame"]["endTimeUnixNano"]) - int(named["frame"]["startTimeUnixNano"])
        self.assertGreater(took, 150_000_000)
        self.assertLess(abs(int(root["endTimeUnixNano"]) / 1e9 - time.time()), stretched(60))
        # The target was told where its own spans belong.
        sent = next(span for span in of_it if span["attributes"].get("mllp.connector") == "web")
        hexes = [base64.b64decode(sent[key]).hex() for key in ("traceId", "spanId")]
        self.assertEqual(headers, ["00-{}-{}-01".format(*hexes)])
        self.assertEqual(list(web.taken)[0].replace("-", ""), hexes[0], "the message's own id")
        refused = roots["REFUSED"]
        self.assertEqual(refused["status"]["code"], "STATUS_CODE_ERROR")
        # Who sent it, and how.
        path, sent_headers, body = collector.posts[0]
        self.assertEqual(sent_headers["Content-Type"], "application/x-protobuf")
        self.assertEqual(sent_headers["X-Key"], "s3cret=")
        resource = self.decode("traces", collector.bodies("/v1/traces")[:1])[0]
        attributes = {one["key"]: one["value"]["stringValue"] for one in
                      resource["resourceSpans"][0]["resource"]["attributes"]}
        self.assertEqual(attributes["service.name"], "ward 7")
        self.assertEqual(attributes["site"], "north wing")
        self.assertNotIn(CANARY.encode(), b"".join(body for _, _, body in collector.posts))
        self.assertNotIn("s3cret", server.all_logs())

    def test_octets_that_are_no_utf8_are_sent_as_text(self):
        collector = self.collector()
        server = self.begin(collector.url)
        with server.connect() as wire:
            wire.ask(message("CTRL").replace(b"CTRL", b"C\xff\xfeL"))
        server.stop()
        root = next(span for span in self.spans(collector) if span["name"] == "message")
        self.assertEqual(root["attributes"]["hl7.message.control_id"], "C\ufffd\ufffdL")

    def test_a_part_of_the_messages(self):
        collector = self.collector()
        server = self.begin(collector.url, OTEL_TRACES_SAMPLER="traceidratio",
                            OTEL_TRACES_SAMPLER_ARG="0.25", OTEL_BSP_MAX_QUEUE_SIZE="100000")
        with server.connect() as wire:
            for _ in range(400):
                wire.ask(message(fresh_id("S")))
        server.stop()
        roots = [span for span in self.spans(collector) if span["name"] == "message"]
        self.assertTrue(50 < len(roots) < 160, len(roots))

    def test_a_failed_delivery_says_why(self):
        collector = self.collector()
        server = self.begin(collector.url, "connectors:\n" + self.sink().connector())
        with server.connect() as wire:
            wire.ask(message())
        eventually("it failed", lambda: any(
            b"delivery" in body for body in collector.bodies("/v1/traces")))
        delivery = next(span for span in self.spans(collector) if span["name"] == "delivery")
        self.assertEqual(delivery["status"]["code"], "STATUS_CODE_ERROR")
        self.assertIn("connect", delivery["status"]["message"])


class Metrics(Otlp):
    def test_are_those_of_prometheus(self):
        collector = self.collector()
        server = self.begin(collector.url, OTEL_TRACES_EXPORTER="none")
        with server.connect() as wire:
            for _ in range(7):
                wire.ask(message(fresh_id("M")))
        server.stop()
        self.assertEqual(collector.bodies("/v1/traces"), [])
        last = self.decode("metrics", collector.bodies("/v1/metrics")[-1:])[0]
        metrics = {one["name"]: one
                   for one in last["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]}
        stored = metrics["mllp_messages_stored_total"]["sum"]
        self.assertEqual(stored["dataPoints"][0]["asDouble"], 7)
        self.assertTrue(stored["isMonotonic"])
        self.assertEqual(stored["aggregationTemporality"], "AGGREGATION_TEMPORALITY_CUMULATIVE")
        stages = {point["attributes"][0]["value"]["stringValue"]: point for point in
                  metrics["mllp_stage_duration_seconds"]["histogram"]["dataPoints"]}
        parse = stages["parse"]
        self.assertEqual(parse["count"], "7")
        self.assertEqual(len(parse["bucketCounts"]), len(parse["explicitBounds"]) + 1)
        self.assertEqual(sum(map(int, parse["bucketCounts"])), 7)
        self.assertEqual(metrics["mllp_stage_duration_seconds"]["unit"], "s")
        self.assertGreater(metrics["process_resident_memory_bytes"]["gauge"]["dataPoints"][0]
                           ["asDouble"], 1 << 20)

    def test_over_tls_with_a_certificate_of_ours(self):
        authority = Authority(self.folder / "ca")
        authority.issue("server")
        authority.issue("client")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(authority.path("server.pem"), authority.path("server.key"))
        collector = self.collector(context=context)
        server = self.begin(
            collector.url.replace("127.0.0.1", "localhost"),
            OTEL_EXPORTER_OTLP_CERTIFICATE=authority.ca,
            OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=authority.path("client.pem"),
            OTEL_EXPORTER_OTLP_CLIENT_KEY=authority.path("client.key"))
        eventually("metrics come", lambda: collector.bodies("/v1/metrics"))
        self.assertEqual(server.events("otlp_export_fails"), [])


class Trouble(Otlp):
    def push(self, server, seconds=1.0):
        stop_at = time.monotonic() + seconds
        load = Load(server.address(), 4, 8, lambda connection, n: self.make())
        load.run(within=30, until=lambda: time.monotonic() > stop_at)
        load.read_the_rest(2)
        load.close()
        self.assertEqual(load.faults(), [])
        return sum(len(each) for each in load.accepted())

    @staticmethod
    def make():
        control_id = fresh_id("T")
        return control_id, message(control_id)

    def test_a_dead_collector_costs_nothing_but_counts(self):
        server = self.begin("http://127.0.0.1:1", OTEL_BSP_MAX_QUEUE_SIZE="100",
                            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="50")
        accepted = self.push(server)
        self.assertGreater(accepted, 500)
        dropped = 'mllp_otlp_spans_total{outcome="dropped"}'
        # Of each message four spans: the message, parse, commit and answer.
        eventually("drops are counted", lambda: self.counted(server, dropped)
                   >= 4 * accepted - 150)
        self.assertLessEqual(self.counted(server, dropped), 4 * accepted)
        self.assertGreaterEqual(self.counted(server, 'mllp_otlp_exports_total{outcome="failed"}'),
                                1)
        memory = server.memory_bytes()
        self.push(server)
        self.assertLess(server.memory_bytes(), memory + (24 << 20))
        started = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - started, stretched(4))
        self.assertEqual(len(server.events("otlp_export_fails")), 1, "one line an incident")

    def test_one_that_never_answers_holds_nothing_up(self):
        silent = self.sink(lambda sink, peer, payload: None).open()
        server = self.begin("http://{}:{}".format(*silent.address),
                            OTEL_EXPORTER_OTLP_TIMEOUT="30000")
        self.push(server, 0.5)
        started = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - started, stretched(4))

    def test_what_is_put_off_comes_again_and_is_whole(self):
        collector = self.collector(503, 429, 503)
        server = self.begin(collector.url, OTEL_METRICS_EXPORTER="none")
        with server.connect() as wire:
            wire.ask(message("AGAIN"))
        exported = 'mllp_otlp_spans_total{outcome="exported"}'
        eventually("it comes", lambda: self.counted(server, exported) == 4, within=20)
        bodies = collector.bodies("/v1/traces")
        self.assertEqual(len(set(bodies)), 1, "the same request again")
        self.assertEqual(len(server.events("otlp_export_works")), 1)

    def test_what_is_refused_is_dropped_at_once(self):
        collector = self.collector(400)
        server = self.begin(collector.url, OTEL_METRICS_EXPORTER="none")
        with server.connect() as wire:
            wire.ask(message())
        eventually("it is dropped", lambda: self.counted(
            server, 'mllp_otlp_spans_total{outcome="dropped"}') == 4)
        self.assertEqual(len(collector.bodies("/v1/traces")), 1)


class Settings(Otlp):
    WRONG = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "expected a URL such as http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://x", "expected a URL such as http://"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "expected http/protobuf, found grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "expected none, found gzip"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "expected always_on"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "expected"),
        ("OTEL_TRACES_EXPORTER", "jaeger", "expected otlp or none"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "expected a whole number"),
        ("OTEL_RESOURCE_ATTRIBUTES", "site", "expected name=value"),
    ]

    def test_a_wrong_one_stops_the_start(self):
        for name, value, told in self.WRONG:
            with self.subTest(name, value=value):
                code, _, line = run("serve", folder=self.folder, LISTEN_ADDR="127.0.0.1:0",
                                    ADMIN_ADDR="127.0.0.1:0", **{name: value})
                self.assertEqual(code, 2)
                self.assertIn(name, line)
                self.assertIn(told, line)
        code, _, line = run(
            "serve", folder=self.folder, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
            OTEL_EXPORTER_OTLP_HEADERS="Key=s3cret%0d%0aX: y", LISTEN_ADDR="127.0.0.1:0",
            ADMIN_ADDR="127.0.0.1:0")
        self.assertEqual(code, 2)
        self.assertNotIn("s3cret", line)

    def test_what_this_version_does_not_have_is_told_and_ignored(self):
        server = self.start(OTEL_LOGS_EXPORTER="otlp")
        self.assertIn("OTEL_LOGS_EXPORTER", str(server.events("setting_suspicious")))

    def test_headers_are_not_shown(self):
        _, shown, _ = run("config", folder=self.folder, OTEL_EXPORTER_OTLP_HEADERS="Key=s3cret")
        self.assertIn("(hidden)", shown)
        self.assertNotIn("s3cret", shown)

    def test_without_an_endpoint_nothing_is_traced(self):
        server = self.begin("", OTEL_SERVICE_NAME="x")
        self.assert_accepts(server)
        self.assertEqual(server.events("otlp_export"), [])
        self.assertEqual(self.counted(server, 'mllp_otlp_spans_total{outcome="dropped"}'), 0)


if __name__ == "__main__":
    unittest.main()
