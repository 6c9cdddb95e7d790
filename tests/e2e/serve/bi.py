import psycopg
from psycopg import errors as e

anna = psycopg.connect(autocommit=True)
north = psycopg.connect(user="north", autocommit=True)

# A tool that only sums gets what MEASURE says.
summed = anna.execute("select queue, sum(offered), sum(asa_numerator) / sum(asa_denominator) from bi.queue_stints group by queue order by queue").fetchall()
measured = anna.execute("select queue, measure(offered), measure(asa) from kpi.queue_stints group by queue order by queue").fetchall()
assert len(summed) > 2 and all(a[:2] == b[:2] and abs(a[2] - b[2]) < 1e-9 for a, b in zip(summed, measured)), (summed, measured)
total = sum(offered for _, offered, _ in measured)
assert anna.execute("select sum(offered) from bi.kpi_daily").fetchone()[0] == total

# Prepared, with parameters around the measure, in text and in binary.
for binary in [False, True]:
    cursor = anna.cursor(binary=binary)
    for _ in range(7):
        cursor.execute("select queue, measure(offered) from kpi.queue_stints where queue = %s group by queue having measure(offered) > %s", (measured[0][0], 0))
        assert cursor.fetchall() == [measured[0][:2]]

# Days are those of the session's zone.
days = "select min(day), max(day), count(distinct day) from bi.queue_stints"
utc = anna.execute(days).fetchone()
anna.execute("set time zone 'Pacific/Kiritimati'")
assert anna.execute(days).fetchone() != utc
anna.execute("reset timezone")

# A column says what it is.
column = "select col_description('bi.kpi_daily'::regclass, attnum) from pg_attribute where attrelid = 'bi.kpi_daily'::regclass and attname = 'asa'"
assert "seconds" in anna.execute(column).fetchone()[0]

# Who sees one queue sees one queue, and no KPI of what he may not read.
views = north.execute("select table_name from information_schema.tables where table_schema = 'bi' order by 1").fetchall()
assert views == [("kpi_daily",), ("kpi_interval",), ("queue_stints",)], views
for view in ["bi.queue_stints", "bi.kpi_daily", "bi.kpi_interval"]:
    assert north.execute(f"select distinct queue from {view} where offered > 0").fetchall() == [("sales",)]
    assert north.execute(f"select count(*) from {view} where queue <> 'sales' or 1 / (case when queue = 'sales' then 1 else 0 end) <> 1").fetchone() == (0,)
assert north.execute("select count(agent) from bi.queue_stints").fetchone() == (0,)
# Names without a schema in a search path of its own lead to no other rows.
north.execute("set search_path to bi")
assert north.execute("select count(distinct queue), count(*) > 0 from queue_stints").fetchone() == (1, True)
assert north.execute("select count(distinct queue) from kpi('offered', 'queue') k").fetchone() == (1,)
for sql in ["select handled from bi.kpi_daily", "select * from bi.contacts"]:
    try:
        north.execute(sql)
        raise AssertionError(f"{sql} was answered")
    except (e.UndefinedTable, e.UndefinedColumn):
        pass
