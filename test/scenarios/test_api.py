"""The API's own document: OpenAPI's schema holds it, and it holds the real answers."""

import json
import signal
import unittest

from harness import admin, npm
from harness.eventually import eventually
from harness.messages import fresh_id, message
from harness.scenario import Scenario
from harness.sink import answering

TOKEN = "scenario-api"


class Api(Scenario):
    def setUp(self):
        super().setUp()
        (self.folder / "token").write_text(TOKEN, encoding="ascii")
        sink = self.sink(answering(b"AR", b"AE")).open()
        self.target = self.start(
            "connectors:\n" + sink.connector() + self.sink().connector(name="away"),
            ADMIN_TOKEN_FILE=self.folder / "token", PRE_SHUTDOWN_DELAY="2s")
        wire = self.target.connect()
        for _ in range(5):
            wire.ask(message(fresh_id("A")))
        eventually("a failure to show", lambda: all(
            one["last_failure"] for one in self.shown("/api/connectors")["connectors"]))

    def shown(self, path):
        return admin.ask_json(self.target, path, TOKEN)

    def answer(self, path, **how):
        status, body, headers = admin.ask(self.target, path, **{"token": TOKEN, **how})
        return {"path": path.split("?")[0], "status": str(status), "body": body,
                "type": headers["Content-Type"].split(";")[0]}

    def test_the_document_holds_every_answer(self):
        document = self.shown("/api/openapi.json")
        paths = list(document["paths"])
        self.assertIn("/api/connectors", paths)
        answers = []
        for path in paths:
            answers.append(self.answer(path))
            answers.append(self.answer(path, method="DELETE"))
            self.assertEqual(answers[-1]["status"], "405")
            if document["paths"][path]["get"]["security"]:
                answers.append(self.answer(path, token="wrong"))
                self.assertEqual(answers[-1]["status"], "401")
        self.assertTrue(json.loads(answers[0]["body"]))
        self.target.signal(signal.SIGTERM)
        eventually("it drains", lambda: admin.reasons(self.target) == ["draining"], within=1)
        answers.append(self.answer("/readyz?lanes=1"))
        self.assertEqual(answers[-1]["status"], "503")
        faults = npm.run("check_api.cjs", json.dumps(
            {"document": document, "answers": answers}).encode())
        self.assertEqual(faults, [])

    def test_a_wrong_answer_would_be_found(self):
        document = self.shown("/api/openapi.json")
        answer = self.answer("/api/status")
        for wrong in ({"phase": "sleeping"}, {"more": 1}, {"connections": -1}):
            body = json.dumps({**json.loads(answer["body"]), **wrong})
            faults = npm.run("check_api.cjs", json.dumps(
                {"document": document, "answers": [{**answer, "body": body}]}).encode())
            self.assertEqual(len(faults), 1, wrong)
        del document["info"]["title"]
        self.assertEqual(len(npm.run("check_api.cjs", json.dumps(
            {"document": document, "answers": [answer]}).encode())), 1)


if __name__ == "__main__":
    unittest.main()
