# psqlODBC itself, under unixODBC: what Excel, Tableau and R stand on.
import ctypes, datetime, decimal, glob, os
LIBRARIES = os.path.join(os.environ["TOOLS"], "odbc/usr/lib/*")
found, = glob.glob(os.path.join(LIBRARIES, "odbc"))
LIBRARIES = os.path.dirname(found)
# Libraries that are loaded are found by their names, wherever they lie.
for path in [f"{LIBRARIES}/libltdl.so.7", f"{LIBRARIES}/libodbcinst.so.2", f"{LIBRARIES}/libodbc.so.2", os.path.join(os.environ["TOOLS"], "postgresql/pgserver/pginstall/lib/libpq.so.5")]:
    ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
import pyodbc

def connect(**more):
    parts = {"Driver": f"{LIBRARIES}/odbc/psqlodbcw.so", "Servername": os.environ["PGHOST"], "Port": os.environ["PGPORT"], "Database": "trunkline", "Uid": "anna", "Pwd": "{" + os.environ["PGPASSWORD"] + "}", "BoolsAsChar": "0", **more}
    return pyodbc.connect(";".join(f"{name}={value}" for name, value in parts.items()), autocommit=True)

def fails(work, code):
    try:
        work()
    except pyodbc.Error as error:
        assert error.args[0] == code, error.args
        return error.args[1]
    raise AssertionError("it was done")

c = connect()
assert c.getinfo(pyodbc.SQL_DBMS_NAME) == "PostgreSQL" and c.getinfo(pyodbc.SQL_DATABASE_NAME) == "trunkline"
cursor = c.cursor()
# Browsing, as tools do.
tables = {(row.table_schem, row.table_name): row for row in cursor.tables()}
assert tables["public", "contacts"].table_type == "TABLE" and tables["bi", "kpi_daily"].table_type == "VIEW", tables
assert {name for schema, name in tables if schema == "kpi"} >= {"queue_stints", "agent_time"}
assert [row.table_name for row in cursor.tables(schema="bi", table="kpi%")] == ["kpi_daily", "kpi_interval"]
columns = cursor.columns(table="contacts", schema="public").fetchall()
assert (columns[0].column_name, columns[0].type_name, columns[0].nullable) == ("contact_id", "text", 0), columns[0]
assert ("started_at", "timestamptz") in [(column.column_name, column.type_name) for column in columns]
assert [row.column_name for row in cursor.primaryKeys(table="contacts", schema="public")] == ["source", "contact_id"]
assert any(row.index_name == "contacts_pkey" for row in cursor.statistics("contacts", schema="public", unique=True))
assert cursor.foreignKeys(table="contacts", schema="public").fetchall() == [] and len(cursor.getTypeInfo().fetchall()) > 10

# Values both ways, with the driver's own preparing and with the server's; cursors or all at once.
at, day, number = datetime.datetime(2026, 1, 5, 10, 30, 15, 250000), datetime.date(2026, 1, 5), decimal.Decimal("12.50")
for settings in [{}, {"UseServerSidePrepare": "0"}, {"UseDeclareFetch": "1", "Fetch": "7"}]:
    c = connect(**settings)
    cursor = c.cursor()
    row = cursor.execute("SELECT ?::bigint, ?::text, ?::double precision, ?::numeric(8,2), ?::date, ?::timestamp, ?::boolean, ?::text", 5_000_000_000, "ä' \"?" + "x" * 400, 0.5, number, day, at, True, None).fetchone()
    assert tuple(row) == (5_000_000_000, "ä' \"?" + "x" * 400, 0.5, number, day, at, True, None), (settings, row)
    assert [about[1] for about in cursor.description] == [int, str, float, decimal.Decimal, datetime.date, datetime.datetime, bool, str], cursor.description
    ids = [row[0] for row in cursor.execute("SELECT contact_id FROM contacts ORDER BY contact_id")]
    assert len(ids) == cursor.execute("SELECT count(*) FROM contacts").fetchval() >= 400 and ids == sorted(ids), settings
    assert cursor.execute("SELECT count(*) FROM contacts WHERE contact_id = ? OR channel IS NULL", ids[7]).fetchval() == 1, settings
    assert cursor.execute("SELECT contact_id FROM contacts WHERE contact_id < ''").fetchall() == []
    c.close()

# What the driver makes of escapes, a zone, measures, a quotient of sums.
c = connect(ConnSettings="SET TIME ZONE 'Europe/Madrid'")
cursor = c.cursor()
assert cursor.execute("SELECT {ts '2026-01-05 10:00:00'}, {d '2026-01-05'}, {fn UCASE('a')}, {fn CONCAT('a', 'b')}").fetchone()[1:] == (day, "A", "ab")
assert cursor.execute("SELECT timestamptz '2026-01-05 10:00:00Z'").fetchval() == datetime.datetime(2026, 1, 5, 11)
measured = cursor.execute("SELECT queue, MEASURE(offered) AS offered, MEASURE(service_level) AS level FROM kpi.queue_stints WHERE enqueued_at >= ? GROUP BY queue ORDER BY queue", datetime.datetime(2000, 1, 1)).fetchall()
assert sum(row.offered for row in measured) > 100 and all(row.level is None or 0 <= row.level <= 1 for row in measured), measured
answered, offered, rate = cursor.execute("SELECT SUM(answered), SUM(offered), SUM(answered) / SUM(offered) AS rate FROM bi.kpi_daily").fetchone()
assert 0 < answered < offered and abs(float(rate) - answered / offered) < 1e-9, (answered, offered, rate)

# Errors, and what comes after them; in a transaction and outside.
assert "qeue" in fails(lambda: cursor.execute("SELECT qeue FROM queue_stints"), "42703")
fails(lambda: cursor.execute("DROP TABLE contacts"), "25006")
fails(lambda: cursor.execute("SELECT 1 / (SELECT count(*) FROM contacts WHERE contact_id = '')"), "22012")
assert cursor.execute("SELECT 1").fetchval() == 1
c.autocommit = False
first = cursor.execute("SELECT count(*) FROM contacts").fetchval()
fails(lambda: cursor.execute("SELECT nothing FROM contacts"), "42703")
c.rollback()
assert cursor.execute("SELECT count(*) FROM contacts").fetchval() == first
c.commit()
assert "password authentication failed" in fails(lambda: connect(Pwd="wrong"), "08001")
