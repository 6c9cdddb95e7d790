fails(lambda: psycopg.connect(sslmode="disable"), "TLS only")
r = one(event="login", outcome="refused", tls=False)
assert (r["user"], r["reason"]) == ("anna", "this server is spoken to over TLS only"), r
psycopg.connect(sslmode="require").close()
assert one(event="login", outcome="accepted")["tls"] is True and one(event="logout")["tls"] is True
# Names that nobody has are shown where the operator wants them, cut and harmless.
fails(lambda: psycopg.connect(sslmode="require", user='eve "the\nguesser" ' + "x" * 500), "")
r = one(event="login", reason="no such user")
assert r["user"].startswith('eve "the\nguesser" xxx') and len(r["user"]) == 128, r
