# Logins that are not good: why, as the operator may know it.
def refused(reason, code, user="anna", **how):
    fails(lambda: psycopg.connect(user=user, **how), reason if code is None else code)
for reason, user, how, words in [
    ("wrong password", "anna", {"password": WRONG}, "password authentication failed"),
    ("no such user", WRONG, {}, "password authentication failed"),
    ("a role, which nobody logs in as", "night", {}, "password authentication failed"),
    ('database "..." does not exist', "anna", {"dbname": WRONG}, "does not exist"),
    ('invalid value for parameter "..."', "anna", {"options": f"-c timezone={WRONG}"}, "invalid value"),
]:
    fails(lambda: psycopg.connect(user=user, application_name="door", **how), words)
    r = one(event="login", outcome="refused", reason=reason)
    # A name that nobody has may be a password.
    assert r["user"] == (None if user == WRONG else user) and r["how"] == "scram" and r["application_name"] == "door", r
assert one(event="login", reason="wrong password")["sqlstate"] == "28P01"

with psycopg.connect(autocommit=True, application_name="first") as c:
    login = one(event="login", outcome="accepted")
    assert (login["user"], login["application_name"], login["pid"], login["tls"]) == ("anna", "first", c.info.backend_pid, False), login
    # Answers, in all the ways to ask.
    c.execute("SELECT contact_id FROM contacts ORDER BY 1 LIMIT 3")
    r = one(event="question", statement="SELECT contact_id FROM contacts ORDER BY 1 LIMIT 3")
    assert (r["outcome"], r["rows"], r["tables"], r["statement_bytes"]) == ("ok", 3, ["public.contacts"], 50) and r["bytes"] > 30, r
    assert 0 < r["wait_seconds"] <= r["seconds"] < 60 and "sqlstate" not in r and r["connection"] == login["connection"], r
    c.execute("SET application_name = 'second'")
    c.execute("SELECT channel FROM kpi.contacts k WHERE channel = %s AND first_queue IN (SELECT queue FROM queue_stints)", ("a bound value",))
    r = one(statement="SELECT channel FROM kpi.contacts k WHERE channel = $1 AND first_queue IN (SELECT queue FROM queue_stints)")
    assert (r["event"], r["rows"], r["tables"], r["application_name"]) == ("question", 0, ["kpi.contacts", "public.queue_stints"], "second"), r
    with c.cursor().copy("COPY (SELECT 1 AS copied FROM contacts LIMIT 7) TO STDOUT") as copy:
        rows = list(copy)
    r = one(event="question", statement="COPY (SELECT 1 AS copied FROM contacts LIMIT 7) TO STDOUT")
    assert (r["rows"], r["bytes"], r["outcome"]) == (7, sum(len(row) + 5 for row in rows), "ok"), r
    c.execute("PREPARE q AS SELECT 'prepared', $1::text")
    c.execute("EXECUTE q('a bound value')")
    assert one(event="question", statement="PREPARE q AS SELECT 'prepared', $1::text")["rows"] == 1
    # A cursor of which the client took a part.
    c.execute("BEGIN")
    c.execute("DECLARE part CURSOR FOR SELECT x FROM generate_series(1, 1000000) a(x)")
    c.execute("FETCH 5 FROM part")
    c.execute("CLOSE part")
    c.execute("COMMIT")
    r = one(event="question", statement="DECLARE part CURSOR FOR SELECT x FROM generate_series(1, 1000000) a(x)")
    assert (r["outcome"], r["rows"], r["tables"]) == ("closed", 5, []), r
    # Refusals: the statement, and what the client was told; no secret, and no value.
    for sql, code in [("DELETE FROM contacts", "25006"), ("SELECT * FROM nothing", "42P01"), ("SELEC 1", "42601")]:
        fails(lambda: c.execute(sql), code)
        r = one(event="refused", statement=sql)
        assert r["sqlstate"] == code and r["message"], r
    fails(lambda: c.execute(f"ALTER USER anna PASSWORD '{WRONG}'"), "25006")
    r = one(event="refused", sqlstate="25006", statement="ALTER USER anna PASSWORD [left out]")
    assert r["message"] is None, r
    fails(lambda: c.execute("SELECT %s::bigint + 1", ("a bound value",)), "22P02")
    assert one(statement="SELECT $1::bigint + 1")["event"] in ("refused", "question")
    fails(lambda: c.execute("SELECT 1 / (count(*) - count(*)) FROM contacts"), "22012")
    r = one(statement="SELECT 1 / (count(*) - count(*)) FROM contacts")
    assert (r["event"], r["outcome"], r["sqlstate"]) == ("question", "error", "22012"), r
    # A view is made, and read: what it is made of is what was read.
    c.execute("CREATE VIEW reports.voice AS SELECT contact_id FROM contacts WHERE channel = 'voice'")
    assert one(event="changed")["statement"] == "CREATE VIEW reports.voice AS SELECT contact_id FROM contacts WHERE channel = 'voice'"
    c.execute("SELECT count(*) FROM reports.voice")
    assert one(statement="SELECT count(*) FROM reports.voice")["tables"] == ["public.contacts"]
    fails(lambda: c.execute("DROP VIEW reports.nothing"), "42P01")
    assert one(event="refused", statement="DROP VIEW reports.nothing")["sqlstate"] == "42P01"
    # A long statement is cut, between two characters.
    c.execute("SELECT '" + "ß" * 20_000 + "'")
    r = until("cut", lambda: [r for r in records(event="question", rows=1) if "ßß" in r["statement"]])[0]
    assert r["statement_bytes"] == 40_009 and len(r["statement"].encode()) in (16 * 1024, 16 * 1024 - 1), r
    # Time, cancel, end of the session.
    c.execute("SET statement_timeout = '300ms'")
    fails(lambda: c.execute(ENDLESS), "57014")
    r = one(event="question", outcome="timed_out")
    assert (r["statement"], r["sqlstate"], r["rows"]) == (ENDLESS, "57014", 0) and 0.3 <= r["seconds"] < 60, r
    c.execute("SET statement_timeout = 0")
    thread = threading.Thread(target=lambda: fails(lambda: c.execute(ENDLESS + " AND 1 = 1"), "57014"))
    thread.start()
    while thread.is_alive():
        c.cancel_safe()
        thread.join(0.05)
    assert one(event="question", outcome="cancelled")["sqlstate"] == "57014"
logout = one(event="logout", connection=login["connection"])
answered = records(event="question", connection=login["connection"])
assert logout["questions"] == len(answered) and logout["seconds"] >= max(r["seconds"] for r in answered), (logout, answered)
# A client that is gone in the middle, and its login with it.
gone = psycopg.connect(autocommit=True, user="north")
gone.pgconn.send_query(ENDLESS.encode())
while gone.pgconn.flush():
    pass
until("it is asked", lambda: records(event="login", user="north"))
gone.close()
r = one(event="question", outcome="client_gone")
assert (r["user"], r["sqlstate"]) == ("north", "08006"), r
assert one(event="logout", user="north")["questions"] == 1
# More than there is room for.
crowd = [psycopg.connect() for _ in range(4)]
fails(lambda: psycopg.connect(user="north"), "too many clients")
assert one(event="login", outcome="refused", sqlstate="53300")["user"] == "north"
[c.close() for c in crowd]
# Who guesses is told to wait.
for _ in range(12):
    fails(lambda: psycopg.connect(password=WRONG), "")
assert until("throttled", lambda: records(event="login", reason="too many logins failed"))
every = is_whole("postgres")
assert [r["time"] for r in every] == sorted(r["time"] for r in every)
assert not [r for r in every if "statement_timeout" in str(r) or "COMMIT" in str(r)], "settings and transactions are nobody's business"
assert os.stat(AUDIT).st_mode & 0o777 == 0o600
