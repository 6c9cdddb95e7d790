# Two hundred clients at once, then all places taken by questions without an end: who comes next still gets in, and can stop them.
import concurrent.futures, os, threading, psycopg
from psycopg import errors as e

def client(number):
    with psycopg.connect(autocommit=True, connect_timeout=120) as c:
        together.wait()
        c.execute("SET application_name = %s" % f"'client {number}'")
        total = c.execute("SELECT count(*) FROM contacts WHERE channel = 'voice'").fetchone()[0]
        assert c.execute("SHOW application_name").fetchone() == (f"client {number}",)
        return total
together = threading.Barrier(200)
with concurrent.futures.ThreadPoolExecutor(200) as pool:
    totals = set(pool.map(client, range(200)))
assert len(totals) == 1 and totals.pop() > 0

ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000) a(x), generate_series(1, 1000) b(y) WHERE x % 7 = y % 3"
stuck = [psycopg.connect(autocommit=True) for _ in range(6)]
outcomes = []
def ask(c):
    try:
        c.execute(ENDLESS)
    except e.QueryCanceled as error:
        outcomes.append(error.sqlstate)
threads = [threading.Thread(target=ask, args=(c,)) for c in stuck]
for thread in threads:
    thread.start()
# There are two places (--questions 2): the other four wait, and this one is let in all the same.
with psycopg.connect(autocommit=True) as c:
    assert c.execute("SHOW server_version").fetchone()
    while len(outcomes) < 6:
        for waiting in stuck:
            waiting.cancel_safe()
        for thread in threads:
            thread.join(0.05)
    assert c.execute("SELECT 1").fetchone() == (1,)
assert outcomes == ["57014"] * 6, outcomes
