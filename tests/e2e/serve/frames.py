# Data frames straight from PostgreSQL's protocol: ConnectorX and ADBC's driver have rows sent by COPY in binary, within the extended protocol.
import os, connectorx, polars
import adbc_driver_postgresql.dbapi as adbc, psycopg

ADDRESS = f"{os.environ['PGHOST']}:{os.environ['PGPORT']}"
URI = f"postgresql://anna:{os.environ['PGPASSWORD'].replace(' ', '%20')}@{ADDRESS}/trunkline"
ASKED = """SELECT contact_id, stint_no, queue, channel, enqueued_at, wait_ms, is_final, enqueued_at::date AS day, wait_ms / 1000.0 AS seconds,
                  wait_ms::numeric(12,3) / 1000 AS exact FROM queue_stints ORDER BY contact_id, stint_no"""
with psycopg.connect() as c:
    wanted = c.execute(ASKED).fetchall()
    zone = c.execute("show timezone").fetchone()[0]

# ConnectorX, in each of its ways to fetch.
for protocol in ("binary", "csv", "cursor", "simple"):
    frame = connectorx.read_sql(URI, ASKED, protocol=protocol)
    assert len(frame) == len(wanted), (protocol, len(frame))
    assert list(frame["queue"]) == [row[2] for row in wanted], protocol
    assert abs(frame["wait_ms"].sum() - sum(row[5] for row in wanted if row[5] is not None)) == 0, protocol
table = connectorx.read_sql(URI, "SELECT stint_no, wait_ms, queue FROM queue_stints", partition_on="stint_no", partition_num=3, return_type="arrow")
assert table.num_rows == len(wanted)

# polars by both of its engines.
for engine in ("connectorx", "adbc"):
    frame = polars.read_database_uri(ASKED, URI, engine=engine)
    assert frame.height == len(wanted) and str(frame.schema["enqueued_at"]).startswith("Datetime(time_unit='us'"), (engine, frame.schema)
    assert frame["contact_id"].to_list() == [row[0] for row in wanted], engine
    assert frame["is_final"].to_list() == [row[6] for row in wanted], engine
    assert [at and at.timestamp() for at in frame["enqueued_at"].to_list()] == [row[4] and row[4].timestamp() for row in wanted], engine

with adbc.connect(URI) as c, c.cursor() as cur:
    # The types are known by the functions that receive them: without their names all were bytes.
    cur.execute(ASKED)
    table = cur.fetch_arrow_table()
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["queue"] == "string" and kinds["wait_ms"] == "int64" and kinds["enqueued_at"].startswith("timestamp[us") and kinds["day"] == "date32[day]", kinds
    cur.execute("SELECT count(*) FROM queue_stints WHERE channel = $1 AND wait_ms > $2", ("voice", 1000))
    assert cur.fetchone()[0] == sum(1 for row in wanted if row[3] == "voice" and (row[5] or 0) > 1000)
    found = c.adbc_get_objects(depth="all", table_name_filter="queue_stints").read_all().to_pylist()
    tables = [table for schema in found[0]["catalog_db_schemas"] for table in schema["db_schema_tables"] or [] if schema["db_schema_name"] == "public"]
    columns = sorted(tables[0]["table_columns"], key=lambda column: column["ordinal_position"])
    assert [column["column_name"] for column in columns][:3] == ["contact_id", "stint_no", "queue"], columns
    keys = [key["constraint_column_names"] for key in tables[0]["table_constraints"]]
    assert [sorted(key) for key in keys] == [["contact_id", "source", "stint_no"]], keys
    try:
        cur.execute("SELECT nope FROM queue_stints")
        raise AssertionError("a column that is not there was found")
    except adbc.Error as error:
        assert "nope" in str(error), error

# A COPY that is prepared: no columns are described, an error leaves the connection in order, the words of CSV are as asked for.
with psycopg.connect(autocommit=True) as c:
    pg = c.pgconn
    for name, sql in (("good", b"COPY (SELECT 1 AS a, 'x;y' AS b, NULL AS c) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';', NULL '-', FORCE_QUOTE (a))"),):
        assert pg.prepare(name.encode(), sql).status == 1
        assert pg.describe_prepared(name.encode()).nfields == 0
        assert pg.exec_prepared(name.encode(), []).status == 3
        got = b""
        while (read := pg.get_copy_data(0))[0] > 0:
            got += bytes(read[1])
        assert got == b'a;b;c\n"1";"x;y";-\n', got
        assert pg.get_result().command_status == b"COPY 1" and pg.get_result() is None
    failed = pg.exec_params(b"COPY (SELECT nope FROM contacts) TO STDOUT", [])
    assert failed.error_field(67) == b"42703", failed.error_message
    assert pg.exec_params(b"COPY (SELECT $1::int) TO STDOUT", []).error_field(67) in (b"42P02", b"08P01", b"22P02")
    assert c.execute("select 1").fetchone() == (1,)
