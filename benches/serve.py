"""PostgreSQL's protocol: rows to a client, connections, and dashboard queries, beside PostgreSQL 15 that holds the same tables, in one run.

    cargo build --release
    apt-get install postgresql-15 zstd
    python3 benches/serve.py [--contacts 1000000] [--binary PATH] [--only rows,flight,connect,pages,dashboard]

The lake is a simulated centre below target/bench/serve, made once per number of contacts. PostgreSQL gets the same rows by COPY out of the server
that is measured, lies in a temporary folder, and has its default settings but for shared_buffers (1 GB). Both answer over loopback with SCRAM and
without TLS. psycopg 3, ADBC and SQLAlchemy come from PyPI into target/tools/serve; the pages need psql, java and Debian's libpostgresql-jdbc-java. Figures are medians of three runs, by turns. docs/benchmarks.md says what they mean.
"""

import argparse
import concurrent.futures
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import compare

PACKAGES = ["psycopg[binary]==3.3.9", "sqlalchemy==2.0.58", "adbc-driver-flightsql==1.13.0", "pyarrow"]
TOOLS = os.path.join(compare.TARGET, "tools", "serve")
WORK = os.path.join(compare.WORK, "serve")
PG = "/usr/lib/postgresql/15/bin"
PASSWORD = "the password of a benchmark"
RUNS = 3
FLIGHT_RUNS = 7
TABLES = ["contacts", "queue_stints", "agent_legs"]
COLUMNS = "contact_id, stint_no, queue, channel, enqueued_at, left_at, outcome, wait_ms, ring_ms, agent_id, is_final, event_count"

# What dashboards of a contact centre ask: counts and sums by day, queue, channel, agent; both engines read the same text.
DASHBOARD = [
    "SELECT queue, count(*) FROM queue_stints GROUP BY queue",
    "SELECT channel, outcome, count(*) FROM queue_stints GROUP BY channel, outcome",
    "SELECT date_trunc('day', enqueued_at) AS day, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1",
    "SELECT date_trunc('hour', enqueued_at) AS hour, count(*) FROM queue_stints WHERE channel = 'voice' GROUP BY 1 ORDER BY 1",
    "SELECT queue, avg(wait_ms) FROM queue_stints WHERE outcome = 'answered' GROUP BY queue",
    "SELECT queue, sum(CASE WHEN wait_ms <= 20000 AND outcome = 'answered' THEN 1 ELSE 0 END) * 1.0 / count(*) FROM queue_stints GROUP BY queue",
    "SELECT count(*) FROM queue_stints WHERE wait_ms > 180000",
    "SELECT queue, max(wait_ms) FROM queue_stints GROUP BY queue",
    "SELECT agent_id, count(*), sum(talk_ms) FROM agent_legs WHERE outcome = 'handled' GROUP BY agent_id ORDER BY 3 DESC LIMIT 20",
    "SELECT agent_id, avg(talk_ms + hold_ms) FROM agent_legs WHERE outcome = 'handled' GROUP BY agent_id ORDER BY 2 DESC LIMIT 20",
    "SELECT channel, avg(hold_ms) FROM agent_legs WHERE hold_count > 0 GROUP BY channel",
    "SELECT outcome, count(*) FROM agent_legs GROUP BY outcome",
    "SELECT date_trunc('day', accepted_at) AS day, avg(talk_ms) FROM agent_legs WHERE outcome = 'handled' GROUP BY 1 ORDER BY 1",
    "SELECT channel, count(*) FROM contacts GROUP BY channel",
    "SELECT outcome, count(*) FROM contacts GROUP BY outcome",
    "SELECT date_trunc('week', started_at) AS week, channel, count(*) FROM contacts GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT first_queue, avg(transfer_count) FROM contacts GROUP BY first_queue",
    "SELECT count(DISTINCT customer_key) FROM contacts",
    "SELECT first_agent_id, count(*) FROM contacts WHERE is_resolved GROUP BY first_agent_id ORDER BY 2 DESC LIMIT 20",
    "SELECT channel, sum(talk_ms) / 3600000.0 FROM contacts GROUP BY channel",
]


def install():
    if not all(os.path.isdir(os.path.join(TOOLS, name)) for name in ("psycopg", "sqlalchemy", "adbc_driver_flightsql", "pyarrow")):
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", TOOLS, *PACKAGES], check=True)
    sys.path.insert(0, TOOLS)


def make_lake(options):
    lake = os.path.join(WORK, f"lake-{options.contacts}")
    if not os.path.isdir(lake):
        os.makedirs(WORK, exist_ok=True)
        # Ten million contacts are forty gigabytes of JSON: it is compressed on its way to the disk.
        lines = os.path.join(WORK, "events.jsonl.zst")
        with open(lines, "wb") as target:
            simulate = subprocess.Popen([options.binary, "simulate", "--contacts", str(options.contacts), "--days", "90", "--seed", "3", "--out", "-"], stdout=subprocess.PIPE)
            subprocess.run(["zstd", "-1", "-q", "-c"], stdin=simulate.stdout, stdout=target, check=True)
            if simulate.wait():
                sys.exit("simulate failed")
        subprocess.run([options.binary, "--lake", lake + ".new", "ingest", lines, "--connector", "cloudevents"], check=True)
        os.remove(lines)
        os.rename(lake + ".new", lake)
    users = [options.binary, "--lake", lake, "user"]
    if "bench" not in subprocess.run([*users, "list"], capture_output=True, text=True, check=True).stdout:
        subprocess.run([*users, "add", "bench"], input=PASSWORD, text=True, check=True, stderr=subprocess.DEVNULL)
        subprocess.run([*users, "grant", "bench", "*"], check=True)
    return lake


@contextlib.contextmanager
def trunkline(options, lake):
    command = [options.binary, "--lake", lake, "serve", "--pg", "127.0.0.1:0", "--flight", "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        said = {}
        while len(said) < 2:
            line = process.stderr.readline()
            if not line:
                sys.exit("trunkline serve did not start")
            for name in ("PostgreSQL protocol on ", "Flight SQL on "):
                if name in line:
                    said[name] = line.split(name)[1].split()[0]
        port = said["PostgreSQL protocol on "].rsplit(":", 1)[1]
        options.flight = "grpc://" + said["Flight SQL on "]
        # Nobody reads on: logins are lines, and a pipe that is full would stop the server.
        threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
        yield f"host=127.0.0.1 port={port} user=bench password='{PASSWORD}' dbname=trunkline"
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def postgresql():
    folder = tempfile.mkdtemp(prefix="trunkline-pg-")
    shutil.chown(folder, "postgres", "postgres")
    secret = os.path.join(folder, "password")
    with open(secret, "w") as out:
        out.write(PASSWORD)
    shutil.chown(secret, "postgres", "postgres")
    data, run = os.path.join(folder, "data"), ["runuser", "-u", "postgres", "--"]
    subprocess.run([*run, f"{PG}/initdb", "-D", data, "-U", "bench", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale", "C"], check=True, stdout=subprocess.DEVNULL)
    port = str(20000 + os.getpid() % 20000)
    settings = ["-p", port, "-h", "127.0.0.1", "-k", folder, "-c", "shared_buffers=1GB"]
    server = subprocess.Popen([*run, f"{PG}/postgres", "-D", data, *settings], stderr=subprocess.DEVNULL)
    try:
        while subprocess.run([f"{PG}/pg_isready", "-q", "-h", "127.0.0.1", "-p", port]).returncode:
            time.sleep(0.1)
        yield f"host=127.0.0.1 port={port} user=bench password='{PASSWORD}' dbname=postgres"
    finally:
        subprocess.run([*run, f"{PG}/pg_ctl", "-D", data, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def fill(ours, theirs):
    """The same tables with the same rows, analysed."""
    import psycopg
    with psycopg.connect(ours, autocommit=True) as source, psycopg.connect(theirs, autocommit=True) as target:
        oids = {16: "bool", 20: "int8", 21: "int2", 23: "int4", 25: "text", 700: "float4", 701: "float8", 1082: "date", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric"}
        for table in TABLES:
            columns = source.execute(f"SELECT * FROM {table} LIMIT 0").description
            target.execute(f"CREATE TABLE {table} ({', '.join(f'{c.name} {oids[c.type_code]}' for c in columns)})")
            with source.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as out, target.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into:
                for piece in out:
                    into.write(piece)
        # The others without rows: they are in every page that lists tables.
        for (table,) in source.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").fetchall():
            if table not in TABLES:
                columns = source.execute(f"SELECT * FROM {table} LIMIT 0").description
                named = ", ".join(f"{c.name} {oids.get(c.type_code) or 'text'}" for c in columns)
                target.execute(f"CREATE TABLE {table} ({named})")
        target.execute("VACUUM ANALYZE")


def fetch(where, rows, binary, as_tuples=False):
    """Rows, and seconds until the client has them: as the protocol's bytes, or as Python's tuples."""
    import psycopg
    with psycopg.connect(where, autocommit=True) as connection:
        begin = time.perf_counter()
        with connection.cursor(binary=binary) as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM queue_stints LIMIT {rows}")
            found = len(cursor.fetchall()) if as_tuples else cursor.pgresult.ntuples
        return found, time.perf_counter() - begin


def bench_rows(options, ours, theirs):
    for binary in (False, True):
        times = {"ours": [], "theirs": []}
        for _ in range(RUNS):
            for name, where in (("ours", ours), ("theirs", theirs)):
                found, seconds = fetch(where, options.rows, binary)
                times[name].append(found / seconds)
        mine, peer = statistics.median(times["ours"]), statistics.median(times["theirs"])
        form = "binary" if binary else "text"
        row(f"SELECT of {found:,} rows x 12 columns through psycopg 3, {form}", "rows/s at least 1.0", f"{mine:,.0f} beside {peer:,.0f} rows/s: ratio {mine / peer:.2f}", mine >= peer)


def bench_connect(_, ours, theirs):
    import psycopg
    times = {}
    for name, where in (("ours", ours), ("theirs", theirs)):
        one = []
        for _ in range(50):
            begin = time.perf_counter()
            with psycopg.connect(where, autocommit=True) as connection:
                connection.execute("SELECT 1").fetchone()
            one.append(time.perf_counter() - begin)
        times[name] = statistics.median(one)
    ratio = times["ours"] / times["theirs"]
    row("connect, login by SCRAM and SELECT 1, median of 50", "at most 1.5", f"{times['ours'] * 1000:.1f} beside {times['theirs'] * 1000:.1f} ms: ratio {ratio:.2f}", ratio <= 1.5)


def bench_flight(options, _, theirs):
    """The rows of `bench_rows` as an Arrow table, beside psycopg 3 on PostgreSQL in the form that is faster there. The first of each is not counted."""
    import adbc_driver_flightsql.dbapi as flight
    times = {"ours": [], "text": [], "binary": [], "tuples": []}
    for _ in range(1 + FLIGHT_RUNS):
        with flight.connect(options.flight, db_kwargs={"username": "bench", "password": PASSWORD}, autocommit=True) as connection:
            begin = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {COLUMNS} FROM queue_stints LIMIT {options.rows}")
                found = cursor.fetch_arrow_table().num_rows
            times["ours"].append(found / (time.perf_counter() - begin))
        for form in ("text", "binary"):
            found, seconds = fetch(theirs, options.rows, form == "binary")
            times[form].append(found / seconds)
            found, seconds = fetch(theirs, options.rows, form == "binary", as_tuples=True)
            times["tuples"].append(found / seconds)
    times = {form: rates[1:] for form, rates in times.items()}
    mine, peer = statistics.median(times["ours"]), max(statistics.median(times["text"]), statistics.median(times["binary"]))
    row(f"Flight SQL (ADBC), the same {found:,} rows", "at least 5 times the rows/s of psycopg 3", f"{mine:,.0f} beside {peer:,.0f} rows/s: ratio {mine / peer:.2f}", mine >= 5 * peer)
    tuples = max(times["tuples"])
    row("the same beside psycopg 3 that hands over its rows (`fetchall`)", "at least 5 times the rows/s of psycopg 3", f"{mine:,.0f} beside {tuples:,.0f} rows/s: ratio {mine / tuples:.2f}", mine >= 5 * tuples)


JAVA = """
import java.sql.*;
public class Page {
    public static void main(String[] a) throws Exception {
        for (int i = 0; i < 30; i++) {
            long begin = System.nanoTime();
            try (Connection c = DriverManager.getConnection(a[0], "bench", a[1])) {
                DatabaseMetaData m = c.getMetaData();
                int n = 0;
                try (ResultSet r = m.getSchemas()) { while (r.next()) n++; }
                try (ResultSet r = m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"})) { while (r.next()) n++; }
                try (ResultSet r = m.getColumns(null, "public", "queue_stints", "%")) { while (r.next()) n++; }
                if (n < 20) throw new Exception("only " + n + " rows");
            }
            if (i >= 10) System.out.println((System.nanoTime() - begin) / 1e6);
        }
    }
}
"""


def page_psql(where):
    """A process of psql that lists the tables and describes one: milliseconds."""
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        subprocess.run(["psql", where, "-X", "-c", r"\dt", "-c", r"\d queue_stints"], check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def page_jdbc(where):
    """Connecting, schemas, tables and the columns of one: milliseconds, after ten rounds for the machine of Java to warm up."""
    parts = dict(part.split("=", 1) for part in where.replace("'", "").split(" ") if "=" in part)
    source = os.path.join(WORK, "Page.java")
    with open(source, "w") as out:
        out.write(JAVA)
    url = f"jdbc:postgresql://127.0.0.1:{parts['port']}/{parts['dbname']}"
    out = subprocess.run(["java", "-cp", "/usr/share/java/postgresql.jar", source, url, PASSWORD], check=True, capture_output=True, text=True).stdout
    return statistics.median(float(line) for line in out.split())


def page_sqlalchemy(where):
    """What Superset's first page of a database asks, by SQLAlchemy: schemas, tables and views of one, columns of a table: milliseconds."""
    import sqlalchemy as sa
    parts = dict(part.split("=", 1) for part in where.replace("'", "").split(" ") if "=" in part)
    url = sa.URL.create("postgresql+psycopg", "bench", PASSWORD, "127.0.0.1", int(parts["port"]), parts["dbname"])
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        engine = sa.create_engine(url)
        inspector = sa.inspect(engine)
        found = [inspector.get_schema_names(), inspector.get_table_names("public"), inspector.get_view_names("public"), inspector.get_columns("queue_stints", "public"), inspector.get_pk_constraint("queue_stints", "public")]
        engine.dispose()
        times.append((time.perf_counter() - begin) * 1000)
        assert len(found[1]) > 3 and len(found[3]) >= 12, found
    return statistics.median(times)


def bench_pages(_, ours, theirs):
    for name, page in (("psql (a process: \\dt, \\d)", page_psql), ("JDBC (getSchemas, getTables, getColumns)", page_jdbc), ("SQLAlchemy, as Superset browses", page_sqlalchemy)):
        mine, peer = page(ours), page(theirs)
        row(f"connect, login and first metadata page: {name}", "at most 1.5", f"{mine:.1f} beside {peer:.1f} ms: ratio {mine / peer:.2f}", mine / peer <= 1.5)


def ask_all(where, clients=8):
    """All queries over so many connections, each query once."""
    import psycopg
    connections = [psycopg.connect(where, autocommit=True) for _ in range(clients)]
    todo = list(enumerate(DASHBOARD))
    answers = [None] * len(DASHBOARD)

    def work(connection):
        while todo:
            try:
                at, sql = todo.pop(0)
            except IndexError:
                return
            answers[at] = connection.execute(sql).fetchall()

    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, connections))
    seconds = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return seconds, answers


def bench_dashboard(options, ours, theirs):
    times = {"ours": [], "theirs": []}
    for _ in range(RUNS):
        mine, answers = ask_all(ours)
        peer, others = ask_all(theirs)
        times["ours"].append(mine)
        times["theirs"].append(peer)
        for sql, a, b in zip(DASHBOARD, answers, others):
            if len(a) != len(b):
                sys.exit(f"{sql}: {len(a)} rows here, {len(b)} there")
    mine, peer = statistics.median(times["ours"]), statistics.median(times["theirs"])
    row(f"20 dashboard queries over {options.contacts:,} contacts, 8 connections", "total time at most 0.2", f"{mine:.2f} beside {peer:.2f} s: ratio {mine / peer:.2f}", mine / peer <= 0.2)


def row(what, goal, measured, reached):
    print(f"| {what} | {goal} of PostgreSQL | {measured} | {'yes' if reached else 'no'} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--binary", default=compare.BINARY)
    parser.add_argument("--only", default="rows,flight,connect,pages,dashboard")
    options = parser.parse_args()
    install()
    lake = make_lake(options)
    print(f"{platform.platform()}, {os.cpu_count()} cores, {subprocess.run([f'{PG}/postgres', '--version'], capture_output=True, text=True).stdout.strip()}")
    print("| what | goal | measured | reached |\n|---|---|---|---|", flush=True)
    with trunkline(options, lake) as ours, postgresql() as theirs:
        fill(ours, theirs)
        for name in options.only.split(","):
            globals()[f"bench_{name}"](options, ours, theirs)


if __name__ == "__main__":
    main()
