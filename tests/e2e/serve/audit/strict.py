import adbc_driver_flightsql.dbapi as flight
from adbc_driver_manager import Error

# No space: who logs in is let in, but told nothing. Settings are no questions.
c = psycopg.connect(autocommit=True)
c.execute("SET application_name = 'x'")
def copied():
    with c.cursor().copy("COPY (SELECT 1) TO STDOUT") as copy:
        list(copy)
for work in [lambda: c.execute("SELECT 1"), lambda: c.execute("SELECT count(*) FROM contacts WHERE channel = %s", ("x",)), copied]:
    fails(work, "no space is left")
    fails(lambda: c.execute("SELECT 1"), "53100")
h = http.client.HTTPConnection("127.0.0.1", int(os.environ["HTTPPORT"]))
# Nor does anybody hear what there is to ask.
for ask in [("POST", "/api/sql", "SELECT 1"), ("GET", "/api/queries", None)]:
    h.request(*ask, {"authorization": "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()})
    answer = h.getresponse()
    said = json.loads(answer.read())
    assert answer.status == 503 and said["code"] == "53100" and "ask whoever runs" in said["hint"], said
with flight.connect(FLIGHT, db_kwargs={"username": "anna", "password": PASSWORD}, autocommit=True) as f, f.cursor() as cursor:
    for work in [lambda: [cursor.execute("SELECT 1"), cursor.fetchall()], lambda: f.adbc_get_objects(depth="tables").read_all()]:
        try:
            work()
            raise AssertionError("it was answered")
        except Error as error:
            assert "53100" in str(error), error
