"""Lanes by patient against one lane, at a target that takes its time. See README.md."""

import argparse
import socket
import sys
import threading
import time

import harness

TARGET = 8.0


class Target:
    """An MLLP receiver that answers AA after `latency` seconds, each connection by itself."""

    def __init__(self, latency):
        self.latency = latency
        self.accepted = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        unread = b""
        while octets := connection.recv(65536):
            unread += octets
            while b"\x1c\r" in unread:
                payload, unread = unread.split(b"\x1c\r", 1)
                time.sleep(self.latency)
                control_id = payload.split(b"|", 10)[9]
                with self.lock:
                    self.accepted += 1
                connection.sendall(b"\x0bMSH|^~\\&|||||||ACK|A|P|2.5\rMSA|AA|" + control_id
                                   + b"\r\x1c\r")


def drain_rate(binary, folder, lanes, messages, options):
    """Messages a second from the first delivery of a full queue to the last."""
    folder.mkdir()
    target = Target(options.latency / 1000)
    (folder / "config.yaml").write_text(
        f"connectors:\n  - name: lab\n    type: mllp\n    address: 127.0.0.1:{target.port}\n"
        f"    order_by: pid.id\n    lanes: {lanes}\n")
    with harness.Server(binary, folder, CONFIG_FILE=str(folder / "config.yaml")) as server:
        server.connect(server.port).close()
        started, before = time.monotonic(), target.accepted
        harness.run_bench(binary, server.port, "--connections", "16", "--in-flight", "16",
                          "--messages", str(messages), "--timeout", "5m")
        while target.accepted < messages:
            if server.process.poll() is not None:
                harness.fail(server.log_tail())
            time.sleep(0.005)
        seconds = time.monotonic() - started
    if target.accepted != messages:
        harness.fail(f"{target.accepted} deliveries of {messages} messages")
    target.listener.close()
    return (messages - before) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--latency", type=float, default=5, help="of the target, in ms (5)")
    parser.add_argument("--seconds", type=float, default=5, help="of each run, about (5)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit 1 where the target is missed")
    parser.add_argument("--folder", help="where stores are written (build/)")
    options = parser.parse_args()
    binary = harness.build_server()
    one = int(options.seconds * 1000 / options.latency)
    rates = {1: [], options.lanes: []}
    with harness.scratch_folder(options.folder) as folder:
        for index in range(options.rounds):
            for lanes in rates:
                rate = drain_rate(binary, folder / f"{index}-{lanes}", lanes, one * lanes, options)
                rates[lanes].append(rate)
                print(f"  {lanes:>3} lanes {rate:>8.0f}/s", file=sys.stderr)
    ratio = harness.median([many / single for single, many in zip(*rates.values())])
    print(f"{options.lanes} lanes deliver {ratio:.1f} times as much as one (asked: {TARGET:.0f})")
    return 1 if options.check and ratio < TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
