PORT = int(os.environ["HTTPPORT"])
BASIC = "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()

class Client:
    """One connection."""
    def __init__(self, login):
        self.c, self.login = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60), login

    def ask(self, method, path, body=None, **headers):
        if self.login:
            headers["authorization"] = self.login
        self.c.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.c.getresponse()
        return answer.status, answer.read()

    def sql(self, text, **more):
        return self.ask("POST", "/api/sql", json.dumps({"sql": text, **more}), content_type="application/json")

# Logins that are not good.
basic = lambda user, password: "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
for login, user, how, words in [
    (basic("anna", WRONG), "anna", "password", "wrong password"),
    (basic(WRONG, "x"), None, "password", "no such user"),
    (f"Bearer {WRONG}", None, "token", "the token is not good (any more)"),
    (f"{WRONG} {WRONG}", None, "password", "the authorization is neither Basic nor Bearer"),
    (None, None, "password", "who are you?"),
]:
    assert Client(login).sql("SELECT 1")[0] == 401
    r = one(event="login", outcome="refused", reason=words)
    assert (r["user"], r["how"], r["sqlstate"][:2]) == (user, how, "28"), r
status, _ = Client(None).ask("POST", "/api/login", json.dumps({"user": "anna", "password": WRONG + "!"}))
assert status == 401 and until("it is told", lambda: len(records(reason="wrong password")) == 2)

# A token, and a login for a session: each connection has one record of each user.
anna = Client("Bearer " + TOKEN)
assert anna.sql("SELECT contact_id FROM contacts ORDER BY 1 LIMIT 3")[0] == 200
r = one(event="question", statement="SELECT contact_id FROM contacts ORDER BY 1 LIMIT 3")
assert (r["user"], r["outcome"], r["rows"], r["tables"], r["tls"]) == ("anna", "ok", 3, ["public.contacts"], False), r
login = one(event="login", outcome="accepted", connection=r["connection"])
assert (login["user"], login["how"]) == ("anna", "token"), login
status, body = anna.sql("SELECT channel FROM contacts WHERE channel = $1", params=["a bound value"])
assert one(event="question", statement="SELECT channel FROM contacts WHERE channel = $1")["bytes"] == len(body)
assert anna.ask("GET", "/api/queries/daily_queue_summary.csv?from=2020-01-01&to=2020-01-02")[0] == 200
r = one(event="question", query="daily_queue_summary")
assert r["outcome"] == "ok" and "SELECT" in r["statement"].upper() and r["tables"], r
assert anna.ask("GET", "/api/queries/daily_queue_summary.csv?from=a%20bound%20value")[0] == 400
r = one(event="refused", query="daily_queue_summary")
assert (r["sqlstate"], r["message"]) == ("22023", None), r
status, _ = anna.sql("SELECT CAST($1 AS bigint)", params=["a bound value"])
assert status == 400 and one(event="refused", statement="SELECT CAST($1 AS bigint)")["message"] is None
assert anna.sql("DELETE FROM contacts")[0] == 403
assert one(event="refused", statement="DELETE FROM contacts")["sqlstate"] == "25006"
assert anna.sql(ENDLESS)[0] == 504
r = one(event="question", statement=ENDLESS)
assert (r["outcome"], r["sqlstate"]) == ("timed_out", "57014") and r["seconds"] >= 3, r
assert anna.ask("GET", "/api/queries")[0] == 200
assert one(event="browsed", call="list_queries")["user"] == "anna"
anna.c.close()
logout = one(event="logout", connection=login["connection"])
assert logout["questions"] == len(records(event="question", connection=login["connection"])), logout

status, body = Client(None).ask("POST", "/api/login", json.dumps({"user": "anna", "password": PASSWORD}))
session = json.loads(body)["token"]
gone = Client("Bearer " + session)
gone.c.request("POST", "/api/sql", ENDLESS + " AND 1 = 1", {"authorization": gone.login})
until("it is asked", lambda: len(records(event="login", outcome="accepted")) == 3)
gone.c.close()
r = one(event="question", statement=ENDLESS + " AND 1 = 1")
assert r["outcome"] == "client_gone" and r["seconds"] < 3, r
for secret in [TOKEN, session]:
    assert secret not in text()
is_whole("http")
