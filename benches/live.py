"""Live collection: throughput, latency and memory of `trunkline collect`, beside a peer where there is one, in one run on the same data.

    cargo build --release && cargo build --release -p trunkline-ingest --example nats_load
    python3 benches/live.py [--only backlog,latency,webhooks,memory] [--binary PATH] [--load PATH] [--tools FOLDER]

Needs nats-server (`cargo xtask test` fetches it into target/tools; --tools names another such folder), and for webhooks wrk and nginx.
Everything runs on two cores, load and servers included, on loopback and below target/bench/live, which needs 8 GB. Figures are medians of
three runs, memory runs once. Results are printed as Markdown and kept as JSON in target/bench/live.json; docs/benchmarks.md says what
each of them means and how long it takes.
"""

import argparse
import glob
import json
import math
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

import compare
from processes import FOLDER, Commits, answer, check, collect, count, fresh, get, load, nats, nginx, query, ready, running, stop
from webhooks import CONNECTIONS, THREADS, check_received, rate, requests, syncs_per_s, wrk

LOAD = os.path.join(compare.TARGET, "release", "examples", "nats_load")
# Bytes that the stream of the memory run holds: more than six minutes of its events.
STREAM_BYTES = 2 << 30


def stream(url):
    return f'nats: {{servers: ["{url}"], stream: EVENTS}}'


def bench_backlog(options):
    """The backlog to the durable `events`, from the start of the process to the commit of the last message; facts are put off."""
    folder, ours, peer = fresh("backlog"), [], []
    lines = compare.make_lines(options.events)
    with nats(options, folder) as url:
        answer(load(options, "make", url=url, stream="EVENTS", subject="load.x"))
        answer(load(options, "fill", url=url, subject="load.x", file=lines, count=options.events))
        # The first reading fetches the stream into memory, so that it counts for nobody.
        answer(load(options, "drop", url=url, stream="EVENTS"))
        for _ in range(options.runs):
            peer.append(answer(load(options, "drop", url=url, stream="EVENTS"))["rate"])
            run, begin = fresh("backlog-run"), time.time()
            with collect(options, run, stream(url), "--fold-every", "86400") as (process, _):
                commits = Commits(run)
                ours.append(options.events / (commits.reach(options.events + 1) - begin))
                commits.ended = True
                # Not ended in good order: that would bring the facts up to date. What is committed is durable.
                process.kill()
                process.wait()
            check(count(options, run) == options.events, f"the lake does not hold {options.events} events")
    ratio = statistics.median(ours) / statistics.median(peer)
    row(options, f"JetStream backlog of {options.events:,} events to durable `events`", "a bare async-nats consumer that reads and drops",
        "at least 0.6 of its rate", f"{statistics.median(ours):,.0f} beside {statistics.median(peer):,.0f} events/s: ratio {ratio:.2f}",
        ratio >= 0.6, backlog={"ours": ours, "peer": peer, "ratio": ratio})


def bench_latency(options):
    """From the instant a publisher wrote into an event to the instant the commit that has it could be read."""
    runs, paces = [], []
    for _ in range(options.runs):
        folder = fresh("latency")
        with nats(options, folder) as url:
            answer(load(options, "make", url=url, stream="EVENTS", subject="load.x"))
            with collect(options, folder, stream(url)) as (process, address):
                ready(address)
                commits = Commits(folder)
                paces.append(answer(load(options, "pace", url=url, subject="load.x", rate=options.latency_rate, seconds=options.latency_seconds)))
                commits.reach(paces[-1]["messages"] + 1)
                commits.ended = True
                stop(process)
        rows = query(options, folder, "SELECT journal_seq, arrow_cast(occurred_at, 'Int64') FROM events ORDER BY journal_seq")
        check(len(rows) == paces[-1]["messages"], f"the lake holds {len(rows)} of {paces[-1]['messages']} events")
        runs.append(latencies(rows, commits.found))
    p50, p99, top = (statistics.median(run[name] for run in runs) for name in ("p50", "p99", "max"))
    row(options, f"publish to queryable at {options.latency_rate:,} events/s, {options.latency_seconds} s", "-", "p99 under flush age (10 s) + 2 s",
        f"p50 {p50:.1f} s, p99 {p99:.1f} s, max {top:.1f} s{kept(paces)}", p99 < 12, latency={"runs": runs, "paces": paces})


def latencies(rows, commits):
    """Seconds of each event, sorted into p50, p99 and max. Rows and commits are in the order of messages."""
    seconds, at = [], 0
    for seq, micros in rows:
        while commits[at][1] <= int(seq):
            at += 1
        seconds.append(commits[at][0] - int(micros) / 1e6)
    seconds.sort()
    return {"p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99), "max": seconds[-1], "commits": len(commits)}


def percentile(values, share):
    return values[max(0, math.ceil(len(values) * share) - 1)]


def kept(paces):
    late = [pace for pace in paces if pace["failed"] or not pace["kept_the_rate"]]
    return f"; the publisher did not keep its rate in {len(late)} runs: {min(pace['rate'] for pace in late):,.0f}/s" if late else ""


def bench_webhooks(options):
    """Signed requests, each answered once it is on disk, beside nginx that reads and drops them."""
    where, ours, peer, shares = requests(options.requests), [], [], []
    for _ in range(options.runs):
        folder = fresh("webhooks")
        with nginx(folder) as address:
            peer.append(wrk(options, where, address))
        with collect(options, folder, "http: {signature: {scheme: typeform, secrets: [\"${LOAD_SECRET}\"]}}") as (process, address):
            ready(address)
            ours.append(wrk(options, where, address))
            time.sleep(1)
            commits = re.search(r"trunkline_queue_commits\{[^}]*\} (\d+)", get(f"http://{address}/metrics")[1])
            stop(process)
        check_received(options, folder, ours[-1])
        shares.append(commits and ours[-1]["answers"] / int(commits.group(1)))
    size = statistics.mean(map(os.path.getsize, glob.glob(where + "/*.bin"))) * THREADS / options.requests
    syncs = {"4 KiB": syncs_per_s(4096), f"{CONNECTIONS} requests": syncs_per_s(int(size * CONNECTIONS))}
    limit = syncs[f"{CONNECTIONS} requests"] * CONNECTIONS
    a, b = statistics.median(map(rate, ours)), statistics.median(map(rate, peer))
    # Older binaries do not say how often the queue was written.
    share = f"; {statistics.median(shares):.1f} requests a commit" if all(shares) else ""
    row(options, f"webhooks of 200 B to 4 KB, signed, {CONNECTIONS} connections, embedded journal", "nginx returning 204 without storing",
        f"at least {min(10_000, limit):,.0f} durable requests/s (the disk: {limit / CONNECTIONS:,.0f} syncs/s, {CONNECTIONS} requests each at most)",
        f"{a:,.0f} beside {b:,.0f} requests/s: ratio {a / b:.2f}; p99 {statistics.median(run['ms']['p99'] for run in ours):.1f} ms{share}",
        a >= min(10_000, limit), webhooks={"ours": ours, "peer": peer, "syncs_per_s": syncs, "requests_per_commit": shares})


def bench_memory(options):
    """Resident memory of `collect`, folds included, while events come steadily."""
    folder, samples = fresh("memory"), []
    with nats(options, folder) as url:
        answer(load(options, "make", url=url, stream="EVENTS", subject="load.x", max_bytes=STREAM_BYTES))
        with collect(options, folder, stream(url)) as (process, address):
            ready(address)
            commits, out = Commits(folder), os.path.join(folder, "pace.json")
            command = load(options, "pace", url=url, subject="load.x", rate=options.memory_rate, seconds=int(options.minutes * 60))
            with running(command, out) as publisher:
                begin = time.monotonic()
                while publisher.poll() is None:
                    samples.append((time.monotonic() - begin, *memory(process.pid)))
                    time.sleep(5)
            with open(out, encoding="utf-8") as text:
                pace = json.loads(text.read().splitlines()[-1])
            commits.reach(pace["messages"] + 1)
            samples.append((time.monotonic() - begin, *memory(process.pid)))
            stop(process)
    stored, gaps = count(options, folder), len(query(options, folder, "SELECT * FROM ops.gaps"))
    check(gaps == 0 and stored == pace["messages"], f"{stored} of {pace['messages']} events are stored, {gaps} gaps")
    spans = curve(samples, 300, options.minutes * 60 - 1)
    for minute, (low, high) in spans.items():
        print(f"  from minute {minute}: {low:.0f} to {high:.0f} MiB resident", file=sys.stderr)
    top = max(peak for _, _, peak in samples)
    # The first five minutes fill caches: the last ones are held against the second. Less than fifteen minutes say nothing.
    highs = [high for _, high in spans.values()]
    is_flat = len(highs) > 2 and highs[-1] <= 1.1 * highs[1]
    row(options, f"memory while collecting for {options.minutes:g} minutes at {options.memory_rate:,} events/s", "-", "flat, under 512 MiB",
        f"peak {top:.0f} MiB; by five minutes {', '.join(f'{low:.0f}-{high:.0f}' for low, high in spans.values())}{kept([pace])}",
        is_flat and top < 512 if len(highs) > 2 else None, memory={"samples": samples, "pace": pace})


def memory(pid):
    """Resident MiB now, and at most so far."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        found = dict(line.split(":", 1) for line in lines)
    return int(found["VmRSS"].split()[0]) / 1024, int(found["VmHWM"].split()[0]) / 1024


def curve(samples, span_s, end_s):
    """Least and most resident MiB of each span, by the minute it begins with. What comes after the end belongs to the last one."""
    spans = {}
    for at, now, _ in samples:
        minute = int(min(at, end_s) // span_s) * span_s // 60
        low, high = spans.get(minute, (math.inf, 0.0))
        spans[minute] = (min(low, now), max(high, now))
    return spans


def row(options, what, beside, goal, measured, is_reached, **figures):
    reached = {True: "yes", False: "no", None: "too short to say"}[is_reached]
    print(f"| {what} | {beside} | {goal} | {measured} | {reached} |", flush=True)
    options.results.update(figures)
    with open(os.path.join(compare.WORK, "live.json"), "w", encoding="utf-8") as out:
        json.dump(options.results, out, indent=1)


def machine(options):
    """Where and with what it was measured."""
    def version(*command):
        if not shutil.which(command[0]):
            return "-"
        out = subprocess.run(command, capture_output=True, text=True, check=False)
        return (out.stdout + out.stderr).strip().splitlines()[0]

    with open("/proc/cpuinfo", encoding="utf-8") as text:
        model = re.search(r"model name\s*: (.*)", text.read())
    disk = subprocess.run(["df", "--output=fstype", FOLDER], capture_output=True, text=True, check=False).stdout.split()[-1]
    lock = os.path.join(compare.ROOT, "Cargo.lock")
    with open(lock, encoding="utf-8") as text:
        client = re.search(r'name = "async-nats"\nversion = "([^"]+)"', text.read()).group(1)
    return {
        "processor": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores, {model.group(1) if model else platform.machine()}",
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}, {disk}",
        "load_before": os.getloadavg()[0],
        "versions": [version(options.binary, "--version"), version(options.nats_server, "-v"), version("nginx", "-v"), version("wrk", "-v"), f"async-nats {client}"],
        "nats_syncs": "before each acknowledgement" if options.sync_always else "every two minutes, its default",
    }


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="backlog,latency,webhooks,memory")
    options.add_argument("--binary", default=compare.BINARY)
    options.add_argument("--load", default=LOAD, help="the built example nats_load")
    options.add_argument("--tools", default=os.path.join(compare.TARGET, "tools"), help="folder with python/bin/nats-server")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--events", type=int, default=5_000_000, help="of the backlog")
    options.add_argument("--latency-rate", type=int, default=5_000)
    options.add_argument("--latency-seconds", type=int, default=120)
    options.add_argument("--requests", type=int, default=400_000, help="prepared; those that come again are duplicates")
    options.add_argument("--webhook-seconds", type=int, default=20)
    options.add_argument("--memory-rate", type=int, default=20_000)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--sync-always", action="store_true", help="nats-server syncs before it acknowledges")
    chosen = options.parse_args()
    chosen.nats_server = os.path.join(chosen.tools, "python", "bin", "nats-server")
    compare.BINARY = chosen.binary
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    os.makedirs(FOLDER, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    chosen.results = {"machine": machine(chosen)}
    print("\n".join(f"{name}: {value}" for name, value in chosen.results["machine"].items()), file=sys.stderr, flush=True)
    print("| what | beside | goal | measured | reached |\n|---|---|---|---|---|", flush=True)
    for name, bench in {"backlog": bench_backlog, "latency": bench_latency, "webhooks": bench_webhooks, "memory": bench_memory}.items():
        if name in chosen.only.split(","):
            bench(chosen)


if __name__ == "__main__":
    main()
