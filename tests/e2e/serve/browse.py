import os, psycopg, sqlalchemy as sa

def engine(user):
    return sa.create_engine(sa.URL.create("postgresql+psycopg", user, os.environ["PGPASSWORD"], os.environ["PGHOST"], int(os.environ["PGPORT"]), "trunkline"))

inspector = sa.inspect(engine("anna"))
assert {"public", "kpi", "ops", "catalog"} <= set(inspector.get_schema_names()), inspector.get_schema_names()
assert {"contacts", "queue_stints", "events"} <= set(inspector.get_table_names()), inspector.get_table_names()
assert inspector.get_pk_constraint("queue_stints")["constrained_columns"] == ["source", "contact_id", "stint_no"]
columns = {c["name"]: c for c in inspector.get_columns("agent_legs")}
assert isinstance(columns["talk_ms"]["type"], sa.BIGINT) and columns["talk_ms"]["comment"] == "Milliseconds.", columns["talk_ms"]
assert columns["offered_at"]["type"].timezone and not columns["contact_id"]["nullable"], columns
# What is reflected can be asked.
metadata = sa.MetaData()
metadata.reflect(engine("anna"))
contacts = metadata.tables["contacts"]
with engine("anna").connect() as c:
    by_channel = dict(c.execute(sa.select(contacts.c.channel, sa.func.count()).group_by(contacts.c.channel)).fetchall())
    assert sum(by_channel.values()) == c.execute(sa.select(sa.func.count()).select_from(contacts)).scalar_one() > 0
    # Patterns and names are PostgreSQL's.
    assert c.exec_driver_sql("select to_char(timestamptz '2026-03-05 14:07:00+00', 'YYYY-MM-DD HH24:MI')").scalar_one() == "2026-03-05 14:07"
    assert c.exec_driver_sql("select count(*), 1 + 1").keys()._keys == ["count", "?column?"]
    assert c.exec_driver_sql("select current_user").scalar_one() == "anna"
    c.exec_driver_sql("set search_path to kpi")
    assert c.exec_driver_sql("select count(*) from agent_time").scalar_one() > 0
# Another user is shown his own tables, and no name of another.
north = sa.inspect(engine("north"))
assert north.get_table_names() == ["contacts"] and "kpi" not in north.get_schema_names(), (north.get_table_names(), north.get_schema_names())
with engine("north").connect() as c:
    names = str(c.exec_driver_sql("select relname from pg_class union select relname from pg_stat_user_tables union select rolname from pg_roles").fetchall())
    assert "queue_stints" not in names and "anna" not in names, names
    assert c.exec_driver_sql("select has_table_privilege('contacts', 'select'), has_table_privilege('contacts', 'insert')").fetchone() == (True, False)
