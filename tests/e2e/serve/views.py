# Saved views by hand: transactions, rights, what is refused, what is shown. Users: anna (reads all, makes in reports and own), bert (reads reports.* and some contacts,
# makes in marts), north (reports.voices only, some rows of it).
import json, os, stat, subprocess, threading, time
import psycopg
from psycopg import errors as e

def user(name, **more):
    return psycopg.connect(user=name, **{"autocommit": True, **more})

a, b, north = user("anna"), user("bert"), user("north")
def value(c, sql):
    return c.execute(sql).fetchone()[0]

def fails(c, sql, code, *words):
    try:
        c.execute(sql)
    except psycopg.Error as error:
        text = f"{error} {error.diag.message_hint}"
        assert error.sqlstate == code and all(word in text for word in words), (sql, error.sqlstate, text)
        return text
    raise AssertionError(f"{sql} was done")

def views(c, schema="reports"):
    return [name for name, in c.execute("select viewname from pg_views where schemaname = %s order by 1", (schema,)).fetchall()]

# The schema is there before anything is in it, for who has it and nobody else.
schemas = lambda c: {name for name, in c.execute("select nspname from pg_namespace").fetchall()}
assert {"reports", "own"} <= schemas(a) and "marts" in schemas(b) and "reports" not in schemas(b) and not {"reports", "marts"} & schemas(north)
a.execute("create schema if not exists reports")
fails(a, "create schema reports", "42P06")
fails(a, "create view reports.tenth as select * from contacts tablesample system (10)", "0A000", "TABLESAMPLE", "random()")
fails(a, "create schema if not exists elsewhere", "25006", "trunkline user grant anna --views")

# Made, shown, read, by everybody with his own rights.
a.execute("create view reports.voices (id, channel) as select contact_id, channel, customer_key from contacts")
assert value(a, "select count(*) from reports.voices") == value(a, "select count(*) from contacts")
a.execute("comment on view reports.voices is 'Every contact''s channel'; comment on column reports.voices.id is 'Its id.'")
assert a.execute("select obj_description('reports.voices'::regclass), col_description('reports.voices'::regclass, 1)").fetchone() == ("Every contact's channel", "Its id.")
assert "FROM contacts" in value(a, "select pg_get_viewdef('reports.voices'::regclass)")
assert a.execute("select relkind from pg_class where oid = 'reports.voices'::regclass").fetchone() == ("v",)
oid = value(a, "select 'reports.voices'::regclass::oid")
a.execute("create view reports.kpis as select queue, measure(offered) as offered from kpi.queue_stints group by queue")
a.execute("create view reports.agents as select * from kpi('answered', 'queue')")
assert value(a, "select sum(offered) from reports.kpis") == value(a, "select measure(offered) from kpi.queue_stints")
assert value(a, "select sum(value) from reports.agents") == value(a, "select measure(answered) from kpi.queue_stints")
assert value(a, "select 'reports.voices'::regclass::oid") == oid
assert "voices" in {row[0] for row in a.execute("select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', '') and n.nspname = 'reports'").fetchall()}
assert a.execute("select id from reports.voices limit 0").description[0].name == "id"
# Prepared before it changes, executed after.
a.execute("prepare p as select * from reports.kpis order by 1")
a.execute("create or replace view reports.kpis as select 'x' as queue, 7 as offered")
assert a.execute("execute p").fetchall() == [("x", 7)]

# In a transaction: seen here at once, by others after COMMIT, gone with ROLLBACK and back with a savepoint.
t = user("anna", autocommit=False)
t.execute("create view reports.t1 as select 1 as x")
t.execute("create view reports.t2 as select x + 1 as x from reports.t1")
assert value(t, "select x from reports.t2") == 2 and "t1" in views(t) and "t1" not in views(a)
t.execute("savepoint s")
t.execute("drop view reports.t1 cascade")
t.execute("alter view reports.kpis rename to kpis2")
assert "t2" not in views(t) and "kpis2" in views(t)
fails(t, "select * from reports.t1", "42P01")
t.execute("rollback to savepoint s")
assert value(t, "select x from reports.t2") == 2 and "kpis" in views(t)
t.rollback()
assert "t1" not in views(t) and "t1" not in views(a)
t.rollback()
with t.transaction():
    t.execute("create view reports.t1 as select 1 as x")
    try:
        with t.transaction():
            t.execute("create view reports.t2 as select 1 as x")
            raise ValueError
    except ValueError:
        pass
assert "t1" in views(a) and "t2" not in views(a)
fails(t, "select 1 / 0 from reports.t1 where 1 / 0 = 1", "22012")
t.commit()
a.execute("drop view reports.t1")

# The operator grants one of them, if it fits.
def grant(*line):
    return subprocess.run([TRUNKLINE, "--lake", LAKE, "user", "grant", *line], capture_output=True, text=True)
for line, words in [(["reports.nothing"], "reports.nothing"), (["reports.voices", "--rows", "nope = 1"], "nope"), (["reports.voices", "--mask", "nope"], "nope"), (["--views", "public"], "no schema for views")]:
    said = grant("north", *line)
    assert said.returncode == 2 and words in said.stderr, said
assert grant("north", "reports.voices", "--rows", "channel = 'voice'", "--mask", "customer_key,id").returncode == 0
assert "makes views in reports" in subprocess.run([TRUNKLINE, "--lake", LAKE, "user", "list"], capture_output=True, text=True).stdout

# Two at once: who comes second is told so, and nothing of his is done.
s1, s2 = user("anna", autocommit=False), user("anna", autocommit=False)
for s in (s1, s2):
    s.execute("create view reports.contested as select 1 as x")
s2.execute("create view reports.innocent as select 1 as x")
s1.commit()
try:
    s2.commit()
    raise AssertionError("a conflict was committed")
except e.SerializationFailure as error:
    assert "reports.contested" in str(error), error
assert s2.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
assert "innocent" not in views(a) and "contested" in views(a)
for s, name in ((s1, "c1"), (s2, "c2")):
    s.execute(f"create view reports.{name} as select 1 as x")
s1.commit(); s2.commit()
assert {"c1", "c2"} <= set(views(a))
# Ten at once make their own and all are kept.
def make(n):
    with user("anna") as c:
        c.execute(f"create view own.v{n} as select {n} as x")
makers = [threading.Thread(target=make, args=(n,)) for n in range(10)]
[m.start() for m in makers]; [m.join() for m in makers]
assert len(views(a, "own")) == 10

# Rights: of the reader, innermost, whatever the view says.
a.execute("create view reports.whole as select contact_id, channel, customer_key from public.contacts")
deadline = time.monotonic() + 10
while "whole" not in views(b):
    assert time.monotonic() < deadline
voice = value(a, "select count(*) from contacts where channel = 'voice'")
assert b.execute("select count(*), count(distinct channel), count(customer_key) from reports.whole").fetchone() == (voice, 1, 0)
assert b.execute("select sum(1 / (case when channel = 'voice' then 1 else 0 end)) from reports.whole").fetchone() == (voice,)
assert value(b, "select count(*) from reports.whole where channel <> 'voice'") == 0
text = fails(b, "select * from reports.agents", "42P01", 'view "reports.agents" cannot be read')
fails(b, "create view reports.mine as select 1 as x", "42501", "you may in: marts")
fails(b, "drop view reports.whole", "42501"); fails(b, "alter table reports.whole rename to x", "42501"); fails(b, "comment on view reports.whole is 'x'", "42501")
fails(b, "create or replace view reports.whole as select 1 as x", "42501")
b.execute("create view marts.mine as select channel, count(*) as n from reports.whole group by channel")
assert b.execute("select * from marts.mine").fetchall() == [("voice", voice)]
# A view in another's schema reads a view: its owner is told, and cannot take it from him.
fails(a, "drop view reports.whole", "2BP01"); fails(a, "drop view reports.whole cascade", "42501")
fails(b, "create view marts.hidden as select * from events", "42P01")
fails(b, "create view public.x as select 1 as x", "25006"); fails(b, "create view bi.contacts as select 1 as x", "25006"); fails(b, "drop view bi.contacts", "25006")
# One whose grant has a condition and a mask sees no more through it.
deadline = time.monotonic() + 10
while not views(north):
    assert time.monotonic() < deadline
assert north.execute("select count(*), count(distinct channel), count(id), count(customer_key) from reports.voices").fetchone()[1:] == (1, 0, 0)
assert north.execute("select table_schema, table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 2").fetchall() == [("public", "contacts"), ("reports", "voices")]
fails(north, "select * from reports.whole", "42P01"); fails(north, "create view reports.x as select 1", "25006", "trunkline user grant north --views SCHEMA")
# Its maker takes the column away that the condition is about: the view is gone for north, not north for the server.
a.execute("create or replace view reports.voices as select contact_id as id from contacts")
deadline = time.monotonic() + 10
while True:
    with user("north") as c:
        if not views(c):
            break
    assert time.monotonic() < deadline
fails(north, "select * from reports.voices", "42P01")

# What a view cannot be.
for sql, code in {
    "create materialized view reports.x as select 1": "0A000",
    "create temporary view x as select 1": "0A000",
    "create view reports.x as select * from contacts with check option": "0A000",
    "create view reports.x with (security_invoker = false) as select 1 as x": "0A000",
    "create view if not exists reports.x as select 1 as x": "0A000",
    "create view reports.x as select 1 as x into y": "25006",
    "create view reports.x as with y as (insert into contacts select * from contacts returning *) select * from y": "25006",
    "create view reports.x as delete from contacts": "25006",
    "create view reports.x as show timezone": "42601",
    "create view reports.x as select * from read_parquet('/etc/passwd')": "42883",
    "create view reports.x as select * from '/etc/passwd'": "42P01",
    "create view reports.x as select pg_read_file('/etc/passwd')": "42883",
    "create view reports.x as select pg_terminate_backend(pid) from pg_stat_activity": "0A000",
    "create view reports.x as select * from nothing": "42P01",
    "create view reports.x as select $1 as x": "42P02",
    "create view reports.x as select 1 as x, 2 as x": "42701",
    "create view reports.x (a, b) as select 1 as x": "42601",
    "create view reports.x (a, a) as select 1 as x, 2 as y": "42701",
    "create view reports.c1 as select 1 as x": "42P07",
    'create view reports."a.b" as select 1 as x': "42602",
    f'create view reports.{"x" * 64} as select 1 as x': "42602",
    "create view other.reports.x as select 1 as x": "0A000",
    "create view reports.x as select * from reports.x": "42P01",
    f"create view reports.x as select '{'x' * 70000}' as x": "54000",
    f"create view reports.x as select {'(' * 200}1{')' * 200} as x": "54001",
    "drop view reports.nothing": "42P01",
    "alter view reports.nothing rename to x": "42P01",
    "alter view reports.c1 rename to c2": "42P07",
    "alter view reports.c1 owner to bert": "25006",
    "comment on column reports.c1.nothing is 'x'": "42703",
    "grant select on reports.c1 to bert": "25006",
    "revoke select on reports.c1 from bert": "25006",
    "create table reports.x as select 1": "25006",
    "insert into reports.c1 values (2)": "25006",
    "drop table reports.c1": "25006",
    "alter table contacts rename to x": "25006",
    "comment on table contacts is 'x'": "25006",
}.items():
    fails(a, sql, code)
assert "CREATE VIEW own.name AS SELECT" in fails(a, "create table reports.x as select 1", "25006")
assert "trunkline user grant" in fails(a, "grant select on reports.c1 to bert", "25006")
a.execute("drop view if exists reports.nothing, own.v0 cascade")
assert "x" not in views(a) and len(views(a, "own")) == 9

# In a circle, and each twice of the one before.
a.execute("create view reports.round as select * from reports.c1"); fails(a, "create or replace view reports.c1 as select * from reports.round", "42P17")
a.execute("alter view reports.c1 rename to c3"); fails(a, "select * from reports.round", "42P01", 'view "reports.round" cannot be read', "reports.c1")
a.execute("create view reports.c4 as select 1 as x from reports.c3")
a.execute("create or replace view reports.c3 as select 1 as x"); a.execute("alter view reports.c4 rename to c1"); assert value(a, "select x from reports.round") == 1
a.execute("create view own.d1 as select 1 as x")
for n in range(2, 9):
    a.execute(f"create view own.d{n} as select a.x from own.d{n - 1} a join own.d{n - 1} b on a.x = b.x")
fails(a, "create view own.d9 as select a.x from own.d8 a, own.d8 b", "54000")
begin = time.monotonic()
fails(a, "select 1 from own.d8 a, own.d8 b", "54000"); fails(a, "with q as (select * from own.d8) select 1 from q a, q b", "54000")
assert time.monotonic() - begin < 5 and value(a, "select x from own.d6") == 1

# Names without a schema mean what they meant to the maker; `*` does not grow.
p = user("anna", options="-c search_path=reports")
p.execute("create view inner_one as select 5 as x"); p.execute("create view outer_one as with inner_one as (select * from inner_one) select * from inner_one")
assert value(a, "select x from reports.outer_one") == 5
p.execute("create or replace view inner_one as select 6 as y, 7 as x")
assert a.execute("select * from reports.outer_one").fetchall() == [(7,)]
# A column that is gone is told by name, when the view is read and not before.
p.execute("create or replace view inner_one as select 6 as y")
fails(a, "select * from reports.outer_one", "42000", 'view "reports.outer_one" cannot be read', '"x"')
assert a.execute("select column_name from information_schema.columns where table_name = 'outer_one'").fetchall() == [("x",)]
a.execute("create view own.stints as select queue, measure(offered) as offered from kpi.queue_stints group by queue")
# Text in several lines and with quotes is kept as it is; so are functions of the session.
a.execute("create view own.quotes as select 'it''s\n  two $$ lines' as x, current_user as who, '{}' as name".format("ü"))
assert a.execute("select * from own.quotes").fetchone() == ("it's\n  two $$ lines", "anna", "ü")

# Other protocols read them, and list them as views; so does the shell of the lake.
import adbc_driver_flightsql.dbapi as flight_sql
with flight_sql.connect(FLIGHT, db_kwargs={"username": "anna", "password": os.environ["PGPASSWORD"]}) as f:
    with f.cursor() as cursor:
        cursor.execute("select x from own.d6")
        assert cursor.fetchall() == [(1,)]
    found = f.adbc_get_objects(depth="tables", db_schema_filter="own").read_all().to_pylist()
    found = {(table["table_name"], table["table_type"]) for catalog in found for schema in catalog["catalog_db_schemas"] for table in schema["db_schema_tables"]}
    assert ("d6", "VIEW") in found, found
import base64, urllib.request
asked = urllib.request.Request(f"http://127.0.0.1:{os.environ['HTTPPORT']}/api/sql", b'{"sql": "select x from own.d6"}', {"content-type": "application/json"})
asked.add_header("authorization", "Basic " + base64.b64encode(f"anna:{os.environ['PGPASSWORD']}".encode()).decode())
assert json.load(urllib.request.urlopen(asked))["rows"] == [[1]]
here = subprocess.run([TRUNKLINE, "--lake", LAKE, "sql", "--format", "csv", "-c", "SELECT sum(offered) AS n FROM own.stints"], capture_output=True, text=True)
assert here.stdout == f"n\n{value(a, 'select sum(offered) from own.stints')}\n", here

# The file: its owner's alone, whole, and a change by another hand is seen.
path = os.path.join(LAKE, "_trunkline", "views.json")
assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
kept = json.load(open(path))
assert kept["views"]["own"]["quotes"]["by"] == "anna" and "quotes" in views(a, "own")
def write(text):
    with open(path + ".other", "w") as file:
        file.write(text)
    os.rename(path + ".other", path)
del kept["views"]["own"]["quotes"]
write(json.dumps(kept))
deadline = time.monotonic() + 10
while "quotes" in views(a, "own"):
    assert time.monotonic() < deadline
# Damaged: what was known is served on, a change is refused, and nothing of the file is lost.
write("{ damaged")
fails(a, "create view own.more as select 1 as x", "58030", "in its log")
assert value(a, "select x from own.d6") == 1 and open(path).read() == "{ damaged"
said = subprocess.run([TRUNKLINE, "--lake", LAKE, "serve", "--pg", "127.0.0.1:0"], capture_output=True, text=True)
assert said.returncode == 2 and "views.json: key must be a string at line 1 column 3" in said.stderr and "move it away" in said.stderr, said
write(json.dumps(kept))
a.execute("create view own.more as select 1 as x")
