import os, socket, struct, psycopg

with psycopg.connect(host="localhost", hostaddr="127.0.0.1", sslmode="verify-full", sslrootcert=AUTHORITY) as c:
    assert c.execute("select 1").fetchone() == (1,)
    assert c.pgconn.ssl_in_use
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
