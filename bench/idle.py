"""What connections cost that say nothing: memory each, and CPU. See README.md."""

import argparse
import json
import ssl
import sys
import time

import harness

TARGETS = {"bytes_each": 12 * 1024, "bytes_each_tls": 40 * 1024, "bytes_at_rest": 20 * 2**20,
           "cpu_share": 0.01}


def wait_for_descriptors(server, wanted, deadline_seconds=60):
    deadline = time.monotonic() + deadline_seconds
    while server.descriptor_count() < wanted:
        if time.monotonic() > deadline:
            harness.fail(f"the server has accepted {server.descriptor_count()} of {wanted}")
        time.sleep(0.05)


def doors(folder, with_tls):
    """The settings of the listener, and what makes a client's connection of a socket."""
    if not with_tls:
        return {}, lambda plain: plain
    authority = harness.authority(folder / "ca", "server")
    context = ssl.create_default_context(cafile=authority.ca)
    settings = {"TLS_CERT_FILE": authority.path("server.pem"),
                "TLS_KEY_FILE": authority.path("server.key")}
    return settings, lambda plain: context.wrap_socket(plain, server_hostname="localhost")


def measure(binary, folder, options):
    settings, wrap = doors(folder, options.tls)
    with harness.Server(binary, folder, IDLE_TIMEOUT="0", **settings) as server:
        first = wrap(server.connect(server.port))
        harness.exchange(first, "warm-up")
        before = server.descriptor_count()
        at_rest = server.memory_bytes()

        connections = [wrap(server.connect(server.port)) for _ in range(options.connections)]
        wait_for_descriptors(server, before + options.connections)
        connected = server.memory_bytes()

        # All ask, then all are answered: the store commits them in groups.
        for index, connection in enumerate(connections):
            connection.sendall(harness.frame(f"idle-{index}"))
        for index, connection in enumerate(connections):
            harness.await_answer(connection, f"idle-{index}")
        spoken = server.memory_bytes()

        cpu_before, begun = server.cpu_seconds(), time.monotonic()
        time.sleep(options.seconds)
        cpu_share = (server.cpu_seconds() - cpu_before) / (time.monotonic() - begun)

        for connection in connections:
            connection.close()
    return {"connections": options.connections, "tls": options.tls, "bytes_at_rest": at_rest,
            "bytes_each_connected": (connected - at_rest) / options.connections,
            "bytes_each_after_a_message": (spoken - at_rest) / options.connections,
            "cpu_share_idle": round(cpu_share, 5)}


def render(found):
    def verdict(value, limit):
        return "met" if value <= limit else "MISSED"

    each = found["bytes_each_after_a_message"]
    limit = TARGETS["bytes_each_tls" if found["tls"] else "bytes_each"]
    limit_text = f"{limit // 1024} KiB"
    with_tls = " with TLS" if found["tls"] else ""
    rows = [["memory at rest (PSS)", f"{found['bytes_at_rest'] / 2**20:.1f} MiB", "20 MiB",
             verdict(found["bytes_at_rest"], TARGETS["bytes_at_rest"])],
            ["each connection, silent", f"{found['bytes_each_connected'] / 1024:.2f} KiB",
             limit_text, verdict(found["bytes_each_connected"], limit)],
            ["each connection, after a message", f"{each / 1024:.2f} KiB", limit_text,
             verdict(each, limit)],
            ["CPU while all are idle", f"{found['cpu_share_idle'] * 100:.2f} %", "1 %",
             verdict(found["cpu_share_idle"], TARGETS["cpu_share"])]]
    return "\n".join([f"machine  {found['machine']}", f"commit   {found['commit']}", "",
                      harness.table([f"{found['connections']:,} connections{with_tls}", "found",
                                     "target", ""], rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of idleness (10)")
    parser.add_argument("--tls", action="store_true", help="TLS on every connection")
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
