import csv, io, re, tempfile, zipfile, duckdb

ANNA = begin()
# JSON: names and types of the columns, rows in their order, parameters, the zone.
said = json.loads(sql("select $1::bigint as n, $2 as t, 0.5::double as f, null as nothing, $3 as yes, timestamptz '2026-01-05 10:00:00Z' as at",
                      params=[5, "ä\"", True], zone="Europe/Madrid")[2])
assert [c["name"] for c in said["columns"]] == ["n", "t", "f", "nothing", "yes", "at"], said
assert [c["type"] for c in said["columns"]][:3] == ["bigint", "text", "double precision"], said
assert said["rows"] == [[5, "ä\"", 0.5, None, True, "2026-01-05T11:00:00+01:00"]] and said["row_count"] == 1, said
assert json.loads(sql("select contact_id from contacts limit 0")[2])["rows"] == []
# A bare statement is one too.
status, headers, body = ask("POST", "/api/sql?zone=Asia%2FTokyo", "select timestamptz '2026-01-05 10:00:00Z' as at", content_type="text/plain", accept="text/csv")
assert (status, body) == (200, b"at\n2026-01-05T19:00:00+09:00\n"), body
assert headers["cache-control"] == "no-store" and headers["content-type"].startswith("text/csv"), headers
# Every form holds the same.
question = "select contact_id, channel, started_at from contacts order by contact_id"
ids = [row[0] for row in rows(question)]
assert len(ids) >= 400 and len(ids) == rows("select count(*) from contacts")[0][0], len(ids)
body = sql(question, "text/csv")[2].decode()
assert [row["contact_id"] for row in csv.DictReader(io.StringIO(body))] == ids
body = sql(question, "application/x-ndjson")[2].decode()
assert [json.loads(line)["contact_id"] for line in body.splitlines()] == ids
body = sql(question, "application/vnd.apache.arrow.stream")[2]
assert body[:4] == b"\xff\xff\xff\xff" and body[-8:] == b"\xff\xff\xff\xff\0\0\0\0" and ids[0].encode() in body

# The library: the same rows in every form, by the day of the zone that is asked for.
period = "from=2000-01-01&to=2100-01-01&zone=Europe%2FMadrid"
def report(ending, more=""):
    status, headers, body = ask("GET", f"/api/queries/daily_queue_summary.{ending}?{period}{more}")
    assert status == 200, body
    assert headers["content-disposition"] == f'attachment; filename="daily_queue_summary.{ending}"', headers
    return body
found = json.loads(report("json"))
assert sum(row["offered"] for row in found) == rows("select count(*) from queue_stints where direction is distinct from 'outbound'")[0][0] > 0
assert [json.loads(line) for line in report("ndjson").splitlines()] == found
as_csv = list(csv.DictReader(io.StringIO(report("csv").decode())))
assert [(row["day"], row["queue"], int(row["offered"])) for row in as_csv] == [(row["day"], row["queue"] or "", row["offered"]) for row in found]
with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
    file.write(report("parquet"))
    file.flush()
    back = duckdb.sql(f"select queue, offered from '{file.name}'").fetchall()
    assert back == [(row["queue"], row["offered"]) for row in found], back
sheet = zipfile.ZipFile(io.BytesIO(report("xlsx"))).read("xl/worksheets/sheet1.xml").decode()
assert len(re.findall("<row ", sheet)) == len(found) + 1, sheet[:500]
assert report("arrow")[:6] == b"ARROW1"
queue = found[0]["queue"] or found[-1]["queue"]
one = json.loads(report("json", f"&queue={queue}"))
assert one == [row for row in found if row["queue"] == queue] != found
listed = json.loads(ask("GET", "/api/queries")[2])["queries"]
about = next(query for query in listed if query["name"] == "daily_queue_summary")
assert about["params"]["from"] == {"type": "date", "default": "-7d", "optional": False, "one_of": [], "doc": "first local day"}, about
assert "asa" in [kpi["name"] for kpi in json.loads(ask("GET", "/api/kpis")[2])]

# Errors say what, where, and what to try.
said = refused(sql("select qeue from queue_stints"), 400, "42703", "qeue")
assert said["position"] == 8 and "queue" in said["hint"], said
refused(sql("selec 1"), 400, "42601")
refused(sql("select 1; select 2"), 400, "one question")
refused(sql("drop table contacts"), 403, "25006")
refused(sql("select 1/0"), 400, "22012", "division by zero", "NULLIF")
refused(sql("select avg(wait_ms) / sum(0) from queue_stints"), 400, "22012", "NULLIF")
refused(sql("select $1::bigint"), 400, "08P01")
refused(sql("select $1::bigint", params=["five"]), 400, "22P02", "$1")
refused(sql("select 1", zone="Mars/Olympus"), 400, "22023")
refused(sql("select 1", "text/html"), 406, "text/csv")
refused(sql("select 1", nosuch=1), 400, "nosuch")
refused(ask("POST", "/api/sql", "select 1", content_type="image/png"), 415, "application/json")
refused(ask("GET", "/api/queries/daily_queue_sumary.csv"), 404, "daily_queue_summary")
refused(ask("GET", "/api/queries/daily_queue_summary.exe"), 404, "xlsx")
refused(ask("GET", "/api/queries/daily_queue_summary.csv?frm=x"), 400, "frm")
refused(ask("GET", "/api/queries/daily_queue_summary.csv?from=someday"), 400, "someday", "yesterday")
refused(ask("GET", "/api/sql"), 405)
refused(ask("GET", "/api/nothing"), 404)
# What is too large is refused before it is read.
c = connection()
c.putrequest("POST", "/api/sql")
for name, value in [("authorization", ANNA), ("content-length", str(1 << 30))]:
    c.putheader(name, value)
c.endheaders()
assert c.getresponse().status == 413
# Who sends all of it before reading comes to the answer too, and the connection stays.
c = connection()
for body, status in [(" " * (17 << 20), 413), ("select 1", 200)]:
    c.request("POST", "/api/sql", body, {"authorization": ANNA})
    answer = c.getresponse()
    assert answer.status == status, answer.read()
    answer.read()
# Without chunks nobody could tell an answer that broke off.
with socket.create_connection(("127.0.0.1", PORT)) as s:
    s.sendall(f"GET /api/queries HTTP/1.0\r\nauthorization: {ANNA}\r\n\r\n".encode())
    assert b" 505 " in s.makefile("rb").readline()
# For whoever watches: no login, no data.
assert ask("GET", "/livez", login=None)[::2] == (200, b"ok\n")
assert ask("GET", "/readyz", login=None)[::2] == (200, b"ok\n")
assert meter('trunkline_serve_questions_total{protocol="http",outcome="answered"}') > 10
assert meter('trunkline_serve_questions_total{protocol="http",outcome="refused"}') > 5
assert meter("trunkline_serve_newest_event_timestamp_seconds") > 1e9 and meter("trunkline_serve_ready") == 1
assert meter("trunkline_serve_memory_limit_bytes") == 4096 << 20
