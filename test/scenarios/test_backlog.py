"""A connector's max_backlog: beyond it senders are told to wait, or the messages are put
aside for it; nobody else is held up, no order is lost, and it ends by itself.
"""

import json
import time
import unittest

from harness import admin
from harness.eventually import eventually
from harness.load import Load
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.server import run

TOKEN = "a-token-of-this-test-0123456789abcdef"


class Backlog(Scenario):
    def setUp(self):
        super().setUp()
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN, encoding="ascii")
        self.token_file.chmod(0o600)
        self.lab = self.sink()  # refuses until it is opened

    def start_with(self, limit, more="", **settings):
        config = self.lab.connector(more=f"    max_backlog: {limit}\n{more}")
        return self.start_with_archive(config, ADMIN_TOKEN_FILE=str(self.token_file), **settings)

    def metric(self, server, name):
        return admin.metrics(server, TOKEN)[f'{name}{{connector="lab"}}']

    def letters(self):
        code, shown, told = run("dead-letters", "list", "--json", folder=self.folder,
                                DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        return [json.loads(line) for line in shown.splitlines()]

    # on_full: refuse.

    def test_beyond_it_senders_are_told_to_wait_and_it_ends_by_itself(self):
        server, archive = self.start_with("{messages: 5}", UNAVAILABLE_WAIT="300ms")
        payloads = [message(f"P{n}") for n in range(9)]
        with server.connect() as wire:
            wire.send_frame(*payloads)
            answers = wire.answers(9)
        self.assertEqual([one.code for one in answers], ["AA"] * 5 + ["AE"] * 4)
        self.assertEqual([one.control_id for one in answers], [b"P%d" % n for n in range(9)])
        self.assertEqual(self.metric(server, "mllp_connector_queue_messages"), 5)
        self.assertEqual(self.metric(server, "mllp_connector_queue_bytes"),
                         sum(map(len, payloads[:5])))
        self.assertEqual(self.metric(server, "mllp_connector_backlog_refused_total"), 1)
        self.assertEqual(len(server.events("backlog_full")), 1)
        archive.wait_for(5)
        self.lab.open()
        self.lab.wait_for(5)
        with server.connect() as wire:
            for payload in payloads[5:]:
                self.assertEqual(wire.ask(payload).code, "AA")
        self.assertEqual(self.lab.wait_for(9), payloads)
        self.assertEqual(archive.wait_for(9), payloads, "what was refused is stored for nobody")
        self.assertEqual(self.letters(), [])

    def test_who_waits_a_little_is_let_in_when_there_is_room(self):
        server, _ = self.start_with("{bytes: 1KiB}", UNAVAILABLE_WAIT="20s")
        payloads = [message(f"W{n}", size=300) for n in range(8)]
        with server.connect() as wire:
            wire.send_frame(*payloads)
            self.assertEqual([one.code for one in wire.answers(4)], ["AA"] * 4)
            wire.expect_silence(1)
            self.lab.open()
            self.assertEqual([one.code for one in wire.answers(4, within=15)], ["AA"] * 4)
        self.assertEqual(self.lab.wait_for(8), payloads)
        self.assertEqual(self.metric(server, "mllp_connector_backlog_refused_total"), 0)

    def test_what_it_is_not_owed_goes_on_as_ever(self):
        server, archive = self.start_with("{messages: 1}", UNAVAILABLE_WAIT="6s",
                                          more='    filter: msh.msg_type == "ORU"\n')
        lab = [message(f"L{n}", kind="ORU^R01") for n in range(2)]
        others = [message(f"O{n}") for n in range(50)]
        with server.connect() as waiting, server.connect() as wire:
            self.assertEqual(waiting.ask(lab[0]).code, "AA")
            waiting.send_frame(lab[1])
            start = time.monotonic()
            for payload in others:
                self.assertEqual(wire.ask(payload).code, "AA")
            self.assertLess(time.monotonic() - start, 5, "while the other one waits")
            self.assertEqual(waiting.answer(within=12).code, "AE")
        self.assertEqual(archive.wait_for(51), [lab[0], *others])

    def test_retries_are_never_overtaken(self):
        """Senders that keep four in flight and begin again at the first AE, against a target
        that comes and goes."""
        server, _ = self.start_with("{messages: 20}", UNAVAILABLE_WAIT="50ms")
        each, senders = 120, 6
        self.lab.open()
        done = [0] * senders
        deadline = time.monotonic() + 90
        turn = 0
        while min(done) < each:
            self.assertLess(time.monotonic(), deadline, f"accepted: {done}")
            turn += 1
            if turn % 3 == 1:
                self.lab.shut()
            if turn % 3 == 0:
                self.lab.open()
            from_here = list(done)

            def make(who, n, start=from_here):
                number = start[who] + n
                # A sender stops where it was refused: what is behind it in flight must fail too.
                if number >= each or n >= 30 or "AE" in load.senders[who].codes:
                    return None
                return f"S{who}N{number:04d}", message(f"S{who}N{number:04d}")

            load = Load.__new__(Load)
            load.__init__(server.address(), senders, 4, make)
            self.assertTrue(load.run(within=30))
            load.close()
            self.assertEqual(load.faults(), [])
            for who, sender in enumerate(load.senders):
                accepted = len([code for code in sender.codes if code == "AA"])
                self.assertEqual(sender.codes[:accepted], ["AA"] * accepted,
                                 "behind a refusal nothing is accepted")
                done[who] += accepted
        if turn % 3 != 0:
            self.lab.shut()
            self.lab.open()
        eventually("all arrive", lambda: len(set(self.lab.control_ids())) == each * senders, 40)
        refused = self.metric(server, "mllp_connector_backlog_refused_total")
        self.assertGreater(refused, 0, "the test has tested something")
        for who in range(senders):
            mine = [one for one in dict.fromkeys(self.lab.control_ids())
                    if one.startswith(f"S{who}N")]
            self.assertEqual(mine, [f"S{who}N{n:04d}" for n in range(each)])

    # on_full: park.

    def test_or_they_become_dead_letters_and_can_be_replayed(self):
        server, archive = self.start_with("{messages: 3, on_full: park}")
        payloads = [message(f"K{n}") for n in range(7)]
        with server.connect() as wire:
            wire.send_frame(*payloads)
            self.assertEqual([one.code for one in wire.answers(7)], ["AA"] * 7)
        self.assertEqual(archive.wait_for(7), payloads, "the others get it as ever")
        eventually("they are set aside", lambda: len(self.letters()) == 4)
        self.assertEqual([one["control_id"] for one in self.letters()], ["K3", "K4", "K5", "K6"])
        self.assertTrue(all(one["reason"].startswith("backlog_full") for one in self.letters()))
        self.assertEqual(self.metric(server, "mllp_connector_backlog_parked_total"), 4)
        server.kill()
        server.start()
        self.assertEqual(len(self.letters()), 4)
        self.lab.open()
        self.assertEqual(self.lab.wait_for(3), payloads[:3])
        code, _, told = run("dead-letters", "replay", "--all", folder=self.folder,
                            DATA_DIR=str(self.folder / "data"))
        self.assertEqual(code, 0, told)
        self.assertEqual(self.lab.wait_for(7), payloads)

    def test_a_reload_sets_the_limit(self):
        server, _ = self.start_with("{messages: 1}", UNAVAILABLE_WAIT="100ms")
        with server.connect() as wire:
            self.assertEqual(wire.ask(message("R1")).code, "AA")
            self.assertEqual(wire.ask(message("R2")).code, "AE")
            (self.folder / "config.yaml").write_text(
                server.config.replace("messages: 1", "messages: 2"), encoding="utf-8")
            server.signal(1)
            eventually("it is reloaded", lambda: server.events("reloaded"))
            self.assertEqual(server.events("reloaded")[0]["connectors_changed"], 0)
            self.assertEqual(wire.ask(message("R2")).code, "AA")
            self.assertEqual(wire.ask(message(fresh_id())).code, "AE")


if __name__ == "__main__":
    unittest.main()
