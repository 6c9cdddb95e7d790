import signal
import adbc_driver_flightsql.dbapi as flight

# Four clients ask all the time while the file is renamed away again and again.
def asks(number):
    with psycopg.connect(autocommit=True) as c:
        for i in range(100):
            c.execute(f"SELECT {number}, {i}")
threads = [threading.Thread(target=asks, args=(n,)) for n in range(4)]
[t.start() for t in threads]
rotated = 0
while any(t.is_alive() for t in threads):
    if os.path.exists(AUDIT):
        rotated += 1
        os.rename(AUDIT, f"{AUDIT}.{rotated}")
    threads[0].join(0.02)
assert rotated > 2, rotated
# Open connections of every protocol when the server is told to stop: their ends are on record.
c = psycopg.connect(autocommit=True, user="north")
c.execute("SELECT 'last'")
f = flight.connect(FLIGHT, db_kwargs={"username": "north", "password": PASSWORD}, autocommit=True)
with f.cursor() as cursor:
    cursor.execute("SELECT 'last'")
    cursor.fetchall()
h = http.client.HTTPConnection("127.0.0.1", int(os.environ["HTTPPORT"]))
h.request("POST", "/api/sql", "SELECT 'last'", {"authorization": "Basic " + base64.b64encode(f"north:{PASSWORD}".encode()).decode()})
assert h.getresponse().read()
began = time.monotonic()
os.kill(int(os.environ["SERVER_PID"]), signal.SIGTERM)
deadline = time.monotonic() + 60
def is_there():
    return open(f"/proc/{os.environ['SERVER_PID']}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
while is_there():
    assert time.monotonic() < deadline
    time.sleep(0.02)
assert time.monotonic() - began < 4, "it ends at once"
every = [json.loads(line) for name in glob.glob(AUDIT + "*") for line in open(name)]
asked = [r["statement"] for r in every if r["event"] == "question" and "last" not in r["statement"]]
assert sorted(asked) == sorted(f"SELECT {n}, {i}" for n in range(4) for i in range(100)), len(asked)
north = sorted((r["event"], r["protocol"]) for r in every if r["user"] == "north")
assert [p for e, p in north if e == "question"] == ["flight", "http", "postgres"], north
# Each connection that was let in has left.
assert sorted(r["connection"] for r in every if r["event"] == "login") == sorted(r["connection"] for r in every if r["event"] == "logout"), north
