"""What TLS costs the server: CPU per message beside plain, and per new connection with
certificates on both sides beside OpenSSL's own handshake. See README.md."""

import argparse
import json
import multiprocessing
import socket
import ssl
import sys
import time

import harness

TARGETS = {"more_us_per_message": 6.0, "new_connections": 500.0, "share_of_floor": 0.7}
CALLERS = 2
FORK = multiprocessing.get_context("fork")


def start(binary, folder, authority, durable):
    """One server with three doors: plain, tls, mutual. Also its ports."""
    ports = {name: harness.free_port() for name in ("plain", "tls", "mutual")}
    identity = (f"    tls_cert_file: {authority.path('server.pem')}\n"
                f"    tls_key_file: {authority.path('server.key')}\n")
    more = {"plain": "", "tls": identity,
            "mutual": identity + f"    tls_client_ca: {authority.ca}\n"}
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / "config.yaml"
    document.write_text("listeners:\n" + "".join(
        f"  - name: {name}\n    address: 127.0.0.1:{port}\n{more[name]}"
        for name, port in ports.items()))
    settings = {} if durable else {"STORE": "memory", "ALLOW_LOSS": "true"}
    server = harness.Server(binary, folder, CONFIG_FILE=str(document), **settings)
    server.connect(ports["plain"]).close()
    return server, ports


def run(binary, server, port, options, ca, *more):
    """CPU seconds of the server, and messages."""
    before = server.cpu_seconds()
    found = harness.run_bench(binary, port, "--connections", str(options.connections),
                              *more, *(["--ca", ca] if ca else []))
    return server.cpu_seconds() - before, found["accepted"]


def cost_of_a_message(binary, server, port, options, ca=None):
    """On connections that are kept: what a message on each and its handshake cost is taken
    off."""
    first_cpu, first = run(binary, server, port, options, ca, "--warm-up", "0ms",
                           "--messages", str(options.connections))
    cpu, messages = run(binary, server, port, options, ca, "--warm-up", "300ms", "--duration",
                        f"{int(options.seconds * 1000)}ms")
    return (cpu - first_cpu) / (messages - first) * 1e6


def measure_messages(binary, server, ports, authority, options):
    plain, tls = [], []
    for index in range(options.rounds):
        # Who goes first changes: neither has the warmer machine.
        for side in ("plain", "tls") if index % 2 == 0 else ("tls", "plain"):
            if side == "plain":
                plain.append(cost_of_a_message(binary, server, ports["plain"], options))
            else:
                tls.append(cost_of_a_message(binary, server, ports["tls"], options, authority.ca))
        print(f"  plain {plain[-1]:.2f} us, TLS {tls[-1]:.2f} us a message", file=sys.stderr)
    more = [with_tls - without for with_tls, without in zip(tls, plain)]
    return {"plain_us": harness.median(plain), "tls_us": harness.median(tls),
            "more_us": harness.median(more), "more_us_each": more}


def client_context(authority):
    context = ssl.create_default_context(cafile=authority.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(authority.path("client.pem"), authority.path("client.key"))
    return context


def server_context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(authority.path("server.pem"), authority.path("server.key"))
    context.load_verify_locations(authority.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = 1
    return context


def handshake_in_memory(client_side, server_side):
    """CPU seconds of the server's half, from new to the client's certificate verified."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname="localhost")
    spent = time.thread_time()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    spent = time.thread_time() - spent
    client_stands = server_stands = False
    while not (client_stands and server_stands):
        if not client_stands:
            client_stands = shake(client)
        begun = time.thread_time()
        server_stands = shake(server)
        spent += time.thread_time() - begun
    begun = time.thread_time()
    del server
    return spent + time.thread_time() - begun


def shake(side):
    try:
        side.do_handshake()
        return True
    except ssl.SSLWantReadError:
        return False


def floor_seconds(authority, count):
    client_side, server_side = client_context(authority), server_context(authority)
    return sum(handshake_in_memory(client_side, server_side) for _ in range(count)) / count


def call(port, authority, count):
    """New connections, one after the other; each is in when its message is answered."""
    context = client_context(authority)
    for number in range(count):
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        with context.wrap_socket(plain, server_hostname="localhost") as one:
            harness.exchange(one, f"new-{number}")


def cost_of_a_connection(server, port, authority, count):
    callers = [FORK.Process(target=call, args=(port, authority, count // CALLERS))
               for _ in range(CALLERS)]
    before = server.cpu_seconds()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
        if caller.exitcode != 0:
            harness.fail("a new connection was not let in")
    return (server.cpu_seconds() - before) / (count // CALLERS * CALLERS)


def measure_connections(server, ports, authority, options):
    ours, floor = [], []
    for _ in range(options.rounds):
        floor.append(floor_seconds(authority, options.handshakes // 2))
        ours.append(cost_of_a_connection(server, ports["mutual"], authority, options.handshakes))
        print(f"  {floor[-1] * 1e6:.0f} us OpenSSL, {ours[-1] * 1e6:.0f} us a new connection",
              file=sys.stderr)
    share = [one / other for one, other in zip(floor, ours)]
    return {"connection_us": harness.median(ours) * 1e6, "floor_us": harness.median(floor) * 1e6,
            "per_core_second": 1 / harness.median(ours), "share_of_floor": harness.median(share)}


def render(found):
    messages, connections = found["messages"], found["connections"]
    fast = connections["per_core_second"] >= TARGETS["new_connections"]
    near = connections["share_of_floor"] >= TARGETS["share_of_floor"]
    less = messages["more_us"] <= TARGETS["more_us_per_message"]
    rows = [["a message, plain", f"{messages['plain_us']:.2f} us", "", ""],
            ["a message, TLS 1.3", f"{messages['tls_us']:.2f} us", "", ""],
            ["what TLS adds", f"{messages['more_us']:.2f} us", "6 us", "met" if less else "MISSED"],
            ["new connections with mTLS, a core and second",
             f"{connections['per_core_second']:.0f}", "500", "met" if fast else "MISSED"],
            ["of OpenSSL's own handshake, the server's half",
             f"{connections['share_of_floor']:.2f}", "or 0.7", "met" if near else "MISSED"]]
    return "\n".join([f"machine  {found['machine']}", f"commit   {found['commit']}", "",
                      harness.table(["CPU of the server", "found", "target", ""], rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=64, help="that are kept (64)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run (2)")
    parser.add_argument("--rounds", type=int, default=7, help="plain and TLS in turn (7)")
    parser.add_argument("--handshakes", type=int, default=1000, help="in each round (1000)")
    parser.add_argument("--durable", action="store_true", help="with the store on disk")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", help="where the store is written (build/)")
    options = parser.parse_args()
    with harness.scratch_folder(options.folder) as folder:
        authority = harness.authority(folder / "ca", "server", "client")
        binary = harness.build_server()
        server, ports = start(binary, folder / "run", authority, options.durable)
        with server:
            found = {"messages": measure_messages(binary, server, ports, authority, options),
                     "connections": measure_connections(server, ports, authority, options)}
        found.update(machine=harness.machine(folder), commit=harness.commit())
    print(json.dumps(found, indent=1) if options.json else render(found))


if __name__ == "__main__":
    sys.exit(main())
