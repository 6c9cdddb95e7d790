# What the Flight SQL JDBC driver calls, in its order and with its messages (apache/arrow-java, flight-sql-jdbc-core): the driver itself is on
# Maven Central only. Arrow's own client makes the calls, the messages of Flight SQL are written here field by field.
import os
import pyarrow as pa
from pyarrow import flight


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def message(*fields):
    """Fields of Protocol Buffers: (number, text, bytes, truth or None)."""
    out = b""
    for number, value in fields:
        if isinstance(value, bool):
            out += varint(number << 3) + varint(value)
        elif value is not None:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def read(data):
    """The fields of a message: numbers and values."""
    at, fields = 0, []

    def whole():
        nonlocal at
        number = shift = 0
        while True:
            byte, at = data[at], at + 1
            number, shift = number | (byte & 127) << shift, shift + 7
            if byte < 128:
                return number
    while at < len(data):
        key = whole()
        value = whole()
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields.append((key >> 3, value))
    return fields


def packed(name, *fields):
    return message((1, "type.googleapis.com/arrow.flight.protocol.sql." + name), (2, message(*fields)))


def unpacked(data):
    return dict(read(dict(read(data))[2]))


client = flight.connect(FLIGHT)
options = flight.FlightCallOptions(headers=[client.authenticate_basic_token("anna", os.environ["PGPASSWORD"])])


def rows(name, *fields):
    info = client.get_flight_info(flight.FlightDescriptor.for_command(packed(name, *fields)), options)
    assert len(info.endpoints) == 1 and not info.endpoints[0].locations, info.endpoints
    table = client.do_get(info.endpoints[0].ticket, options).read_all()
    assert table.schema == info.schema, (table.schema, info.schema)
    return table


def act(kind, body):
    return [result.body.to_pybytes() for result in client.do_action((kind, body), options)]


def option(name, value):
    """One of a session's: a name, and a text."""
    return (1, message((1, name), (2, message((1, value)))))


def errors(*chosen):
    """What SetSessionOptions did not set, and why."""
    found = [dict(read(entry)) for _, entry in read(act("SetSessionOptions", message(*chosen))[0])]
    return {entry[1].decode(): dict(read(entry[2])).get(1) for entry in found}


def session():
    found = [dict(read(entry)) for _, entry in read(act("GetSessionOptions", b"")[0])]
    return {entry[1].decode(): dict(read(entry[2]))[1].decode() for entry in found}


def prepare(sql):
    return unpacked(act("CreatePreparedStatement", packed("ActionCreatePreparedStatementRequest", (1, sql)))[0])


def ask(sql, values=None):
    """PreparedStatement: prepare, bind, execute, fetch, close."""
    made = prepare(sql)
    columns, parameters = (pa.ipc.read_schema(pa.BufferReader(made[field])) for field in (2, 3))
    # A statement without columns would be taken for an update.
    assert len(columns) > 0 and len(parameters) == len(values or [])
    command = packed("CommandPreparedStatementQuery", (1, made[1]))
    if values:
        batch = pa.record_batch([pa.array([value], field.type) for value, field in zip(values, parameters)], schema=parameters)
        writer, reader = client.do_put(flight.FlightDescriptor.for_command(command), parameters, options)
        writer.write_batch(batch)
        writer.done_writing()
        assert dict(read(reader.read().to_pybytes()))[1] == made[1], "the handle stays"
        writer.close()
    info = client.get_flight_info(flight.FlightDescriptor.for_command(command), options)
    table = client.do_get(info.endpoints[0].ticket, options).read_all()
    assert table.schema.names == columns.names
    assert act("ClosePreparedStatement", packed("ActionClosePreparedStatementRequest", (1, made[1]))) == []
    return table


# DriverManager.getConnection, with `catalog` in its URL and in Connection.setCatalog.
assert errors(option("catalog", "trunkline")) == {}
assert errors(option("catalog", "postgres")) == {"catalog": 2}

# DatabaseMetaData: kinds that the driver takes the answers for, by their numbers in FlightSql.proto. An answer of another kind is an exception
# in it, and one that is not there a no. Only CONVERT is one: there is none.
KINDS = [
    {0, 1, 504, 513, 514, 529, 530, 531},
    {3, 515, 516, 518, 519, 520, 521, 523, 524, 527, 532, 536, 537, 539, 556, 563, 565, 566, 572, 573, 574, 575, 576},
    {*range(541, 556), *range(557, 563)},
    {522, 525, 526, 528, 533, 534, 535, 538, 540, 564, 567},
    {*range(508, 513)},
]
table = rows("CommandGetSqlInfo").combine_chunks()
kinds = dict(zip(table.column("info_name").to_pylist(), table.column("value").chunk(0).type_codes.to_pylist()))
wrong = {name: kinds.get(name) for kind, names in enumerate(KINDS) for name in names if kinds.get(name) != kind}
assert not wrong, wrong
informed = dict(zip(table.column("info_name").to_pylist(), table.column("value").to_pylist()))
assert (informed[0], informed[3], informed[504], informed[513]) == ("Trunkline", True, '"', "\\"), informed
# Subqueries of four kinds, UNION and UNION ALL, outer joins in full.
assert (informed[538], informed[540], informed[528]) == (0b1111, 0b11, 0b110), informed

assert rows("CommandGetCatalogs").to_pylist() == [{"catalog_name": "trunkline"}]
assert {"public", "bi", "kpi"} <= set(rows("CommandGetDbSchemas", (2, "%")).column("db_schema_name").to_pylist())
tables = rows("CommandGetTables", (2, "public"), (3, "%"), (4, "TABLE"), (5, False))
assert tables.schema.names == ["catalog_name", "db_schema_name", "table_name", "table_type"] and "contacts" in tables.column("table_name").to_pylist()

# DatabaseMetaData.getColumns: types in PostgreSQL's words, and what columns mean.
found = rows("CommandGetTables", (2, "public"), (3, "agent_legs"), (5, True)).to_pylist()
columns = {field.name: field for field in pa.ipc.read_schema(pa.BufferReader(found[0]["table_schema"]))}
told = lambda column, what: columns[column].metadata.get(b"ARROW:FLIGHT:SQL:" + what.encode(), b"").decode()
assert [told(column, "TYPE_NAME") for column in ("agent_id", "talk_ms", "accepted_at")] == ["text", "bigint", "timestamp with time zone"], columns
assert "millisecond" in told("talk_ms", "REMARKS").lower() and told("talk_ms", "TABLE_NAME") == "agent_legs", columns["talk_ms"].metadata
keys = rows("CommandGetPrimaryKeys", (2, "public"), (3, "contacts")).to_pylist()
assert [(key["column_name"], key["key_sequence"]) for key in keys] == [("source", 1), ("contact_id", 2)], keys
assert rows("CommandGetImportedKeys", (3, "contacts")).num_rows == 0

# Statement and PreparedStatement.
counted = ask("SELECT count(*) AS n FROM contacts WHERE channel = $1 AND wait_ms >= $2", ["voice", 0])
assert counted.to_pylist() == ask("SELECT count(*) AS n FROM contacts WHERE channel = 'voice' AND wait_ms >= 0").to_pylist()
assert counted.column("n")[0].as_py() > 0
for sql, why in [("DELETE FROM contacts", "25006"), ("SELECT nothing FROM contacts", "42703")]:
    try:
        prepare(sql)
        raise AssertionError(sql)
    except pa.lib.ArrowException as error:
        assert why in str(error), error

# The columns alone (GetSchema).
descriptor = flight.FlightDescriptor.for_command(packed("CommandStatementQuery", (1, "SELECT contact_id, wait_ms FROM contacts")))
assert client.get_schema(descriptor, options).schema.names == ["contact_id", "wait_ms"]

# Options of the session hold for what it asks later, and for nobody else.
assert errors(option("schema", "kpi"), option("timezone", "America/New_York"), option("no_such", "1"), option("timezone_abbreviations", "x")) == {"no_such": 1, "timezone_abbreviations": 1}
assert (session()["schema"], session()["timezone"], session()["catalog"]) == ("kpi", "America/New_York", "trunkline")
local = ask("SELECT to_char(timestamptz '2026-03-05 14:07:00+00', 'HH24:MI') AS t, current_schema() AS s, count(*) > 0 AS n FROM agent_time")
assert local.to_pylist() == [{"t": "09:07", "s": "kpi", "n": True}], local
assert errors(option("statement_timeout", "1ms")) == {}
try:
    ask("SELECT a.contact_id FROM public.events a, public.events b, public.events c")
    raise AssertionError("it has no end")
except pa.lib.ArrowException as error:
    assert "57014" in str(error), error
other = flight.FlightCallOptions(headers=[client.authenticate_basic_token("anna", os.environ["PGPASSWORD"])])
mine, options = options, other
assert session()["timezone"] == "UTC" and session()["schema"] == "public", session()
options = mine

# Connection.close: the token is worth nothing afterwards.
assert act("CloseSession", b"") == [b"\x08\x01"]
try:
    session()
    raise AssertionError("the session is over")
except flight.FlightUnauthenticatedError as error:
    assert "28P01" in str(error), error
