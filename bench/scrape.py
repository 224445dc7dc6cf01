"""How long a scrape of /metrics takes while many connections are open. See README.md."""

import argparse
import http.client
import json
import statistics
import sys
import time

import harness

TARGET_SECONDS = 0.010
TOKEN = "bench-scrape"


class Scraper:
    """As Prometheus does it: one connection that is kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def scrape(self):
        """The page, and how long it took until its last octet."""
        begun = time.monotonic()
        self.connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        reply = self.connection.getresponse()
        page = reply.read().decode()
        took = time.monotonic() - begun
        if reply.status != 200:
            harness.fail(f"/metrics: {reply.status} {page}")
        return page, took


def value_of(page, name):
    return next((float(line.split()[1]) for line in page.splitlines()
                 if line.startswith(name + " ")), None)


def measure(binary, folder, options):
    (folder / "token").write_text(TOKEN)
    admin_port = harness.free_port()
    with harness.Server(binary, folder, IDLE_TIMEOUT="0", ADMIN_ADDR=f"127.0.0.1:{admin_port}",
                        ADMIN_TOKEN_FILE=str(folder / "token")) as server:
        first = server.connect(server.port)
        harness.exchange(first, "warm-up")
        connections = [server.connect(server.port) for _ in range(options.connections - 1)]
        for index, connection in enumerate(connections):
            connection.sendall(harness.frame(f"scrape-{index}"))
        for index, connection in enumerate(connections):
            harness.await_answer(connection, f"scrape-{index}")
        scraper = Scraper(admin_port)
        page, _ = scraper.scrape()
        open_count = value_of(page, "mllp_connections")
        if open_count < len(connections):
            harness.fail(f"only {open_count:.0f} connections are open")
        cpu_before = server.cpu_seconds()
        took = sorted(scraper.scrape()[1] for _ in range(options.scrapes))
        cpu = (server.cpu_seconds() - cpu_before) / options.scrapes
        for connection in [first, *connections]:
            connection.close()
    return {"connections": int(open_count), "scrapes": options.scrapes, "bytes": len(page),
            "seconds_median": statistics.median(took),
            "seconds_p99": took[int(len(took) * 0.99)], "cpu_seconds": cpu}


def render(found):
    def row(name, seconds):
        verdict = "met" if seconds <= TARGET_SECONDS else "MISSED"
        return [name, f"{seconds * 1e3:.2f} ms", f"{TARGET_SECONDS * 1e3:.0f} ms", verdict]

    rows = [row("a scrape, median", found["seconds_median"]),
            row("a scrape, 99 of 100", found["seconds_p99"]),
            ["CPU of the server for each", f"{found['cpu_seconds'] * 1e3:.2f} ms", "", ""]]
    return "\n".join([f"machine  {found['machine']}", f"commit   {found['commit']}",
                      f"page     {found['bytes']:,} octets, {found['scrapes']} scrapes", "",
                      harness.table([f"{found['connections']:,} connections", "found", "target",
                                     ""], rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--scrapes", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", help="where the store is written (build/)")
    options = parser.parse_args()
    harness.raise_descriptor_limit(options.connections + 100)
    with harness.scratch_folder(options.folder) as folder:
        found = measure(harness.build_server(), folder, options)
        found.update(machine=harness.machine(folder), commit=harness.commit())
    print(json.dumps(found, indent=1) if options.json else render(found))


if __name__ == "__main__":
    sys.exit(main())
