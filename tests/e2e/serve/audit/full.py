def lost():
    h = http.client.HTTPConnection("127.0.0.1", int(os.environ["HTTPPORT"]))
    h.request("GET", "/metrics")
    lines = h.getresponse().read().decode().splitlines()
    return next(int(line.split()[-1]) for line in lines if line.startswith("trunkline_serve_audit_lost_total"))

with psycopg.connect(autocommit=True) as c:
    for i in range(5):
        assert c.execute(f"SELECT {i}").fetchone() == (i,)
deadline = time.monotonic() + 60
# One login, five questions, one logout.
while lost() != 7:
    assert time.monotonic() < deadline, lost()
    time.sleep(0.05)
