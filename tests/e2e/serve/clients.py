import asyncio, datetime, decimal, os, psycopg, asyncpg, pg8000.dbapi

TYPES = """
select true as b, cast(7 as smallint) as i2, 7 as i8, cast(7 as int) as i4, 1.5::double precision as f8, cast(12345.678 as decimal(12,3)) as n,
       'Grüße' as t, cast(null as text) as nothing, date '2026-11-29' as d, timestamp '2026-11-29 10:20:30.5' as ts,
       interval '1 day 2 hours' as iv, [1, 2, null] as l
"""
WANTED = (True, 7, 7, 7, 1.5, decimal.Decimal("12345.678"), "Grüße", None, datetime.date(2026, 11, 29),
          datetime.datetime(2026, 11, 29, 10, 20, 30, 500000), datetime.timedelta(days=1, hours=2), [1, 2, None])

with psycopg.connect() as c:
    for binary in (False, True):
        row = c.cursor(binary=binary).execute(TYPES).fetchone()
        assert row == WANTED, (binary, row)
        # Types that meet are told as what they become; with a parameter, before it has a value.
        for shown, wanted in [("case when %s then 1 else 0.5 end", 0.5), ("(select 1 union all select 0.5 order by 1 limit 1)", 0.5), ("array_length(array(select 1 where %s), 1)", None)]:
            value = c.cursor(binary=binary).execute(f"select {shown}", (False,) if "%s" in shown else None).fetchone()[0]
            assert value == wanted, (binary, shown, value)
    # Parameters of every kind, in text and in binary, given back as they came.
    for form in ("%s", "%t", "%b"):
        row = c.execute(f"select {form}::bigint + 1, {form}::text, {form}::double precision, {form}::date, {form}::boolean", (41, "a'b", 2.5, datetime.date(2000, 2, 29), True)).fetchone()
        assert row == (42, "a'b", 2.5, datetime.date(2000, 2, 29), True), (form, row)
    assert c.execute("select count(*) from contacts where channel = %s", ("voice",)).fetchone()[0] > 0
    assert len(c.execute("select contact_id from contacts limit %s", (3,)).fetchall()) == 3
    # A zone is the session's own, and instants come in it.
    c.execute("set time zone 'Asia/Tokyo'")
    at = c.execute("select started_at from contacts order by started_at limit 1").fetchone()[0]
    assert at.utcoffset() == datetime.timedelta(hours=9), at
    # The KPI is what the shell says, also as a prepared statement.
    kpi = c.execute("select channel, measure(abandonment_rate) as r from kpi.queue_stints where channel = %s group by channel", ("voice",), prepare=True).fetchone()
    assert 0 <= kpi[1] <= 1, kpi
    rows = c.execute("select * from contacts").fetchall()
    with c.cursor() as copied:
        with copied.copy("copy (select contact_id, channel from contacts) to stdout") as copy:
            assert len(list(copy.rows())) == len(rows)

with psycopg.connect() as c:
    # As node-postgres sends them: no types, an array as text.
    result = c.pgconn.exec_params(b"select count(*) from contacts where channel = any($1)", [b'{"voice","chat",NULL}'])
    found = c.execute("select count(*) from contacts where channel in ('voice', 'chat')").fetchone()[0]
    assert int(result.get_value(0, 0)) == found > 0, (result.error_message, found)
    # NULL is NULL, whatever its type.
    assert c.execute("select null, array[null], case when false then 1 end").fetchone() == (None, [None], None)
    # Functions that are read from: in any letters, the column called like the table.
    assert c.execute("select count(*) from GENERATE_SERIES(1, 3) as g").fetchone() == (3,)
    assert c.execute("select x from unnest(array[7, 8]) as x order by x").fetchall() == [(7,), (8,)]
    # As psqlODBC asks for keys: vectors of the catalogue have a type and a form of their own.
    keys = c.execute("select i.indkey, i.indoption from pg_catalog.pg_index i, pg_catalog.pg_class d where d.relname = 'queue_stints' and d.oid = i.indrelid limit 1")
    assert [column.type_code for column in keys.description] == [22, 22] and keys.fetchone()[1] == "0 0 0"
    # Binary data begin in the message of the first row, where DuckDB looks for it.
    with c.cursor().copy("copy (select contact_id from contacts limit 2) to stdout (format binary)") as copy:
        blocks = [bytes(block) for block in copy]
    assert blocks[0].startswith(b"PGCOPY\n\xff\r\n\0") and len(blocks[0]) > 19 and blocks[-1] == b"\xff\xff", blocks
    with c.cursor().copy("copy (select contact_id from contacts where false) to stdout (format binary)") as copy:
        assert b"".join(copy) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"

async def main():
    c = await asyncpg.connect(ssl=False)
    row = await c.fetchrow("select $1::bigint as a, $2::text as b, now() as at, interval '3 days' as i", 5, "x")
    assert (row["a"], row["b"], row["i"]) == (5, "x", datetime.timedelta(days=3)), row
    assert await c.fetchval("select count(*) from contacts") == len(rows)
    async with c.transaction():
        found = [r async for r in c.cursor("select contact_id from contacts", prefetch=50)]
    assert len(found) == len(rows)
    await c.close()
asyncio.run(main())

c = pg8000.dbapi.connect(user="anna", host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), database="trunkline", password=os.environ["PGPASSWORD"])
cur = c.cursor()
cur.execute("select count(*), max(started_at) from contacts where channel <> %s", ("nothing",))
assert cur.fetchone()[0] == len(rows)
