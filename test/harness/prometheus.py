"""A real Prometheus on a free port of 127.0.0.1, in a folder of its own."""

import http.client
import json
import shutil
import socket
import subprocess
import unittest
import urllib.parse

from harness.eventually import eventually, stretched


def tool(*words, folder=None, stdin=None):
    """promtool, to its end: (exit code, all that it said)."""
    program = shutil.which("promtool")
    if program is None:
        raise unittest.SkipTest("promtool is not installed (Debian's prometheus)")
    done = subprocess.run([program, *map(str, words)], cwd=folder, input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout


class Prometheus:
    def __init__(self, folder, configuration):
        """`configuration` is the text of prometheus.yml."""
        program = shutil.which("prometheus")
        if program is None:
            raise unittest.SkipTest("prometheus is not installed")
        folder.mkdir()
        self._log = folder / "log"
        (folder / "prometheus.yml").write_text(configuration, encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [program, f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", "--log.level=warn",
                 f"--web.listen-address=127.0.0.1:{self._port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually("Prometheus is ready", self._is_ready, within=30)

    def _is_ready(self):
        if self._process.poll() is not None:
            raise AssertionError("Prometheus ended: " + self._log.read_text(encoding="utf-8"))
        try:
            return self._get("/-/ready")[0] == 200
        except ConnectionError:
            return False

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=stretched(10))
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def query(self, expression):
        """The series of an instant query; fails with what Prometheus says is wrong."""
        _, body = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        answer = json.loads(body)
        if answer["status"] != "success":
            raise AssertionError(f"{expression}: {answer['error']}")
        return answer["data"]["result"]

    def label_values(self, metric, label):
        path = f"/api/v1/label/{label}/values?" + urllib.parse.urlencode({"match[]": metric})
        return json.loads(self._get(path)[1])["data"]

    def firing(self):
        """The names of the alerts that fire."""
        alerts = json.loads(self._get("/api/v1/alerts")[1])["data"]["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    def close(self):
        self._process.terminate()
        self._process.wait(20)


__all__ = ["Prometheus", "tool"]
