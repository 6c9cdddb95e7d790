with psycopg.connect(autocommit=True) as c:
    asked = lambda: [r["event"] for r in records(statement="SELECT count(*) FROM contacts")]
    c.execute("SELECT count(*) FROM contacts")
    until("both", lambda: asked() == ["asked", "question"])
    r = one(event="asked")
    assert r["tables"] == ["public.contacts"] and r["user"] == "anna", r
    # Before it is answered, and though it never is.
    c.execute("SET statement_timeout = '300ms'")
    fails(lambda: c.execute(ENDLESS), "57014")
    until("both", lambda: [r["event"] for r in records(statement=ENDLESS)] == ["asked", "question"])
    # The folder of the file is gone: nothing is answered. It is back: everything is, and the file tells what is missing.
    os.makedirs(os.path.dirname(AUDIT), exist_ok=True)
    c.execute("SET statement_timeout = 0")
    os.rename(AUDIT, AUDIT + ".1")
    os.mkdir(AUDIT)
    os.remove(AUDIT + ".1")
    fails(lambda: c.execute("SELECT 1"), "58030")
    os.rmdir(AUDIT)
    assert c.execute("SELECT 2").fetchone() == (2,)
    until("it is told", lambda: records(event="question", statement="SELECT 2"))
    assert records()[0]["event"] == "lost" and records()[0]["records"] >= 1, text()
