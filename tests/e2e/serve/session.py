import psycopg
from psycopg import errors as e

def fails(c, sql, kind, *args):
    try:
        c.execute(sql, *args)
    except kind as error:
        return error
    raise AssertionError(f"{sql} did not fail")

c = psycopg.connect(autocommit=True)
assert c.info.server_version == 160006, c.info.server_version
# Errors have the codes that clients know, with place and hint.
error = fails(c, "select qeue from contacts", e.UndefinedColumn)
assert error.diag.statement_position == "8" and "qeue" in error.diag.message_primary, error.diag.message_primary
fails(c, "select * from contcts", e.UndefinedTable)
fails(c, "selec 1", e.SyntaxError)
fails(c, "select nosuch(1)", e.UndefinedFunction)
fails(c, "select channel, count(*) from contacts", e.GroupingError)
fails(c, "select 1/0", e.DivisionByZero)
fails(c, "select cast('x' as int)", e.InvalidTextRepresentation)
for sql in ["create table t (a int)", "insert into contacts values (1)", "drop table contacts", "delete from contacts", "select 1; drop table contacts"]:
    fails(c, sql, e.ReadOnlySqlTransaction)
fails(c, "copy contacts to '/tmp/x'", e.InsufficientPrivilege)
fails(c, "set datafusion.runtime.memory_limit = '1G'", e.UndefinedObject)
fails(c, "explain analyze select 1", e.FeatureNotSupported)
assert "parquet" not in str(c.execute("explain select * from contacts").fetchall())
# Transactions as PostgreSQL reports them.
c.autocommit = False
assert c.execute("select 1").fetchone() == (1,)
assert c.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
fails(c, "select nosuch(1)", e.UndefinedFunction)
assert c.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
fails(c, "select 1", e.InFailedSqlTransaction)
c.rollback()
with c.transaction():
    c.execute("select 1")
    try:
        with c.transaction():
            c.execute("select nosuch(1)")
    except e.UndefinedFunction:
        pass
    assert c.execute("select 2").fetchone() == (2,)
# Cursors go forward, piece by piece.
count = c.execute("select count(*) from contacts").fetchone()[0]
with c.cursor("cur") as cur:
    cur.execute("select contact_id from contacts")
    assert len(cur.fetchmany(7)) == 7
    assert len(cur.fetchall()) == count - 7
c.rollback()
# What one session sets no other sees; a rollback undoes it; DISCARD ALL forgets it.
c.execute("set time zone 'Asia/Tokyo'")
other = psycopg.connect(autocommit=True, options="-c timezone=Europe/Paris -c search_path=kpi")
assert other.execute("show timezone").fetchone() == ("Europe/Paris",)
c.rollback()
assert c.execute("show timezone").fetchone() == ("UTC",)
other.execute("set application_name = 'report'")
assert other.info.parameter_status("application_name") == "report"
other.execute("discard all")
assert other.execute("show timezone").fetchone() == ("Europe/Paris",)
# set_config is SET as a function: with parameters too, for the transaction alone, and not at all where the statement fails.
assert other.execute("select set_config('timezone', %s, false)", ["Asia/Tokyo"]).fetchone() == ("Asia/Tokyo",)
assert other.execute("select current_setting('timezone'), '2026-01-01 00:00:00Z'::timestamptz::text").fetchone() == ("Asia/Tokyo", "2026-01-01 09:00:00+09")
with other.transaction():
    other.execute("select set_config('timezone', 'America/Lima', true)")
    assert other.execute("show timezone").fetchone() == ("America/Lima",)
assert other.execute("show timezone").fetchone() == ("Asia/Tokyo",)
fails(other, "select set_config('timezone', 'UTC', false), 1 / (select count(*) from contacts where contact_id = '')", e.DivisionByZero)
fails(other, "select set_config('shared_buffers', '1', false)", e.Error)
other.execute("prepare never as select set_config('timezone', 'UTC', false)")
assert other.execute("show timezone").fetchone() == ("Asia/Tokyo",)
other.execute("discard all")
# Days and hours of columns are those of the session's zone, as they are when they are counted here.
import collections, zoneinfo
there = zoneinfo.ZoneInfo("Asia/Kathmandu")
local = psycopg.connect(autocommit=True, options="-c timezone=Asia/Kathmandu")
instants = [at.astimezone(there) for (at,) in local.execute("select started_at from contacts").fetchall()]
counted = lambda sql: dict(local.execute(f"select {sql}, count(*) from contacts group by 1").fetchall())
assert counted("date_trunc('day', started_at)") == collections.Counter(at.replace(hour=0, minute=0, second=0, microsecond=0) for at in instants)
assert counted("date_trunc('hour', started_at)") == collections.Counter(at.replace(minute=0, second=0, microsecond=0) for at in instants)
assert counted("started_at::date") == collections.Counter(at.date() for at in instants)
assert counted("extract(hour from started_at)::int") == collections.Counter(at.hour for at in instants)
day = max(instants).date()
assert local.execute("select count(*) from contacts where started_at >= %s::text::date", [str(day)]).fetchone() == local.execute(f"select count(*) from contacts where started_at >= '{day}'").fetchone() == (sum(at.date() >= day for at in instants),)
# Values for parameters that lack a zone too, as text and as what they are, whichever protocol asks.
import datetime
midnight = datetime.datetime.combine(day, datetime.time())
for value in (str(day), day, midnight, str(midnight), midnight.replace(tzinfo=there)):
    assert local.execute("select count(*) from contacts where started_at >= %s", [value]).fetchone() == (sum(at.date() >= day for at in instants),), value
# numeric has the digits of its value.
assert [str(v) for v in other.execute("select 1.5::numeric, %s::numeric, 100::numeric, '0.250'::numeric(6,3)", [__import__("decimal").Decimal("0.10")]).fetchone()] == ["1.5", "0.1", "100", "0.250"]
# Several statements at once: those before the mistake are answered.
cur = other.execute("select 1; select 2")
assert cur.fetchone() == (1,) and cur.nextset() and cur.fetchone() == (2,)
# Pipelines: an error skips to the next sync, and the session goes on.
with other.pipeline() as p:
    a = other.execute("select 1")
    p.sync()
    b = other.execute("select nosuch(1)")
    try:
        p.sync()
    except e.UndefinedFunction:
        pass
assert a.fetchone() == (1,)
assert other.execute("select 3").fetchone() == (3,)
# Hostile text ends in an error.
fails(other, "select " + "(" * 3000 + "1" + ")" * 3000, e.StatementTooComplex)
for bomb in ["repeat('x', 2000000000)", "lpad('x', 2000000000)", "array_repeat(1, 2000000000)", "generate_series(1, 2000000000)", "range(2000000000)"]:
    fails(other, f"select length({bomb}::text)", e.OutOfMemory)
fails(other, "select sum(length(repeat(contact_id, 100000))) from contacts", e.OutOfMemory)
assert other.execute("select length(repeat('ab', 1000)), lpad('7', 3, '0'), array_length(generate_series(1, 100))").fetchone() == (2000, "007", 100)
fails(other, "select 1 where 1 in (" + ",".join(["1"] * 50001) + ")", e.ProgramLimitExceeded)
