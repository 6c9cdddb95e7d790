import os, threading, time, psycopg
import adbc_driver_flightsql.dbapi as flight
from adbc_driver_flightsql import DatabaseOptions
from adbc_driver_manager import Error, ProgrammingError

def connect(user="anna", password=os.environ["PGPASSWORD"], **more):
    return flight.connect(FLIGHT, db_kwargs={"username": user, "password": password, **more}, autocommit=True)

def rows(connection, sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

def fails(work, *words):
    try:
        work()
    except Error as error:
        assert all(word in str(error) for word in words), error
        return error
    raise AssertionError(f"nothing went wrong, but {words} should have")

# The same numbers as over PostgreSQL's protocol.
SQL = "SELECT queue, MEASURE(asa) AS asa, count(*) AS n FROM kpi.queue_stints GROUP BY queue ORDER BY queue"
with psycopg.connect() as pg, connect() as c:
    assert rows(c, SQL) == pg.execute(SQL).fetchall() != []
    everything = "SELECT * FROM contacts ORDER BY contact_id"
    with c.cursor() as cursor:
        cursor.execute(everything)
        table = cursor.fetch_arrow_table()
    assert table.num_rows == pg.execute("SELECT count(*) FROM contacts").fetchone()[0] > 0
    assert str(table.schema.field("channel").type) == "string", table.schema
    assert str(table.schema.field("started_at").type).startswith("timestamp[us, tz="), table.schema
    assert table.column("contact_id").to_pylist() == [row[0] for row in pg.execute("SELECT contact_id FROM contacts ORDER BY contact_id")]
    assert rows(c, "SELECT 1 WHERE false") == []

with connect() as c:
    # Parameters: of one type, of another that fits, NULL, and what does not fit.
    voice = rows(c, "SELECT count(*) FROM contacts WHERE channel = $1", ("voice",))
    assert voice == rows(c, "SELECT count(*) FROM contacts WHERE channel = 'voice'") and voice[0][0] > 0
    assert rows(c, "SELECT CAST($1 AS bigint) + 1, $2", (41, None)) == [(42, None)]
    fails(lambda: rows(c, "SELECT CAST($1 AS bigint)", ("forty",)), "22P02", "$1")
    fails(lambda: rows(c, "SELECT $1 + $2", (1,)), "08P01")
    with c.cursor() as cursor:
        schema = cursor.adbc_prepare("SELECT count(*) FROM contacts WHERE channel = $1 AND wait_ms > $2")
        assert [str(field.type) for field in schema][1] == "int64", schema
    # What is browsed.
    info = c.adbc_get_info()
    assert info["vendor_name"] == "Trunkline", info
    assert c.adbc_get_table_types() == ["SYSTEM TABLE", "SYSTEM VIEW", "TABLE", "VIEW"]
    objects = c.adbc_get_objects(depth="tables").read_all().to_pylist()
    assert [o["catalog_name"] for o in objects] == ["trunkline"], objects
    schemas = {s["db_schema_name"]: {t["table_name"] for t in s["db_schema_tables"]} for s in objects[0]["catalog_db_schemas"]}
    assert {"contacts", "queue_stints"} <= schemas["public"] and "agent_time" in schemas["kpi"] and "pg_class" in schemas["pg_catalog"], schemas
    found = c.adbc_get_objects(depth="columns", db_schema_filter="public", table_name_filter="contact%", table_types_filter=["TABLE"]).read_all().to_pylist()
    tables = [t for s in found[0]["catalog_db_schemas"] for t in s["db_schema_tables"]]
    assert [t["table_name"] for t in tables] == ["contacts"] and {"channel", "contact_id"} <= {x["column_name"] for x in tables[0]["table_columns"]}, tables
    keys = [x for x in tables[0]["table_constraints"] if x["constraint_type"] == "PRIMARY KEY"]
    assert c.adbc_get_table_schema("contacts", db_schema_filter="public").field("channel").name == "channel"
    # What is wrong says where and why, and nothing is changed.
    fails(lambda: rows(c, "SELECT nothing FROM contacts"), "42703", "nothing")
    fails(lambda: rows(c, "SELECT * FROM contact"), "42P01", "contacts")
    fails(lambda: rows(c, "DELETE FROM contacts"), "25006")
    fails(lambda: rows(c, "COPY contacts TO '/tmp/x'"), "42501")
    fails(lambda: rows(c, "SET timezone = 'UTC'"), "0A000")
    fails(lambda: rows(c, "SELECT 1; SELECT 2"), "42601")
    fails(lambda: rows(c, "SELECT 1 / 0"), "22012")
    fails(lambda: rows(c, "SELECT to_char(interval '1 hour', 'Mon')"), "22007", "Mon")
    fails(lambda: rows(c, "SELECT make_interval(years => 1000000000)"), "22003", "out of range")
    fails(lambda: rows(c, "SELECT width_bucket(wait_ms, 0, 10, 0) FROM contacts"), "22023")
    with c.cursor() as cursor:
        fails(lambda: cursor.execute(b"\x00\x01"), "Substrait")

# Local times are meant in the zone that a call brings.
with connect(**{"adbc.flight.sql.rpc.call_header.trunkline-zone": "America/New_York"}) as c:
    assert rows(c, "SELECT to_char(timestamptz '2026-03-05 14:07:00+00', 'HH24:MI')") == [("09:07",)]

# Or it is set once for the session, as the schema is.
with connect() as c:
    assert (c.adbc_current_catalog, c.adbc_current_db_schema) == ("trunkline", "public")
    c.adbc_current_db_schema = "kpi"
    c.adbc_connection.set_options(**{"adbc.flight.sql.session.option.timezone": "America/New_York"})
    assert rows(c, "SELECT to_char(timestamptz '2026-03-05 14:07:00+00', 'HH24:MI'), count(*) > 0 FROM agent_time") == [("09:07", True)]
    c.adbc_connection.set_options(**{"adbc.flight.sql.session.optionerase.timezone": ""})
    assert rows(c, "SELECT to_char(timestamptz '2026-03-05 14:07:00+00', 'HH24:MI')") == [("14:07",)]
    fails(lambda: c.adbc_connection.set_options(**{"adbc.flight.sql.session.option.timezone": "Mars"}), "timezone")
    with c.cursor() as cursor:
        assert cursor.adbc_execute_schema("SELECT contact_id, wait_ms FROM contacts").names == ["contact_id", "wait_ms"]
    # Columns tell their type in the words of PostgreSQL.
    found = c.adbc_get_objects(depth="columns", db_schema_filter="public", table_name_filter="agent_legs").read_all().to_pylist()
    columns = {x["column_name"]: x for o in found for s in o["catalog_db_schemas"] for t in s["db_schema_tables"] for x in t["table_columns"]}
    assert columns["talk_ms"]["xdbc_type_name"] == "bigint", columns["talk_ms"]

# Who may not log in gets nothing, whoever he says he is.
for user, password in [("anna", "wrong"), ("nobody", "correct horse"), ("anna", "")]:
    fails(lambda: rows(connect(user, password), "SELECT 1"), "28P01")
fails(lambda: rows(flight.connect(FLIGHT), "SELECT 1"), "28000")
fails(lambda: rows(flight.connect(FLIGHT, db_kwargs={DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer guessed"}), "SELECT 1"), "28P01")

# A restricted user has his rows and knows of nothing else.
with connect("north") as c:
    assert rows(c, "SELECT DISTINCT channel, customer_key FROM contacts") == [("voice", None)]
    names = str(c.adbc_get_objects(depth="tables", db_schema_filter="public").read_all().to_pylist())
    assert "contacts" in names and "agent_legs" not in names, names
    fails(lambda: rows(c, "SELECT * FROM agent_legs"), "42P01")

# A question that goes on for ever stops when it is asked to.
with connect() as c, c.cursor() as cursor:
    cursor.execute("SELECT a.contact_id FROM events a, events b, events c")
    reader = cursor.fetch_record_batch()
    reader.read_next_batch()
    cursor.adbc_cancel()
    try:
        while True:
            reader.read_next_batch()
    except (Error, OSError, StopIteration) as error:
        assert not isinstance(error, StopIteration) and "ancel" in str(error), error
# So does one whose client is gone: afterwards all places are free again.
with connect() as c:
    for _ in range(3):
        with c.cursor() as cursor:
            cursor.execute("SELECT a.contact_id FROM events a, events b, events c")
            cursor.fetch_record_batch().read_next_batch()
    assert rows(c, "SELECT count(*) FROM contacts")[0][0] > 0
