# Within all limits of a text, and planned for minutes: whoever waits for it hears what ends it, and others are answered meanwhile.
import base64, http.client, json, os, signal, threading, time, psycopg, pyarrow.flight
from psycopg import errors as e
import adbc_driver_flightsql.dbapi as flight

# A statement that nothing ends must not keep the test for ever.
signal.alarm(600)
# Much less than planning takes, and enough for a machine that has much to do.
AT_ONCE = 30
def long(mark):
    return "SELECT " + ", ".join(f"(SELECT count(*) FROM contacts WHERE channel = '{mark}{i}')" for i in range(10_000))

def connect(**more):
    return psycopg.connect(autocommit=True, **more)

def ends(work, error, words):
    began = time.monotonic()
    try:
        work()
        raise AssertionError("it was answered")
    except error as found:
        assert words in str(found), found
    assert time.monotonic() - began < AT_ONCE, time.monotonic() - began

def answers():
    began = time.monotonic()
    assert other.execute("SELECT count(*) FROM contacts").fetchone()[0] > 0
    assert time.monotonic() - began < AT_ONCE, time.monotonic() - began

# What would be planned for ever is not begun, and what takes too much memory neither.
c, other = connect(), connect()
doubled = ", ".join(f"c{i} AS (SELECT * FROM c{i - 1} UNION ALL SELECT * FROM c{i - 1})" for i in range(1, 41))
ends(lambda: c.execute(f"WITH c0 AS (SELECT 1), {doubled} SELECT * FROM c40"), e.ProgramLimitExceeded, "more than the 20000 tables allowed")
ends(lambda: c.execute("SELECT 1 FROM " + ", ".join(f"contacts c{i}" for i in range(201))), e.ProgramLimitExceeded, "201 tables")
# The client's own limit, with both protocols.
c.execute("SET statement_timeout = '500ms'")
ends(lambda: c.execute(long("a")), e.QueryCanceled, "statement timeout")
ends(lambda: c.execute(long("b"), prepare=True), e.QueryCanceled, "statement timeout")
answers()
assert c.execute("SELECT 1").fetchone() == (1,)
c.execute("SET statement_timeout = 0")
# The server's, for everybody.
basic = {"authorization": "Basic " + base64.b64encode(f"anna:{os.environ['PGPASSWORD']}".encode()).decode()}
h = http.client.HTTPConnection("127.0.0.1", int(os.environ["HTTPPORT"]), timeout=60)
h.request("POST", "/api/sql", long("c"), basic)
answer = h.getresponse()
said = json.loads(answer.read())
assert (answer.status, said["code"]) == (504, "57014") and "timeout" in said["message"], said
with flight.connect(FLIGHT, db_kwargs={"username": "anna", "password": os.environ["PGPASSWORD"]}, autocommit=True) as f, f.cursor() as cursor:
    ends(lambda: cursor.execute(long("d")), flight.Error, "57014")
answers()
# A cancel.
thread = threading.Thread(target=lambda: ends(lambda: c.execute(long("e")), e.QueryCanceled, "user request"))
failed, threading.excepthook = [], lambda what: failed.append(what.exc_value)
thread.start()
while thread.is_alive():
    c.cancel_safe()
    answers()
    thread.join(0.05)
assert not failed and c.execute("SELECT 2").fetchone() == (2,), failed

# One over Flight SQL: of a ticket whose statement is being planned.
def field(number, data):
    size, length = b"", len(data)
    while length > 127:
        size, length = size + bytes([length % 128 + 128]), length // 128
    return bytes([number * 8 + 2]) + size + bytes([length]) + data
client = pyarrow.flight.FlightClient(FLIGHT)
options = pyarrow.flight.FlightCallOptions(headers=[client.authenticate_basic_token("anna", os.environ["PGPASSWORD"])])
ticket = field(1, b"type.googleapis.com/arrow.flight.protocol.sql.TicketStatementQuery") + field(2, field(1, b"0123456789abcdef" + long("f").encode()))
def reads():
    try:
        client.do_get(pyarrow.flight.Ticket(ticket), options).read_all()
    except pyarrow.ArrowException as error:
        outcome.append(str(error))
outcome = []
thread = threading.Thread(target=reads)
thread.start()
while thread.is_alive():
    list(client.do_action(pyarrow.flight.Action("CancelFlightInfo", field(1, field(3, field(1, field(1, ticket))))), options))
    thread.join(0.05)
assert "user request" in outcome[0], outcome

# A client that goes away, seen from another session of the same user.
gone = connect()
pid = gone.info.backend_pid
gone.pgconn.send_query(long("g").encode())
while gone.pgconn.flush():
    pass
gone.close()
deadline = time.monotonic() + AT_ONCE
while other.execute(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}").fetchone() != (0,):
    assert time.monotonic() < deadline
    time.sleep(0.05)

# When all places of a user are taken, by statements that nobody waits for any more, he waits: who logs in is let in, and a cancel is heard. Others
# are answered.
joined = "SELECT 1 FROM " + ", ".join(f"(SELECT 1 FROM {', '.join(f'contacts c{i}' for i in range(200))}) x{n}" for n in range(3))
all_leaving = [connect() for _ in range(8)]
for leaving in all_leaving:
    leaving.pgconn.send_query(joined.encode())
    while leaving.pgconn.flush():
        pass
c.execute("SET statement_timeout = '300ms'")
# Until they have begun others are answered; who leaves before that leaves nothing behind.
deadline = time.monotonic() + AT_ONCE
while True:
    try:
        c.execute("SELECT 3")
        assert time.monotonic() < deadline
    except e.QueryCanceled:
        break
for leaving in all_leaving:
    leaving.close()
ends(lambda: c.execute("SELECT 3"), e.QueryCanceled, "statement timeout")
with connect(user="ben") as ben:
    began = time.monotonic()
    assert ben.execute("SELECT count(*) FROM contacts").fetchone()[0] > 0 and time.monotonic() - began < AT_ONCE
ends(lambda: c.execute("SELECT 3"), e.QueryCanceled, "statement timeout")
with connect() as late:
    assert late.execute("SHOW server_version").fetchone()
    thread = threading.Thread(target=lambda: ends(lambda: late.execute("SELECT 4"), e.QueryCanceled, "user request"))
    thread.start()
    while thread.is_alive():
        late.cancel_safe()
        thread.join(0.05)
assert not failed, failed
# They come to their end, and everything is as it was.
deadline = time.monotonic() + 300
while True:
    try:
        assert other.execute("SELECT 5").fetchone() == (5,)
        break
    except e.QueryCanceled:
        assert time.monotonic() < deadline
