import time, psycopg
from psycopg import errors as e

# His grants come one after the other, the user first: both are looked for until they are seen.
deadline = time.monotonic() + 30
while True:
    try:
        c = psycopg.connect(user="north", autocommit=True)
        c.execute("select 1 from kpi.queue_stints limit 0")
        break
    except (psycopg.OperationalError, e.UndefinedTable, e.InvalidSchemaName):
        # The server looks for new users every second; its throttle counts what failed until then.
        assert time.monotonic() < deadline
        time.sleep(2)
anna = psycopg.connect(autocommit=True)
total, voice = anna.execute("select count(*), count(*) filter (where channel = 'voice') from contacts").fetchone()
assert 0 < voice < total
assert c.execute("select count(*), count(distinct channel), count(customer_key) from contacts").fetchone() == (voice, 1, 0)
assert anna.execute("select count(customer_key) from contacts").fetchone()[0] > 0
# Whatever is asked, and however, there is nothing else.
for sql in [
    "select count(*) from contacts where channel <> 'voice'",
    "select count(*) from contacts where channel <> 'voice' or 1/(case when channel = 'voice' then 1 else 0 end) = 1 and channel <> 'voice'",
    "select count(*) from (select * from contacts union all select * from contacts) where channel <> 'voice'",
    "select count(*) from contacts a join contacts b on a.contact_id = b.contact_id where b.channel <> 'voice'",
    "select count(*) from contacts where exists (select 1 from contacts o where o.channel <> 'voice')",
]:
    assert c.execute(sql).fetchone() == (0,), sql
# An error cannot tell of a row that is hidden: no expression of the client meets it.
assert c.execute("select sum(1 / (case when channel = 'voice' then 1 else 0 end)) from contacts").fetchone() == (voice,)
assert c.execute("select count(*) from contacts where 1 / (case when channel = 'voice' then 1 else 0 end) = 1").fetchone() == (voice,)
plan = str(c.execute("explain select * from contacts where customer_key = 'x'").fetchall())
assert "voice" not in plan and "parquet" not in plan, plan
for sql in ["select * from events", "select * from public.queue_stints", "select * from kpi.contacts", "select * from ops.balance", "select * from rejected_records"]:
    try:
        c.execute(sql)
        raise AssertionError(f"{sql} was answered")
    except (e.UndefinedTable, e.InvalidSchemaName):
        pass
rate = c.execute("select queue, measure(abandonment_rate) from kpi.queue_stints group by queue").fetchall()
assert [queue for queue, _ in rate] in ([["sales"], []]), rate
tables = c.execute("select table_schema, table_name from information_schema.tables where table_schema in ('public', 'kpi')").fetchall()
assert sorted(tables) == [("kpi", "queue_stints"), ("public", "contacts")], tables
