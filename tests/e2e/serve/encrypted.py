import os, socket, struct, psycopg

with psycopg.connect(host="localhost", hostaddr="127.0.0.1", sslmode="verify-full", sslrootcert=AUTHORITY) as c:
    assert c.execute("select 1").fetchone() == (1,)
    assert c.pgconn.ssl_in_use
    contacts = c.execute("SELECT count(*) FROM contacts").fetchone()[0]
if psycopg.pq.version() >= 170000:
    # The handshake at once, as libpq does since 17.
    with psycopg.connect(host="localhost", hostaddr="127.0.0.1", sslmode="verify-full", sslrootcert=AUTHORITY, sslnegotiation="direct") as c:
        assert c.execute("select 2").fetchone() == (2,)
for how, words in [({"sslmode": "disable"}, "over TLS only"), ({"sslmode": "verify-full", "sslrootcert": "/dev/null"}, "root certificate")]:
    try:
        psycopg.connect(**how)
        raise AssertionError(f"{how} was let in")
    except psycopg.OperationalError as error:
        assert words in str(error), error
# What is sent in clear before the handshake is not taken for something that came through it.
with socket.create_connection((os.environ["PGHOST"], int(os.environ["PGPORT"]))) as s:
    s.settimeout(20)
    body = struct.pack("!HH", 3, 0) + b"user\0anna\0\0"
    s.sendall(struct.pack("!II", 8, 80877103) + struct.pack("!I", len(body) + 4) + body)
    answer = b"".join(iter(lambda: s.recv(4096), b""))
    assert answer == b"S", answer

# Flight SQL: many frames and records, whole and in order; a stranger's certificate is not believed, and nothing is said in clear.
import adbc_driver_flightsql.dbapi as flight
from adbc_driver_flightsql import DatabaseOptions
from adbc_driver_manager import Error
login = {"username": "anna", "password": os.environ["PGPASSWORD"]}
with open(AUTHORITY) as file:
    trusted = {**login, DatabaseOptions.TLS_ROOT_CERTS.value: file.read()}
port = FLIGHT.rsplit(":", 1)[1]
with flight.connect(f"grpc+tls://localhost:{port}", db_kwargs=trusted, autocommit=True) as c, c.cursor() as cursor:
    cursor.execute("SELECT c.*, n FROM contacts c, generate_series(1, 300) AS s(n)")
    table = cursor.fetch_arrow_table()
    assert table.num_rows == 300 * contacts and table.nbytes > 16 << 20, (table.num_rows, table.nbytes)
    assert sorted(set(table["n"].to_pylist())) == list(range(1, 301)) and len(set(table["contact_id"].to_pylist())) == contacts
for address, options in [(f"grpc+tls://localhost:{port}", login), (f"grpc://localhost:{port}", login)]:
    try:
        with flight.connect(address, db_kwargs=options, autocommit=True) as c, c.cursor() as cursor:
            cursor.execute("SELECT 1")
        raise AssertionError(f"{address} was answered")
    except Error:
        pass
