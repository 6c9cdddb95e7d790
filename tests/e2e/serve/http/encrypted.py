import ssl

trusted = ssl.create_default_context(cafile=AUTHORITY)
c = http.client.HTTPSConnection("localhost", PORT, timeout=60, context=trusted)
c.request("POST", "/api/sql", "select 1 as n", {"authorization": BASIC, "content-type": "text/plain"})
assert json.loads(c.getresponse().read())["rows"] == [[1]]
# The same connection goes on, and a statement has its time.
c.request("POST", "/api/sql", "select count(*) from generate_series(1, 100000000000) as a(x), generate_series(1, 1000) as b(y) where x % 7 = y % 3",
          {"authorization": BASIC, "content-type": "text/plain"})
answer = c.getresponse()
assert (answer.status, json.loads(answer.read())["code"]) == (504, "57014")
# Nothing is answered in clear.
with socket.create_connection(("127.0.0.1", PORT)) as s:
    s.sendall(f"GET /livez HTTP/1.1\r\nhost: x\r\nauthorization: {BASIC}\r\n\r\n".encode())
    s.settimeout(60)
    try:
        answer = b"".join(iter(lambda: s.recv(4096), b""))
    except ConnectionError:
        answer = b""
    assert b"HTTP" not in answer, answer
