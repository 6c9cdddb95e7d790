import datetime, decimal, glob, os, duckdb, pandas as pd, psycopg2, psycopg2.extras, sqlalchemy as sa

place = (os.environ["PGHOST"], int(os.environ["PGPORT"]))
# psycopg2, which Superset and dbt use: values in and out, cursors, errors.
c = psycopg2.connect("")
k = c.cursor()
k.execute("select %s, %s, %s, %s::numeric, array_agg(distinct channel) from contacts where channel = any(%s)", (None, True, datetime.date(2026, 1, 2), decimal.Decimal("1.5"), ["voice", "chat"]))
row = k.fetchone()
assert row[:4] == (None, True, datetime.date(2026, 1, 2), decimal.Decimal("1.5")) and sorted(row[4]) == ["chat", "voice"], row
k.execute("select count(*) from contacts")
(count,) = k.fetchone()
with c.cursor("rows") as rows:
    rows.itersize = 100
    rows.execute("select contact_id from contacts")
    assert sum(1 for _ in rows) == count > 300
try:
    k.execute("select count(*) from contcts")
    raise AssertionError("it ran")
except psycopg2.errors.UndefinedTable as error:
    assert error.diag.message_hint and error.diag.statement_position == "22", (error.diag.message_hint, error.diag.statement_position)
c.rollback()
# pandas: types, parameters, whole tables, pieces; what would write is refused.
engine = sa.create_engine(sa.URL.create("postgresql+psycopg2", "anna", os.environ["PGPASSWORD"], *place, "trunkline"))
frame = pd.read_sql("select queue, measure(asa) as asa, measure(offered) as offered from kpi.queue_stints group by queue order by queue", engine)
assert frame.dtypes["asa"] == "float64" and frame.dtypes["offered"] == "int64" and len(frame) > 5, frame
since = datetime.datetime(2026, 1, 6, tzinfo=datetime.timezone.utc)
frame = pd.read_sql(sa.text("select * from contacts where started_at >= :since"), engine, params={"since": since})
assert 0 < len(frame) < count and frame["started_at"].min() >= since and frame["started_at"].dt.tz is not None, frame.dtypes
table = pd.read_sql_table("queue_stints", engine, schema="public", columns=["queue", "enqueued_at", "wait_ms"])
assert list(table.columns) == ["queue", "enqueued_at", "wait_ms"] and len(table) > count / 2
with engine.connect().execution_options(stream_results=True) as connection:
    assert sum(len(piece) for piece in pd.read_sql("select * from contacts", connection, chunksize=100)) == count
try:
    frame.head().to_sql("copied", engine)
    raise AssertionError("it was written")
except sa.exc.DBAPIError as error:
    assert "only answers questions" in str(error), error
# DuckDB reads the tables in binary, and passes statements on.
(extension,) = glob.glob(os.path.join(os.environ["PYTHONPATH"], "duckdb_ext/extensions/*/*/postgres_scanner.duckdb_extension"))
duck = duckdb.connect()
duck.execute(f"LOAD '{extension}'")
duck.execute("ATTACH '' AS t (TYPE postgres, READ_ONLY)")
by_duckdb = duck.sql("select channel, count(*), count(talk_ms), max(started_at) = min(started_at) from t.public.contacts group by 1 order by 1").fetchall()
k.execute("select channel, count(*), count(talk_ms), max(started_at) = min(started_at) from contacts group by 1 order by 1")
assert by_duckdb == k.fetchall()
offered = duck.sql("select sum(offered)::bigint from postgres_query('t', 'select queue, measure(offered) as offered from kpi.queue_stints group by 1')").fetchone()
k.execute("select measure(offered) from kpi.queue_stints")
assert offered == k.fetchone()
