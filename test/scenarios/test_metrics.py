"""Each metric has something that makes it move, and a new one without it fails here.

A test says with @moves which series it moves; at its end each of them must have changed.
What is not moved here is moved by a unit test, named in ELSEWHERE. The last test holds
both against all that /metrics shows and the reference page lists.
"""

import os
import re
import signal
import socket
import ssl
import time
import unittest
from pathlib import Path

from harness import admin
from harness.certificates import Authority, server_settings
from harness.drops import append_connector
from harness.eventually import eventually
from harness.hl7 import acknowledge
from harness.messages import frame, fresh_id, message
from harness.scenario import Scenario
from harness.sink import answering, silent
from harness.tls_wire import TlsWire, client_context
from scenarios.test_modules import Receiver
from scenarios.test_otlp import Collector

TOKEN = "scenario-metrics"
PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = PROJECT / "docs/reference/metrics.md"

FAILED = 'mllp_delivery_failures_total{reason="%s"}'
STAGE = 'mllp_stage_duration_seconds_count{stage="%s"}'
GONE = 'mllp_store_segments_gone_total{reason="%s"}'
TLS = 'mllp_tls_handshakes_failed_total{reason="%s"}'
LAB = '{connector="lab"}'

LEFT_OUT = 'mllp_index_fields_left_out_total{reason="%s"}'

# A series, and the unit test that moves it: what it needs is hard to have from outside.
ELSEWHERE = {
    FAILED % "write": "deliver/test/lane_test.cpp: EachClassOfFailureIsCountedByItself",
    FAILED % "name": "deliver/test/lane_test.cpp: EachClassOfFailureIsCountedByItself",
    FAILED % "sql_state": "deliver/test/lane_test.cpp: EachClassOfFailureIsCountedByItself",
    "mllp_connector_restarts_total": "deliver/test/dispatcher_test.cpp: "
                                     "ALaneThatDiesIsBegunAnewAndSaysSo",
    'mllp_dedup_messages_total{kind="forgotten"}':
        "store/test/dedup_window_test.cpp: WhatThereIsNoMemoryForIsForgottenAndCounted",
    "mllp_rejected_not_kept_total": "store/test/archive_test.cpp: WhatCannotBeKeptIsCounted",
    "mllp_audit_lost_total": "audit/test/trail_test.cpp: "
                             "WhatIsTooMuchIsCountedAndTheCountIsRecorded",
    "mllp_audit_failed_timestamp_seconds": "audit/test/trail_test.cpp: "
                                           "WhatCannotBeWrittenWaitsAndComesInOrder",
    "mllp_audit_lag_messages": "audit/test/trail_test.cpp: "
                               "WhatCannotBeWrittenWaitsAndComesInOrder",
    GONE % "age": "store/test/retention_test.cpp: WhatIsSettledGoesByAgeWithAllItsFiles",
    GONE % "size": "store/test/retention_test.cpp: TheOldestGoesAndIntakeGoesOn",
    GONE % "damage": "store/test/retention_test.cpp: "
                     "ASegmentThatCannotBeReadIsSetAsideAndTheRestServesOn",
    "mllp_store_messages_lost_total": "store/test/retention_test.cpp: "
                                      "AMessageWhosePayloadIsMissingBecomesADeadLetter",
    **{LEFT_OUT % reason: "intake/test/index_fields_test.cpp: "
                          "WhatGoesWrongIsLeftOutAloneAndCounted"
       for reason in ("error", "budget", "too_long", "too_many")},
    "mllp_store_size_bytes": "store/test/retention_test.cpp: RoomIsMeasured",
    "mllp_store_size_limit_bytes": "store/test/retention_test.cpp: RoomIsMeasured",
    "mllp_store_disk_free_bytes": "store/test/retention_test.cpp: RoomIsMeasured",
    "mllp_store_disk_free_min_bytes": "store/test/retention_test.cpp: RoomIsMeasured",
}

# They say what is so from the start to the end of a process.
CONSTANT = {"mllp_build_info", "mllp_audit_head_info", "process_start_time_seconds",
            "process_max_fds"}

_moved = set(ELSEWHERE) | CONSTANT


def moves(*series):
    _moved.update(series)

    def mark(test):
        def run(self):
            self.wanted = series
            test(self)
            self.assert_moved()
        run.__name__ = test.__name__
        return run
    return mark


class Moving(Scenario):
    def begin(self, config="", **settings):
        (self.folder / "token").write_text(TOKEN, encoding="ascii")
        self.target = self.start(config, ADMIN_TOKEN_FILE=self.folder / "token", **settings)
        self.before = self.now()
        return self.target

    def now(self):
        return admin.metrics(self.target, TOKEN)

    def still(self):
        """Those of the wanted series that are as they were."""
        found = self.now()
        return [one for one in self.wanted if found.get(one) == self.before.get(one)]

    def assert_moved(self):
        try:
            eventually("all have moved", lambda: not self.still(), within=8, every=0.05)
        except AssertionError:
            self.fail(f"did not move: {self.still()}")

    def send(self, *octets):
        """Over a connection of its own, which is closed by us; what came back is read."""
        with self.target.connect() as wire:
            for one in octets:
                wire.send(one)
            wire.half_close()
            while wire._read_more(time.monotonic() + 5):
                pass


class Messages(Moving):
    @moves("mllp_connections_accepted_total", "mllp_connections_closed_total",
           "mllp_received_bytes_total", "mllp_sent_bytes_total", "mllp_frames_received_total",
           "mllp_messages_stored_total", 'mllp_answers_total{answer="accepted"}',
           "mllp_store_commits_total", "mllp_store_group_messages_count",
           'mllp_deliveries_total{outcome="delivered"}', STAGE % "parse", STAGE % "commit",
           STAGE % "answer", 'mllp_messages_total{type="ADT^A01",answer="accepted"}',
           "mllp_audit_records_total",
           "mllp_connector_attempts_total" + LAB, "mllp_connector_delivered_total" + LAB,
           "mllp_connector_latency_seconds_count" + LAB, "process_cpu_seconds_total",
           "process_resident_memory_bytes", "process_virtual_memory_bytes")
    def test_one_is_taken_and_delivered(self):
        server = self.begin("connectors:\n" + append_connector(
            self.folder / "archive.mllp", name="lab"))
        for _ in range(20):
            self.send(*[frame(message()) for _ in range(50)])
        with server.connect() as wire:
            wire.ask(message(size=20 << 20))

    @moves("mllp_connections", "process_open_fds")
    def test_connections_are_open(self):
        server = self.begin()
        self.kept = [server.connect() for _ in range(5)]

    @moves("mllp_messages_unrouted_total", "mllp_batches_total")
    def test_a_batch_for_nobody(self):
        self.begin()
        self.send(frame(b"BHS|^~\\&\r" + message() + message() + b"BTS|2\r"))

    @moves('mllp_rules_total{outcome="refused"}', 'mllp_rules_total{outcome="error"}',
           'mllp_rules_total{outcome="warning"}', "mllp_filter_errors_total", STAGE % "rules",
           'mllp_rule_outcomes_total{listener="default",rule="no",outcome="false"}',
           'mllp_answers_total{answer="rejected"}', 'mllp_answers_total{answer="error"}',
           "mllp_dead_letters_total", "mllp_connector_dead_letters" + LAB)
    def test_rules_and_filters(self):
        self.begin("validation:\n  rules:\n"
                   "    - {name: warn, expression: 'msh.trigger != \"A02\"', message: w, "
                   "severity: warning}\n"
                   "    - {name: no, expression: 'msh.trigger != \"A03\"', message: n}\n"
                   "    - {name: broken, when: 'msh.trigger == \"A04\"', message: b, "
                   "expression: 'int(msh.control_id) > 0'}\n"
                   "connectors:\n" + append_connector(
                       self.folder / "archive.mllp", name="lab",
                       more="    filter: 'int(msh.control_id) > 0'\n"))
        for trigger in ("A01", "A02", "A03", "A04"):
            self.send(frame(message(kind=f"ADT^{trigger}")))

    @moves('mllp_dedup_messages_total{kind="duplicate"}', "mllp_dedup_window_messages",
           'mllp_dedup_messages_total{kind="conflict"}')
    def test_messages_come_again(self):
        self.begin(DEDUP="answer")
        payload = message()
        for one in (payload, payload, payload + b"NTE|1\r"):
            self.send(frame(one))

    @moves('mllp_answers_total{answer="none"}')
    def test_no_answer_is_asked_for(self):
        self.begin(ACK_MODE="enhanced")
        self.send(frame(message(accept="NE", application="NE")))

    @moves("mllp_answers_unsent_total", "mllp_store_failures_total", "mllp_ready",
           "mllp_store_failed_timestamp_seconds")
    def test_the_store_takes_nothing_and_the_peer_goes(self):
        server = self.begin(MIN_FREE=1 << 60, UNAVAILABLE_WAIT="300ms")
        self.before["mllp_ready"] = 1  # it was never
        with server.connect() as wire:
            wire.send(frame(message()))
            wire.expect_silence(0.1)
            wire.reset()

    @moves("mllp_rate_limit_pauses_total")
    def test_too_fast(self):
        server = self.begin(RATE_LIMIT="5")
        with server.connect() as wire:
            wire.send(frame(message()) * 12)
            wire.answers(6, within=10)


class Frames(Moving):
    @moves('mllp_frames_dropped_total{reason="blank"}', 'mllp_frames_dropped_total{reason="cut"}',
           'mllp_frames_dropped_total{reason="truncated"}',
           'mllp_frames_refused_total{reason="oversize"}',
           'mllp_frames_refused_total{reason="damaged"}', "mllp_garbage_bytes_total",
           "mllp_embedded_starts_total")
    def test_damaged_ones(self):
        self.begin(MAX_FRAME_SIZE="64KiB")
        self.send(frame(b""), frame(b"no header"), frame(message(size=100_000)), b"between")
        self.send(b"\x0b" + message() + frame(message()))
        self.send(frame(message(body="NTE|1||a\x0bb\r")))
        self.send(b"\x0b" + message())

    @moves("mllp_garbage_limit_total")
    def test_nothing_but_garbage(self):
        server = self.begin(MAX_GARBAGE="1KiB")
        with server.connect() as wire:
            wire.send(b"x" * 2000)
            wire.expect_closed()

    @moves("mllp_bare_ends_total")
    def test_a_bare_end(self):
        self.begin(FRAME_END="fs")
        self.send(b"\x0b" + message() + b"\x1c" + frame(message()))

    @moves("mllp_frames_unfinished_total", STAGE % "frame")
    def test_a_frame_that_takes_its_time(self):
        server = self.begin()
        with server.connect() as wire:
            wire.send(b"\x0b" + message())
            eventually("it is told", lambda: server.events("frame_unfinished"), within=12)
            wire.send(b"\x1c\r")
            wire.answer()


class Connections(Moving):
    def refused(self, **settings):
        server = self.begin(**settings)
        with server.connect() as first:
            try:
                first.ask(message())
            except AssertionError:
                pass
            for _ in range(2):
                server.connect().expect_closed()

    @moves('mllp_connections_refused_total{reason="limit"}')
    def test_too_many(self):
        self.refused(MAX_CONNECTIONS="1")

    @moves('mllp_connections_refused_total{reason="limit_per_address"}')
    def test_too_many_of_one_address(self):
        self.refused(MAX_CONNECTIONS_PER_IP="1")

    @moves('mllp_connections_refused_total{reason="network"}')
    def test_from_elsewhere(self):
        self.refused(ALLOW_FROM="10.0.0.0/8")

    @moves('mllp_connections_refused_total{reason="proxy"}')
    def test_not_by_the_balancer(self):
        self.refused(PROXY_PROTOCOL="true", PROXY_FROM="10.0.0.0/8")

    @moves('mllp_connections_refused_total{reason="descriptors"}')
    def test_no_descriptors(self):
        (self.folder / "token").write_text(TOKEN, encoding="ascii")
        self.target = self.server(ADMIN_TOKEN_FILE=self.folder / "token")
        self.target.descriptors = 64
        self.target.start()
        self.before = self.now()
        crowd = [socket.create_connection(self.target.address(), 5) for _ in range(100)]
        time.sleep(0.3)
        for one in crowd:
            one.close()

    @moves("mllp_connections_probes_total", 'mllp_connections_misdirected_total{kind="http"}',
           'mllp_connections_misdirected_total{kind="tls"}')
    def test_probes_and_the_wrong_protocol(self):
        self.begin()
        self.send()
        self.send(b"GET / HTTP/1.1\r\n\r\n")
        with self.target.connect() as wire:
            wire.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500)
            wire.expect_closed()

    @moves('mllp_timeouts_total{kind="idle"}', 'mllp_timeouts_total{kind="frame"}')
    def test_time_outs(self):
        server = self.begin(IDLE_TIMEOUT="600ms", FRAME_TIMEOUT="300ms")
        with server.connect() as idle, server.connect() as slow:
            slow.send(b"\x0bMSH|")
            slow.expect_closed()
            idle.expect_closed()

    @moves('mllp_timeouts_total{kind="write"}')
    def test_a_peer_that_reads_nothing(self):
        server = self.begin(WRITE_TIMEOUT="300ms")
        with server.connect(receive_buffer=4096) as deaf:
            try:
                deaf.push(frame(message("W" * 60000)) * 200, quiet=0.3)
            except ConnectionError:
                pass  # it was closed already
            self.assert_moved()

    @unittest.skipUnless(os.environ.get("MLLP_NIGHTLY"), "takes half a minute: MLLP_NIGHTLY=1")
    @moves('mllp_timeouts_total{kind="commit_block"}')
    def test_release_2_without_a_word(self):
        server = self.begin(MLLP_RELEASE="2")
        with server.connect() as wire:
            wire.send(frame(message()))
            while wire._read_more(time.monotonic() + 45):
                pass  # the commit block, the answer, the end
            self.assertTrue(wire.ended)


class Tls(Moving):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "ca")

    def begin_tls(self, **settings):
        return self.begin(**server_settings(self.authority, **settings))

    def try_in(self, name=None, authority=None, **options):
        context = client_context(authority or self.authority, name, **options)
        try:
            with TlsWire(self.target.address(), context) as wire:
                wire.ask(message())
        except (OSError, EOFError, ssl.SSLError):
            pass

    @moves('mllp_tls_handshakes_total{kind="full"}', 'mllp_tls_handshakes_total{kind="resumed"}',
           'mllp_tls_reloads_total{outcome="done"}', 'mllp_tls_reloads_total{outcome="refused"}',
           "mllp_tls_certificate_expires_seconds")
    def test_handshakes_and_reloads(self):
        self.authority.issue("server")
        server = self.begin_tls()
        context = client_context(self.authority)
        with TlsWire(server.address(), context) as wire:
            wire.ask(message())
            session = wire.socket.session
        TlsWire(server.address(), context, session=session).close()
        soon = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 90 * 86400))
        self.authority.issue("server", ends=soon)
        server.signal(signal.SIGHUP)
        eventually("it is read again", lambda: server.events("certificates_reloaded"))
        Path(self.authority.path("server.pem")).write_text("nothing", encoding="ascii")

    @moves(TLS % "version", TLS % "cipher", TLS % "refused", TLS % "other",
           'mllp_connections_misdirected_total{kind="no_tls"}',
           'mllp_timeouts_total{kind="handshake"}')
    def test_what_is_not_offered(self):
        server = self.begin_tls(CONNECT_TIMEOUT="500ms")
        context = client_context(self.authority)
        context.set_ciphers("ALL:@SECLEVEL=0")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
            try:
                TlsWire(server.address(), context)
            except (OSError, ssl.SSLError):
                pass
        context = client_context(self.authority)
        context.set_ciphers("AES128-SHA")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            TlsWire(server.address(), context)
        except (OSError, ssl.SSLError):
            pass
        self.try_in(authority=Authority(self.folder / "stranger", "Stranger"))
        self.send(frame(message()))
        self.send(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
        with server.connect() as stalled:
            stalled.send(b"\x16\x03\x01")
            stalled.expect_closed()

    @moves(TLS % "no_certificate", TLS % "untrusted", TLS % "expired", TLS % "revoked",
           TLS % "name", "mllp_tls_partner_certificate_expires_seconds")
    def test_who_stays_out(self):
        for name in ("good", "lost", "other"):
            self.authority.issue(name, names=f"DNS:{name}")
        self.authority.issue("old", ends="210101000000Z")
        stranger = Authority(self.folder / "stranger", "Stranger")
        stranger.issue("good", names="DNS:good")
        stranger.ca = self.authority.ca
        self.begin_tls(TLS_CLIENT_CA=self.authority.ca, TLS_CLIENT_NAMES="good,old,lost",
                       TLS_CRL_FILE=self.authority.revoke("lost"))
        del self.before["mllp_tls_partner_certificate_expires_seconds"]  # of the authority
        for name in ("good", "lost", "other", "old", None):
            self.try_in(name)
        self.try_in("good", stranger)

    @moves('mllp_connections_refused_total{reason="handshakes"}')
    def test_too_many_handshakes(self):
        server = self.begin_tls(MAX_HANDSHAKES="2", THREADS="1", CONNECT_TIMEOUT="60s")
        self.kept = [server.connect() for _ in range(6)]


class Deliveries(Moving):
    def begin_to(self, *behaviour, **options):
        sink = self.sink(*behaviour).open()
        server = self.begin("connectors:\n" + sink.connector(**options))
        with server.connect() as wire:
            wire.ask(message(fresh_id("D")))
        return sink

    @moves(FAILED % "connect", 'mllp_deliveries_total{outcome="failed"}',
           "mllp_connector_queue_messages" + LAB, "mllp_connector_oldest_age_seconds" + LAB,
           'mllp_connector_state{connector="lab",state="waiting"}')
    def test_nobody_there(self):
        server = self.begin("connectors:\n" + self.sink().connector())
        with server.connect() as wire:
            wire.ask(message())

    @moves(FAILED % "reset")
    def test_the_target_hangs_up(self):
        self.begin_to(lambda sink, peer, payload: peer.close())

    @moves(FAILED % "timeout")
    def test_the_target_says_nothing(self):
        self.begin_to(silent, answer_timeout="200ms")

    @moves(FAILED % "answer_code")
    def test_the_target_refuses(self):
        self.begin_to(answering(b"AR"))

    @moves(FAILED % "mismatch")
    def test_the_target_answers_another(self):
        self.begin_to(lambda sink, peer, payload: peer.answer(
            acknowledge(payload, control_id=b"STRANGER")))

    @moves("mllp_late_answers_total")
    def test_the_target_answers_too_late(self):
        """A second answer behind the first, and then the next message."""
        def twice(sink, peer, payload):
            peer.answer(acknowledge(payload, b"CA"))
            peer.answer(acknowledge(payload, b"AA"))

        self.begin_to(twice)
        with self.target.connect() as wire:
            for _ in range(5):
                wire.ask(message(fresh_id("D")))

    @moves(FAILED % "tls")
    def test_the_target_has_no_tls(self):
        def garbage(sink, peer, payload):
            peer.socket.sendall(b"no TLS here\r\n" * 10)

        sink = self.sink(garbage).open()
        authority = Authority(self.folder / "ca")
        authority.issue("server")
        plain = self.server(folder=self.folder / "plain").start()
        address = "{}:{}".format(*plain.address())
        server = self.begin("connectors:\n" + sink.connector(
            more=f"    tls: {{ca: {authority.ca}}}\n").replace(
                "{}:{}".format(*sink.address), address))
        with server.connect() as wire:
            wire.ask(message())

    @moves(FAILED % "disk", FAILED % "conflict")
    def test_files(self):
        (self.folder / "drop").mkdir()
        server = self.begin(
            "connectors:\n  - name: lab\n    type: file\n"
            f"    directory: {self.folder}/drop\n    file_name: '{{control_id}}.hl7'\n"
            "  - name: away\n    type: file\n"
            f"    directory: {self.folder}/nowhere\n")
        with server.connect() as wire:
            wire.ask(message("SAME"))
            wire.ask(message("SAME", size=900))

    @moves(FAILED % "http_status")
    def test_http(self):
        receiver = Receiver(503)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        server = self.begin(receiver.connector())
        with server.connect() as wire:
            wire.ask(message())


class Backlogs(Moving):
    def fill(self, limit):
        server = self.begin("connectors:\n" + self.sink().connector(
            more=f"    max_backlog: {limit}\n"), UNAVAILABLE_WAIT="50ms")
        with server.connect() as wire:
            for _ in range(2):
                wire.ask(message(fresh_id("B")))

    @moves("mllp_connector_backlog_refused_total" + LAB, "mllp_connector_queue_bytes" + LAB)
    def test_that_refuse(self):
        self.fill("{messages: 1}")

    @moves("mllp_connector_backlog_parked_total" + LAB)
    def test_that_park(self):
        self.fill("{messages: 1, on_full: park}")


class Questions(Moving):
    def ask(self, behaviour):
        sink = self.sink(behaviour).open()
        server = self.begin(
            "listeners:\n  - name: default\n    address: 127.0.0.1:0\n    ack: after_delivery\n"
            "    answer_from: lab\n    answer_within: 300ms\nconnectors:\n" + sink.connector())
        with server.connect() as wire:
            wire.ask(message(fresh_id("Q")))

    @moves('mllp_answers_after_delivery_total{outcome="answered"}')
    def test_answered(self):
        self.ask(answering())

    @moves('mllp_answers_after_delivery_total{outcome="none"}')
    def test_not_answered(self):
        self.ask(silent)


class Exports(Moving):
    @moves('mllp_otlp_spans_total{outcome="exported"}', 'mllp_otlp_exports_total{outcome="done"}',
           'mllp_otlp_spans_total{outcome="dropped"}', 'mllp_otlp_exports_total{outcome="failed"}')
    def test_to_a_collector_that_refuses_once(self):
        collector = Collector(400)
        self.addCleanup(collector.server_close)
        self.addCleanup(collector.shutdown)
        self.begin(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="50",
                   OTEL_METRICS_EXPORTER="none")
        self.send(frame(message()))
        eventually("the first is refused", lambda: collector.posts)
        self.send(frame(message()))


class Complete(Moving):
    @staticmethod
    def is_moved(series):
        family = re.sub(r"(_count|_sum|_bucket)?(\{.*)?$", "", series)
        label = re.search(r"\{(.*?)(,?le=.*)?\}$", series)
        key = family + (f"{{{label[1]}}}" if label and label[1] else "")
        return bool({key, series, family, re.sub(r"(_count)?(\{|$)", r"_count\2", key, count=1)}
                    & _moved)

    def test_there_is_no_metric_that_nothing_moves(self):
        self.begin()
        unmoved = [one for one in self.now() if not self.is_moved(one)]
        self.assertEqual(unmoved, [], "a new series needs a test here")
        listed = re.findall(r"^\| `(\w+)`", REFERENCE.read_text("utf-8"), re.M)
        self.assertGreater(len(listed), 50)
        names = {re.sub(r"(_count)?(\{.*)?$", "", one) for one in _moved}
        self.assertEqual([one for one in listed if one not in names], [])

    def test_what_is_moved_elsewhere_is(self):
        for series, where in ELSEWHERE.items():
            file, test = where.split(": ")
            self.assertIn(test, (PROJECT / "app" / file).read_text("utf-8"), series)


if __name__ == "__main__":
    unittest.main()
