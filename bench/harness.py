"""What every measurement here stands on: processes, ports, meters.

Everything listens on 127.0.0.1, writes into one temporary folder and is stopped
by its own process id.
"""

import contextlib
import importlib.util
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MLLP_SHARED", PROJECT.parent / "shared"))
STOP_SECONDS_MAX = 60
START_SECONDS_MAX = 60

HEADER = b"MSH|^~\\&|BENCH|LAB|EHR|GEN|20260403120000||ORU^R01^ORU_R01|%s|P|2.5.1\r"
SEGMENTS = b"PID|1||100001^^^HOSP^MR||LOAD^PATIENT||19700101|F\rOBX|1|NM|2951-2^SODIUM^LN||137\r"


def fail(sentence):
    sys.exit(f"{Path(sys.argv[0]).name}: {sentence}")


def frame(control_id):
    return b"\x0b" + HEADER % control_id.encode() + SEGMENTS + b"\x1c\r"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def exchange(connection, control_id):
    """Sends one message and returns when its answer, AA, is there whole."""
    connection.sendall(frame(control_id))
    await_answer(connection, control_id)


def await_answer(connection, control_id):
    answer = b""
    while not answer.endswith(b"\x1c\r"):
        octets = connection.recv(65536)
        if not octets:
            fail("the server closed a connection instead of answering")
        answer += octets
    if b"\rMSA|AA|%s" % control_id.encode() not in answer:
        fail(f"wrong answer: {answer!r}")


def raise_descriptor_limit(wanted):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        fail(f"needs {wanted} file descriptors, the limit is {hard}: raise it with ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Child:
    """A process of ours, with its meters. Stopped when the `with` block ends."""

    def __init__(self, command, environment=None, folder=None, log=None):
        self.log = log
        output = open(log, "ab") if log else subprocess.DEVNULL
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if log:
            output.close()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            fail(f"process {self.pid} did not stop within {STOP_SECONDS_MAX} s of SIGTERM")

    def connect(self, port):
        """The first connection that is accepted."""
        while True:
            if self.process.poll() is not None:
                fail(f"the process ended with {self.process.returncode}\n{self.log_tail()}")
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=60)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            except ConnectionRefusedError:
                if time.monotonic() - self.started_at > START_SECONDS_MAX:
                    break
                time.sleep(0.0005)
        fail(f"nobody listens after {START_SECONDS_MAX} s\n{self.log_tail()}")

    def log_tail(self):
        if not self.log:
            return ""
        return "\n".join(Path(self.log).read_text(errors="replace").splitlines()[-20:])

    def cpu_seconds(self):
        """On all threads alive; to the nanosecond where the kernel counts so."""
        try:
            tasks = Path(f"/proc/{self.pid}/task").iterdir()
            return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks) / 1e9
        except (FileNotFoundError, IndexError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self):
        """PSS: what the process has for itself, and its share of what it shares."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Server(Child):
    """`mllp-server` without connectors, its store in `folder`."""

    def __init__(self, binary, folder, **settings):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                       "LISTEN_ADDR": f"127.0.0.1:{self.port}",
                       "DATA_DIR": str(folder / "data"), **settings}
        super().__init__([str(binary), "serve"], environment, folder, folder / "server.log")


class Floor(Child):
    """tools/barelimit: durable where it has a file."""

    def __init__(self, binary, file=None):
        self.port = free_port()
        super().__init__([str(binary), str(self.port)] + ([str(file)] if file else []))


def build_server(preset="release"):
    """Brings build/<preset>/bin/mllp-server up to date and returns it."""
    given = os.environ.get("MLLP_SERVER")
    if given:
        return Path(given).resolve()
    steps = [["cmake", "--preset", preset],
             ["cmake", "--build", f"build/{preset}", "--target", "mllp-server"]]
    for step in steps:
        done = subprocess.run(step, cwd=PROJECT, capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"{' '.join(step)} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return PROJECT / "build" / preset / "bin" / "mllp-server"


def build_tool(name, folder, *libraries):
    source = SHARED / "tools" / f"{name}.cpp"
    if not source.exists():
        fail(f"{source} is not there: set MLLP_SHARED to the folder that holds tools/")
    target = Path(folder) / name
    subprocess.run(["g++", "-O2", "-std=c++20", str(source), "-o", str(target), *libraries],
                   check=True)
    return target


def authority(folder, *names):
    """A certificate authority of the scenarios' making, and what it has signed."""
    source = PROJECT / "test" / "harness" / "certificates.py"
    spec = importlib.util.spec_from_file_location("certificates", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.Authority(folder)
    for name in names:
        made.issue(name)
    return made


@contextlib.contextmanager
def scratch_folder(parent):
    """On a real disk: a sync into memory costs nothing and proves nothing."""
    parent = Path(parent) if parent else PROJECT / "build"
    parent.mkdir(parents=True, exist_ok=True)
    kind = filesystem_of(parent)
    if kind in ("tmpfs", "ramfs"):
        fail(f"{parent} is {kind}, which makes nothing durable: name another with --folder")
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def filesystem_of(path):
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, each, *_ = line.split()
        inside = str(path) == point or str(path).startswith(point.rstrip("/") + "/")
        if inside and len(point) > len(best):
            best, kind = point, each
    return kind


def machine(folder):
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
            f"Linux {platform.release()}, {filesystem_of(folder)}")


def commit():
    def git(*words):
        done = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True)
        return done.stdout.strip()
    dirty = "+changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + dirty


def run_bench(binary, port, *options):
    """`mllp-server bench --json`; fails where any answer was wrong."""
    done = subprocess.run([str(binary), "bench", "--to", f"127.0.0.1:{port}", "--json", *options],
                          capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"bench found wrong answers:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def run_mllpload(binary, port, *options):
    """tools/mllpload; fails where any answer was wrong."""
    done = subprocess.run([str(binary), "-p", str(port), *options], capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"mllpload found wrong answers:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def median(values):
    return statistics.median(values)


def table(header, rows):
    """Plain text, columns aligned, the first to the left."""
    lines = [header] + rows
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]

    def render(line):
        first = line[0].ljust(widths[0])
        return "  ".join([first] + [cell.rjust(w) for cell, w in zip(line[1:], widths[1:])])

    return "\n".join([render(header), "-" * len(render(header))] + [render(row) for row in rows])
