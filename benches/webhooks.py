"""Webhooks for the measurements of live collection: prepared requests, wrk that replays them, what became of them, and what the disk can do."""

import base64
import collections
import hashlib
import hmac
import json
import math
import os
import random
import re
import subprocess
import time

from processes import FOLDER, SECRET, check, fresh, query

CONNECTIONS = 64
THREADS = 2


def requests(number):
    """Prepared requests, one file for each thread of wrk: body sizes evenly spread over their logarithm, every id once."""
    folder = os.path.join(FOLDER, f"requests-{number}")
    if os.path.isdir(folder):
        return folder
    making, chance = fresh("requests-making"), random.Random(7)
    for thread in range(THREADS):
        with open(os.path.join(making, f"requests-{thread}.bin"), "wb") as out:
            for i in range(number // THREADS):
                size = int(math.exp(chance.uniform(math.log(200), math.log(4096))))
                body = f'{{"specversion":"1.0","id":"w{thread}-{i}","source":"load://web","type":"note.added","time":"2026-01-05T10:00:00Z","subject":"c{thread}-{i}","data":{{"note_id":"n{thread}-{i}","text":"'
                body = (body + "x" * max(0, size - len(body) - 3) + '"}}').encode()
                signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
                head = f"POST /in/load HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTypeform-Signature: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
                out.write(b"%08d" % (len(head) + len(body)) + head.encode() + body)
    os.rename(making, folder)
    return folder


def wrk(options, where, address):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay.lua")
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{options.webhook_seconds}s", "-s", script, f"http://{address}/in/load", "--", where]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(re.search(r"^JSON (.*)$", out.stdout, re.M).group(1))


def rate(run):
    return (run["answers"] - run["refused"]) / run["seconds"]


def check_received(options, folder, run):
    """What was acknowledged is there, each once; besides it at most what was under way when wrk ended, one for each connection."""
    kept_answers = run["answers"] - run["refused"]
    received, stored, duplicate, rejected = map(int, query(options, folder, "SELECT sum(received), sum(stored), sum(duplicate), sum(rejected) FROM ops.balance")[0])
    check(kept_answers <= received <= kept_answers + CONNECTIONS, f"{kept_answers} requests were acknowledged, the lake received {received}")
    check(rejected == 0 and received == stored + duplicate, f"of {received}: {stored} stored, {duplicate} duplicate, {rejected} rejected")
    ids = collections.Counter(line[0] for line in query(options, folder, "SELECT event_id FROM events WHERE type = 'note.added'"))
    check(len(ids) == stored and max(ids.values()) == 1, f"{stored} events are stored, but {len(ids)} ids found")
    # Each thread sends its requests in their order, so that none before its last may be missing but those that were under way.
    numbers = [[int(name.split("-")[1]) for name in ids if name.startswith(f"w{thread}-")] for thread in range(THREADS)]
    missing = sum(max(sent) + 1 - len(sent) for sent in numbers if sent)
    check(missing <= CONNECTIONS + run["refused"], f"{missing} requests before the last one are missing")


def syncs_per_s(size, seconds=5.0):
    """How often a second this disk takes so many bytes for good: into a file that is there already, as the queue's is."""
    path, whole = os.path.join(FOLDER, "syncs"), 256 << 20
    with open(path, "wb") as file:
        for _ in range(whole >> 20):
            file.write(os.urandom(1 << 20))
        os.fsync(file.fileno())
    block, file, done, begin = os.urandom(size), os.open(path, os.O_WRONLY), 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        os.pwrite(file, block, done * size % (whole - size))
        os.fdatasync(file)
        done += 1
    taken = time.perf_counter() - begin
    os.close(file)
    os.remove(path)
    return done / taken
