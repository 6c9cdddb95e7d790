import adbc_driver_flightsql.dbapi as flight
from adbc_driver_manager import Error

def connect(user="anna", password=PASSWORD, **more):
    return flight.connect(FLIGHT, db_kwargs={"username": user, "password": password, **more}, autocommit=True)

def wrong(work, code):
    try:
        work()
    except Error as error:
        assert code in str(error), error
        return
    raise AssertionError(f"it was answered, and {code} was expected")

def rows(c, sql, values=None):
    with c.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

wrong(lambda: connect(password=WRONG), "28P01")
r = until("refused", lambda: records(event="login", outcome="refused", reason="wrong password"))[0]
assert (r["user"], r["how"], r["sqlstate"]) == ("anna", "password", "28P01"), r
wrong(lambda: connect(user=WRONG), "28P01")
assert until("refused", lambda: records(event="login", reason="no such user"))[0]["user"] is None
header = {"adbc.flight.sql.authorization_header": "Bearer trunkline_nothing"}
wrong(lambda: rows(flight.connect(FLIGHT, db_kwargs=header, autocommit=True), "SELECT 1"), "28P01")
r = until("refused", lambda: records(event="login", how="token", outcome="refused"))[0]
assert r["user"] is None and "token" in r["reason"], r

with connect() as c:
    SQL = "SELECT contact_id FROM contacts ORDER BY 1 LIMIT 3"
    assert len(rows(c, SQL)) == 3
    # One record of the question, though it is planned for its columns too; one of the login, though every call carries one.
    r = one(event="question", statement=SQL)
    assert (r["user"], r["outcome"], r["rows"], r["tables"]) == ("anna", "ok", 3, ["public.contacts"]) and r["bytes"] > 100, r
    login = one(event="login", outcome="accepted", connection=r["connection"])
    assert login["user"] == "anna", login
    assert rows(c, "SELECT channel FROM contacts WHERE channel = $1", ("a bound value",)) == []
    assert one(event="question", statement="SELECT channel FROM contacts WHERE channel = $1")["rows"] == 0
    wrong(lambda: rows(c, "SELECT CAST($1 AS bigint)", ("a bound value",)), "22P02")
    r = until("refused", lambda: records(event="refused", statement="SELECT CAST($1 AS bigint)"))[0]
    assert (r["sqlstate"], r["message"]) == ("22P02", None), r
    wrong(lambda: rows(c, "DELETE FROM contacts"), "25006")
    assert until("refused", lambda: records(event="refused", statement="DELETE FROM contacts", sqlstate="25006"))[0]["message"]
    wrong(lambda: rows(c, ENDLESS), "57014")
    r = one(event="question", statement=ENDLESS)
    assert (r["outcome"], r["sqlstate"]) == ("timed_out", "57014") and r["seconds"] >= 3, r

    # What there is to ask is told by calls of their own.
    assert c.adbc_get_objects(depth="tables").read_all().num_rows > 0
    for call in ["get_schemas", "get_tables"]:
        r = until(call, lambda: records(event="browsed", call=call))[0]
        assert r["user"] == "anna" and "statement" not in r, r

    connection = r["connection"]
assert one(event="logout", connection=connection)["questions"] >= 3

# Rows without an end, of which the client takes some and goes, or asks in another call that they stop.
MANY = "SELECT a.contact_id FROM events a, events b, events c"
with connect() as c, c.cursor() as cursor:
    cursor.execute(MANY)
    assert cursor.fetch_record_batch().read_next_batch().num_rows > 0
r = one(event="question", statement=MANY)
assert r["outcome"] == "client_gone" and r["rows"] > 0 and r["bytes"] > r["rows"] and r["seconds"] < 3, r

import pyarrow.flight
def field(number, data):
    size, length = b"", len(data)
    while length > 127:
        size, length = size + bytes([length % 128 + 128]), length // 128
    return bytes([number * 8 + 2]) + size + bytes([length]) + data
sql = MANY.replace("events", "contacts")
client = pyarrow.flight.FlightClient(FLIGHT)
options = pyarrow.flight.FlightCallOptions(headers=[client.authenticate_basic_token("north", PASSWORD)])
query = field(1, b"type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery") + field(2, field(1, sql.encode()))
info = client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(query), options)
reader = client.do_get(info.endpoints[0].ticket, options)
reader.read_chunk()
list(client.do_action(pyarrow.flight.Action("CancelFlightInfo", field(1, info.serialize())), options))
try:
    while True:
        reader.read_chunk()
except pyarrow.ArrowException as error:
    assert "57014" in str(error), error
r = one(event="question", user="north")
assert (r["outcome"], r["sqlstate"]) == ("cancelled", "57014"), r
assert one(event="login", user="north")["outcome"] == "accepted"
del reader
client.close()
del client
assert one(event="logout", user="north")["questions"] == 1
is_whole("flight")
