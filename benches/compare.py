"""Speed and size beside DuckDB, on the same data in one run, two threads each.

    cargo build --release && python3 benches/compare.py [--lines 3000000] [--contacts 10000000] [--only ingest,fold,kpis]

Needs DuckDB 2 from PyPI, which is installed into target/tools/bench when it is missing. Everything is written below target/bench.
Figures are medians of three runs, except the making of data and facts, which runs once.
"""

import argparse
import glob
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
BINARY = os.path.join(TARGET, "release", "trunkline")
TOOLS = os.path.join(TARGET, "tools", "bench")
WORK = os.path.join(TARGET, "bench")
DUCKDB = "duckdb==2.0.1"
RUNS = 3

COPY = """COPY (SELECT id AS event_id, source, type, CAST(time AS DATE) AS event_date, CAST(time AS TIMESTAMPTZ) AS occurred_at,
  now() AS recorded_at, subject, coalesce(json_extract_string(data, '$.contact_id'), subject) AS contact_id,
  json_extract_string(data, '$.channel') AS channel, json_extract_string(data, '$.direction') AS direction,
  json_extract_string(data, '$.queue') AS queue, json_extract_string(data, '$.agent_id') AS agent_id,
  md5(json_extract_string(data, '$.customer_id')) AS customer_key, json_extract_string(data, '$.case_id') AS case_id,
  'cloudevents' AS connector, 1 AS schema_version, 'file' AS journal, 0 AS journal_seq, data
  FROM read_json('{lines}', format = 'newline_delimited', columns = {{specversion: 'VARCHAR', id: 'VARCHAR', source: 'VARCHAR',
  type: 'VARCHAR', time: 'VARCHAR', subject: 'VARCHAR', data: 'JSON'}})) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"""

# The same question to both: {table} is a table of the lake or its Parquet files, {day:column} the UTC day in each one's own words.
QUERIES = {
    "offered by queue": "SELECT queue, count(*) FROM {queue_stints} WHERE (direction IS DISTINCT FROM 'outbound') GROUP BY queue",
    "answered and abandoned by channel": "SELECT channel, sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END), sum(CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END) FROM {queue_stints} GROUP BY channel",
    "service level by queue and day": "SELECT queue, {day:enqueued_at}, sum(CASE WHEN outcome = 'answered' AND wait_ms <= 20000 THEN 1 ELSE 0 END) * 1.0 / nullif(sum(CASE WHEN outcome = 'abandoned' AND wait_ms <= 5000 THEN 0 ELSE 1 END), 0) FROM {queue_stints} GROUP BY 1, 2",
    "asa of one week": "SELECT queue, sum(wait_ms) / 1000.0 / count(*) FROM {queue_stints} WHERE outcome = 'answered' AND enqueued_at >= TIMESTAMP '2026-01-12 00:00:00' AND enqueued_at < TIMESTAMP '2026-01-19 00:00:00' GROUP BY queue",
    "waits over three minutes": "SELECT queue, count(*) FROM {queue_stints} WHERE wait_ms > 180000 GROUP BY queue",
    "longest wait by day": "SELECT {day:enqueued_at}, max(wait_ms) FROM {queue_stints} GROUP BY 1",
    "handle time by agent": "SELECT agent_id, sum(talk_ms + hold_ms + coalesce(wrap_up_ms, 0)) / 1000.0 / count(*) FROM {agent_legs} WHERE outcome = 'handled' GROUP BY agent_id",
    "hold rate by queue": "SELECT queue, sum(CASE WHEN hold_count > 0 THEN 1 ELSE 0 END) * 1.0 / count(*) FROM {agent_legs} WHERE outcome = 'handled' GROUP BY queue",
    "non-response by agent": "SELECT agent_id, sum(CASE WHEN outcome IN ('missed', 'declined') THEN 1 ELSE 0 END) * 1.0 / count(*) FROM {agent_legs} GROUP BY agent_id",
    "channel mix by day": "SELECT {day:started_at}, channel, count(*) FROM {contacts} GROUP BY 1, 2",
    "transfer rate": "SELECT channel, sum(CASE WHEN transfer_count > 0 THEN 1 ELSE 0 END) * 1.0 / count(*) FROM {contacts} WHERE leg_count > 0 GROUP BY channel",
    "first response by channel": "SELECT channel, count(*), sum(extract(epoch FROM answered_at) - extract(epoch FROM asked_at)) / count(*) FROM {responses} WHERE is_first AND answered_at IS NOT NULL GROUP BY channel",
}


def duckdb():
    if not os.path.isdir(os.path.join(TOOLS, "duckdb")):
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", TOOLS, DUCKDB], check=True)
    sys.path.insert(0, TOOLS)
    import duckdb as module

    return module


def peak(command):
    """As `timed`, with the peak memory, through GNU time-like accounting of the child."""
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    begin = time.perf_counter()
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{command} failed with {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def row(what, ours, peer, note=""):
    print(f"| {what} | {ours} | {peer} | {note} |", flush=True)


def size(pattern):
    return sum(os.path.getsize(f) for f in glob.glob(pattern, recursive=True) if os.path.isfile(f))


def make_lines(lines):
    path = os.path.join(WORK, f"lines-{lines}.jsonl")
    if not os.path.exists(path):
        whole = path + ".all"
        subprocess.run([BINARY, "simulate", "--contacts", str(int(lines / 17)), "--days", "30", "--seed", "3", "--out", whole], check=True)
        with open(whole, "rb") as source, open(path, "wb") as target:
            for _ in range(lines):
                target.write(source.readline())
        os.remove(whole)
    return path


def bench_ingest(lines):
    path, lake, out = make_lines(lines), os.path.join(WORK, "ingest.lake"), os.path.join(WORK, "duck.parquet")
    ours, peer, memory = [], [], []
    script = f"import sys; sys.path.insert(0, {TOOLS!r}); import duckdb; c = duckdb.connect(); c.execute('SET threads = 2'); c.execute({COPY.format(lines=path, out=out)!r})"
    for _ in range(RUNS):
        shutil.rmtree(lake, ignore_errors=True)
        seconds, mib = peak([BINARY, "--lake", lake, "ingest", path, "--connector", "cloudevents", "--no-fold"])
        ours.append(seconds)
        memory.append(mib)
        peer.append(peak([sys.executable, "-c", script])[0])
    row(f"{lines:,} lines ({os.path.getsize(path) / 1e6:.0f} MB) to `events`", f"{statistics.median(ours):.2f} s, {max(memory):.0f} MiB", f"DuckDB COPY {statistics.median(peer):.2f} s", f"ratio {statistics.median(ours) / statistics.median(peer):.2f}")
    packed = os.path.join(WORK, "lines.zst")
    with open(path, "rb") as source, open(packed, "wb") as target:
        subprocess.run(["zstd", "-3", "-q", "-c"], stdin=source, stdout=target, check=True)
    row("size of `events`", f"{size(lake + '/events/**') / 1e6:.1f} MB", f"zstd -3 JSON {os.path.getsize(packed) / 1e6:.1f} MB, DuckDB Parquet {os.path.getsize(out) / 1e6:.1f} MB")


def bench_fold():
    path, lake = make_lines(5_000_000), os.path.join(WORK, "fold.lake")
    with open(path, "rb") as source:
        lines = source.readlines()
    cut = len(lines) - len(lines) // 100
    parts = [os.path.join(WORK, "fold-a.jsonl"), os.path.join(WORK, "fold-b.jsonl")]
    for part, chunk in zip(parts, [lines[:cut], lines[cut:]]):
        with open(part, "wb") as target:
            target.writelines(chunk)
    del lines
    whole, further = [], []
    for _ in range(RUNS):
        shutil.rmtree(lake, ignore_errors=True)
        run = [BINARY, "--lake", lake, "ingest", "--connector", "cloudevents"]
        subprocess.run([*run, "--no-fold", parts[0]], check=True, capture_output=True)
        whole.append(folded([BINARY, "--lake", lake, "rebuild"]))
        further.append(folded([*run, parts[1]]))
    a, b = statistics.median(whole), statistics.median(further)
    row("fold 5 million events to all facts", f"{a:.2f} s, {5 / a:.2f} million events/s", "-", "log read and facts written, included")
    row("a further 1 %", f"{b:.2f} s, {100 * b / a:.1f} % of the whole", "-")


def bench_kpis(contacts):
    lake = os.path.join(WORK, f"kpis-{contacts}.lake")
    if not os.path.isdir(lake):
        # Ten million contacts are forty gigabytes of JSON: it is compressed on its way to the disk.
        path = os.path.join(WORK, "kpis.jsonl.zst")
        with open(path, "wb") as target:
            simulate = subprocess.Popen([BINARY, "simulate", "--contacts", str(contacts), "--days", "90", "--seed", "9", "--out", "-"], stdout=subprocess.PIPE)
            subprocess.run(["zstd", "-1", "-q", "-c"], stdin=simulate.stdout, stdout=target, check=True)
            if simulate.wait():
                sys.exit("simulate failed")
        subprocess.run([BINARY, "--lake", lake, "ingest", path, "--connector", "cloudevents"], check=True)
        os.remove(path)
    module = duckdb()
    connection = module.connect()
    connection.execute("SET threads = 2")
    ratios = []
    for name, sql in QUERIES.items():
        ours = []
        tables = ["queue_stints", "agent_legs", "contacts", "responses"]
        statement = asked(sql, {t: t for t in tables}, "local_date({}, 'UTC')")
        ours = engine_seconds(lake, statement)
        theirs = asked(sql, {t: f"read_parquet({active(os.path.join(lake, t))})" for t in tables}, "CAST({} AS DATE)")
        peer = []
        for _ in range(RUNS + 1):
            begin = time.perf_counter()
            connection.execute(theirs).fetchall()
            peer.append(time.perf_counter() - begin)
        p = statistics.median(peer[1:])
        ratios.append(ours / p)
        row(name, f"{ours * 1000:.0f} ms", f"{p * 1000:.0f} ms", f"ratio {ours / p:.2f}")
    row("geometric mean of ratios", f"{math.exp(statistics.mean(map(math.log, ratios))):.2f}", "DuckDB = 1")


def active(table):
    """Data files of a Delta table's newest version: added and not removed again. Reads the log's JSON, so no checkpoint may replace it."""
    files = set()
    for entry in sorted(glob.glob(os.path.join(table, "_delta_log", "*.json"))):
        with open(entry, encoding="utf-8") as lines:
            for action in map(json.loads, lines):
                if "add" in action:
                    files.add(os.path.join(table, action["add"]["path"]))
                if "remove" in action:
                    files.discard(os.path.join(table, action["remove"]["path"]))
    return sorted(files)


def asked(sql, tables, day):
    for name, text in tables.items():
        sql = sql.replace("{" + name + "}", text)
    return re.sub(r"{day:(\w+)}", lambda found: day.format(found.group(1)), sql)


def folded(command):
    """Seconds that a command says its fold took: reading the log, folding, writing the facts."""
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(re.search(r"rows in ([0-9.]+) s", out.stderr).group(1))


def engine_seconds(lake, sql):
    """Median seconds of a statement in one warm process: the shell's own \\timing, without start-up."""
    text = "".join(f"{sql};\n" for _ in range(RUNS + 1))
    out = subprocess.run([BINARY, "--lake", lake, "sql", "--timing", "-f", "-"], input=text, capture_output=True, text=True, check=True)
    seconds = [float(line.split()[0]) for line in out.stderr.splitlines() if line.endswith(" s")]
    return statistics.median(seconds[1:])


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--lines", type=int, default=3_000_000)
    options.add_argument("--contacts", type=int, default=10_000_000)
    options.add_argument("--only", default="ingest,fold,kpis")
    chosen = options.parse_args()
    os.makedirs(WORK, exist_ok=True)
    duckdb()
    print("| what | trunkline | peer | |\n|---|---|---|---|")
    if "ingest" in chosen.only:
        bench_ingest(chosen.lines)
    if "fold" in chosen.only:
        bench_fold()
    if "kpis" in chosen.only:
        bench_kpis(chosen.contacts)


if __name__ == "__main__":
    main()
