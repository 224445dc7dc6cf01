"""The admin server of a running program, by HTTP."""

import http.client
import json
import re

from harness.eventually import stretched

_SERIES = re.compile(r"^(\w+(?:\{.*\})?) (\S+)$")


def address(server):
    """Where it listens, as the server itself says."""
    host, port = server.events("admin_listening")[-1]["address"].rsplit(":", 1)
    return host, int(port)


def ask(server, path, token=None, method="GET", headers=None):
    """(status, body, headers)"""
    connection = http.client.HTTPConnection(*address(server), timeout=stretched(10))
    try:
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        connection.request(method, path, headers=given)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), dict(reply.getheaders())
    finally:
        connection.close()


def ask_json(server, path, token):
    status, body, _ = ask(server, path, token)
    if status != 200:
        raise AssertionError(f"{path}: {status} {body}")
    return json.loads(body)


def reasons(server, query=""):
    """The codes of why it is not ready; empty when it is."""
    status, body, _ = ask(server, "/readyz" + query)
    found = json.loads(body)
    if (status == 200) != found["ready"] or status not in (200, 503):
        raise AssertionError(f"{status} {body}")
    return [reason["code"] for reason in found["reasons"]]


def metrics(server, token):
    """The series of /metrics with their values."""
    status, body, _ = ask(server, "/metrics", token)
    if status != 200:
        raise AssertionError(f"/metrics: {status} {body}")
    lines = (line for line in body.splitlines() if line and not line.startswith("#"))
    return {found[1]: float(found[2]) for found in map(_SERIES.match, lines)}


__all__ = ["address", "ask", "ask_json", "metrics", "reasons"]
