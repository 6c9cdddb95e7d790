"""Processes that the measurements of live collection start, each ended with its block: nats-server, nginx, `trunkline collect`."""

import contextlib
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import compare

FOLDER = os.path.join(compare.WORK, "live")
SECRET = "the-secret-of-a-benchmark"
# A commit is seen so many seconds after it became readable, at most.
LOOK_S = 0.01
# A pipeline that has not stored what waits after so many seconds is stuck.
PATIENCE_S = 900


def fresh(name):
    path = os.path.join(FOLDER, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def wait(what, test, patience=60.0, every=0.05):
    end = time.monotonic() + patience
    while not (found := test()):
        if time.monotonic() > end:
            sys.exit(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(every)
    return found


def check(holds, otherwise):
    if not holds:
        sys.exit(f"not as promised: {otherwise}")


@contextlib.contextmanager
def running(command, log, **environment):
    """A process of our own, ended with the block."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def nats(options, folder):
    """A nats-server with JetStream on a free port; gives its URL."""
    ports, config = os.path.join(folder, "ports"), os.path.join(folder, "nats.conf")
    os.makedirs(ports)
    with open(config, "w", encoding="utf-8") as text:
        text.write(f'jetstream {{ store_dir: "{folder}/store", max_file_store: 20GB{", sync_interval: always" if options.sync_always else ""} }}\n')
    command = [options.nats_server, "-a", "127.0.0.1", "-p", "-1", "-c", config, "--ports_file_dir", ports]
    with running(command, os.path.join(folder, "nats.log")) as process:
        file = wait("nats-server listens", lambda: process.poll() is not None or glob.glob(ports + "/*.ports"))
        if process.poll() is not None:
            sys.exit(f"nats-server ended: see {folder}/nats.log")
        with open(file[0], encoding="utf-8") as text:
            yield json.load(text)["nats"][0]


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def nginx(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = os.path.join(folder, "nginx.conf")
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(config, "w", encoding="utf-8") as text:
        text.write(f"daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
                   f"events {{ worker_connections 1024; }}\nhttp {{ access_log off; {paths} client_header_buffer_size 8k; keepalive_requests 1000000000;\n"
                   f"server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}\n")
    with running(["nginx", "-e", f"{folder}/nginx.log", "-c", config], os.path.join(folder, "nginx.out")):
        wait("nginx listens", lambda: listens(port))
        yield f"127.0.0.1:{port}"


def load(options, verb, **values):
    """The command that makes, fills, reads or feeds a stream."""
    return [options.load, verb, *(word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value)))]


def answer(command):
    """What a command says in JSON."""
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if out.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return json.loads(out.stdout)


@contextlib.contextmanager
def collect(options, folder, inflow, *more):
    """`trunkline collect` with one pipeline into a fresh lake; gives the process and its address once it takes records."""
    os.makedirs(os.path.join(folder, "pipelines"))
    with open(os.path.join(folder, "pipelines", "load.yaml"), "w", encoding="utf-8") as text:
        text.write(f"version: 1\nname: load\nsource: load://bench\nconnector: cloudevents\n{inflow}\n")
    log = os.path.join(folder, "collect.log")
    command = [options.binary, "--lake", os.path.join(folder, "lake"), "--project", folder, "collect", "--listen", "127.0.0.1:0", *more]
    with running(command, log, LOAD_SECRET=SECRET) as process:
        address = wait("collect listens", lambda: process.poll() is not None or said(log, r"metrics on http://([^/]+)/"))
        if process.poll() is not None:
            sys.exit(f"collect ended: see {log}")
        yield process, address


def said(log, pattern):
    with open(log, encoding="utf-8", errors="replace") as text:
        found = re.search(pattern, text.read())
    return found and found.group(1)


def get(url):
    """Status and text."""
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def ready(address):
    wait("collect is ready", lambda: get(f"http://{address}/readyz")[0] == 200)


def stop(process):
    """Ends a `collect` in good order: what waits is stored, the facts follow."""
    process.terminate()
    if process.wait(PATIENCE_S):
        sys.exit(f"collect ended with {process.returncode}")


def query(options, folder, sql):
    """Rows of a statement, as lists of text."""
    command = [options.binary, "--lake", os.path.join(folder, "lake"), "sql", "--format", "tsv", "-c", sql]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [line.split("\t") for line in out.stdout.splitlines()[1:]]


def count(options, folder):
    return int(query(options, folder, "SELECT count(*) FROM events")[0][0])


class Commits(threading.Thread):
    """Watches the log of `events`: when each commit could be read first, and up to which message it reaches."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.log, self.seen, self.found, self.ended = os.path.join(folder, "lake", "events", "_delta_log"), set(), [], False
        self.start()

    def run(self):
        while not self.ended:
            names = sorted(name for name in (os.listdir(self.log) if os.path.isdir(self.log) else []) if name.endswith(".json"))
            now = time.time()
            for name in names:
                if name not in self.seen:
                    self.seen.add(name)
                    self.enter(os.path.join(self.log, name), now)
            time.sleep(LOOK_S)

    def enter(self, path, now):
        with open(path, encoding="utf-8") as lines:
            for action in map(json.loads, lines):
                if action.get("txn", {}).get("appId", "").startswith("pos/js:"):
                    self.found.append((now, action["txn"]["version"]))

    def reach(self, position):
        """Waits until all messages before `position` are committed; gives when they could be read."""
        wait(f"message {position - 1} is stored", lambda: self.found and self.found[-1][1] >= position, PATIENCE_S, LOOK_S)
        return next(at for at, reached in self.found if reached >= position)
