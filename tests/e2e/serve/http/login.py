import subprocess

def trunkline(*line):
    return subprocess.run([TRUNKLINE, "--lake", LAKE, "user", *line], check=True, capture_output=True, text=True).stdout.strip()

basic = lambda name, password: "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
status_of = lambda login: sql("select 1", login=login)[0]

# Nobody, a wrong password, and a name that nobody has: one answer.
_, headers, _ = none = ask("GET", "/api/queries", login=None)
refused(none, 401, "28000")
assert [value.split()[0] for value in headers.get_all("www-authenticate")] == ["Bearer", "Basic"], headers
wrong = refused(ask("GET", "/api/queries", login=basic("anna", "wrong")), 401, "28P01")
unknown = refused(ask("GET", "/api/queries", login=basic("nobody", "wrong")), 401, "28P01")
assert json.dumps(wrong).replace("anna", "X") == json.dumps(unknown).replace("nobody", "X")
assert status_of("Bearer trunkline_AAAA") == status_of("Digest x") == 401
assert status_of(BASIC) == 200

# A session: its token is good until it is ended.
login = lambda user, password: ask("POST", "/api/login", json.dumps({"user": user, "password": password}), None)
ANNA = begin()
said = json.loads(login("anna", PASSWORD)[2])
assert said["user"] == "anna" and said["idle_seconds"] == 43200, said
session = "Bearer " + said["token"]
assert rows("select current_user", login=session) == [["anna"]]
assert ask("POST", "/api/logout", login=session)[0] == 204
assert status_of(session) == 401
refused(login("anna", "wrong"), 401, "28P01")
refused(ask("POST", "/api/login", "{}", None), 400, "password")

# A token for good, until it is dropped. The server looks every second.
text = trunkline("token", "add", "anna", "nightly", "--days", "2")
assert text.startswith("trunkline_") and text not in open(f"{LAKE}/_trunkline/users.json").read()
nightly = "Bearer " + text
until("a new token is good", lambda: status_of(nightly) == 200 or time.sleep(1))
assert rows("select current_user", login=nightly) == [["anna"]]
assert "token nightly until 20" in trunkline("list")
refused(ask("POST", "/api/logout", login=nightly), 400, "token drop anna")
assert status_of(nightly) == 200
# What is void is void at once when the file says so.
path = f"{LAKE}/_trunkline/users.json"
users = json.load(open(path))
kept = users["users"]["anna"]["tokens"][0]
good = kept["until"]
kept["until"] = "2020-01-01T00:00:00Z"
def write():
    json.dump(users, open(path + ".new", "w"))
    os.replace(path + ".new", path)
write()
until("a token ends with its time", lambda: status_of(nightly) == 401)
kept["until"] = good
write()
until("it was its time", lambda: status_of(nightly) == 200 or time.sleep(1))
trunkline("token", "drop", "anna", "nightly")
until("a dropped token is void", lambda: status_of(nightly) == 401)

# A user of few rights: through every door he sees his own rows.
north = begin("north")
voice = rows("select count(*) from contacts where channel = 'voice'")[0][0]
assert 0 < voice < rows("select count(*) from contacts")[0][0]
assert rows("select count(*), count(distinct channel), count(customer_key) from contacts", login=north) == [[voice, 1, 0]]
assert rows("select count(*) from contacts where channel <> 'voice'", login=north) == [[0]]
refused(sql("select * from events", login=north), 400, "42P01")
period = "from=2000-01-01&to=2100-01-01"
def queues(who):
    status, _, body = ask("GET", f"/api/queries/daily_queue_summary.json?{period}", login=who)
    assert status == 200, body
    return {row["queue"] for row in json.loads(body)}
assert queues(ANNA) > queues(north) == {"sales"}, (queues(ANNA), queues(north))
assert b"support" not in ask("GET", f"/api/queries/daily_queue_summary.csv?{period}", login=north)[2]
listed = [query["name"] for query in json.loads(ask("GET", "/api/queries", login=north)[2])["queries"]]
assert "daily_queue_summary" in listed and "agent_report" not in listed, listed
said = refused(ask("GET", f"/api/queries/agent_report.csv?{period}", login=north), 403, "42501")
assert "agent_" not in json.dumps(said).replace("agent_report", ""), said
refused(ask("GET", "/api/kpis", login=north), 403, "42501")

# Who guesses has to wait, even with the right password.
for _ in range(12):
    last = ask("GET", "/api/queries", login=basic("anna", "wrong"))
refused(last, 429, "too many")
assert last[1]["retry-after"] == "60", last[1]
assert status_of(BASIC) == 429
assert meter('trunkline_serve_logins_total{outcome="throttled"}') > 0
