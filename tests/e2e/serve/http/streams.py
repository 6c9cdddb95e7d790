import re

ANNA = begin()
ENDLESS = "select count(*) from generate_series(1, 100000000000) as a(x), generate_series(1, 1000) as b(y) where x % 7 = y % 3"
MANY = "select x, 'a text of some length for every row' as t from generate_series(1, 90000000) as a(x)"
stopped = lambda: meter('trunkline_serve_questions_total{protocol="http",outcome="stopped"}')
taken = lambda: meter('trunkline_serve_rows_total{protocol="http"}')

def begun(text, accept):
    c = connection()
    c.request("POST", "/api/sql", text, {"authorization": ANNA, "content-type": "text/plain", "accept": accept})
    return c

def memory():
    return int(re.search(r"VmRSS:\s+(\d+) kB", open(f"/proc/{os.environ['SERVER_PID']}/status").read())[1]) >> 10

def ticks():
    fields = open(f"/proc/{os.environ['SERVER_PID']}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])

# A client that reads slowly holds the question back: a little is made ahead, and no more.
assert rows("select 1") == [[1]]
for accept in ["application/json", "text/csv", "application/vnd.apache.arrow.stream"]:
    before, held, rows_before = stopped(), memory(), taken()
    c = begun(MANY, accept)
    answer = c.getresponse()
    assert answer.status == 200 and answer.headers["transfer-encoding"] == "chunked", answer.headers
    assert len(answer.read(1 << 20)) == 1 << 20
    seen = []
    until("it waits for its reader", lambda: (seen.append(taken()), len(seen) > 5 and seen[-1] == seen[-5])[1])
    assert 0 < seen[-1] - rows_before < 2_000_000, (accept, seen)
    assert memory() - held < 200, (accept, held, memory())
    # Gone, it stops the work.
    answer.close()
    c.close()
    until("a client that is gone stops its question", lambda: stopped() == before + 1)

# Before the first row as well.
before, worked = stopped(), ticks()
c = begun(ENDLESS, "*/*")
until("it is at work", lambda: ticks() > worked + 50)
c.close()
until("a client that is gone stops a question without rows", lambda: stopped() == before + 1)

# What fails after the first rows breaks the answer off: nobody takes a part for the whole.
for accept in ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"]:
    answer = begun("select 1 / (200000 - x) as n from generate_series(1, 300000) as a(x)", accept).getresponse()
    assert answer.status == 200
    try:
        answer.read()
        raise AssertionError(f"{accept} looks whole")
    except http.client.IncompleteRead as broken:
        assert len(broken.partial) > 1000
# Read to its end it is whole.
body = sql("select x from generate_series(1, 100000) as a(x)", "text/csv")[2]
assert body.count(b"\n") == 100001 and body.endswith(b"100000\n")

# A workbook is in memory until it is whole: one that is too large is refused while it is made, and says what to take instead.
held = memory()
said = refused(sql("select x, repeat('z', 3000) || x as t from generate_series(1, 200000) as a(x)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), 413, "54000", "csv or parquet")
assert "256 MiB" in said["message"] and memory() - held < 600, (said, held, memory())

# Ready is who can read the lake; what it read before is still answered.
contacts = rows("select count(*) from contacts")
os.rename(f"{LAKE}/contacts", f"{LAKE}/gone")
until("it is not ready without the lake", lambda: ask("GET", "/readyz", login=None)[0] == 503)
status, _, why = ask("GET", "/readyz", login=None)
assert b"lake" in why and LAKE.encode() not in why, why
assert meter("trunkline_serve_ready") == 0 and ask("GET", "/livez", login=None)[0] == 200
os.rename(f"{LAKE}/gone", f"{LAKE}/contacts")
until("it is ready again", lambda: ask("GET", "/readyz", login=None)[0] == 200)
assert rows("select count(*) from contacts") == contacts
