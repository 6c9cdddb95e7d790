import os, socket, struct, threading, time, psycopg
from psycopg import errors as e

ENDLESS = "select count(*) from generate_series(1, 100000000000) as a(x), generate_series(1, 1000) as b(y) where x % 7 = y % 3"
c = psycopg.connect(autocommit=True)
# The client's own limit covers execution.
c.execute("set statement_timeout = '300ms'")
try:
    c.execute(ENDLESS)
    raise AssertionError("it ended")
except e.QueryCanceled as error:
    assert "statement timeout" in str(error), error
c.execute("set statement_timeout = 0")
assert c.execute("select 1").fetchone() == (1,)
# A cancel stops it, and the session goes on.
def run():
    try:
        c.execute(ENDLESS)
    except e.QueryCanceled as error:
        outcome.append(str(error))
outcome = []
thread = threading.Thread(target=run)
thread.start()
while not outcome:
    c.cancel_safe()
    thread.join(0.05)
assert "user request" in outcome[0], outcome
assert c.execute("select 2").fetchone() == (2,)
# Another session of the same user stops it in SQL, as Superset and others do; a session of somebody else does not.
other, deadline = psycopg.connect(autocommit=True), time.monotonic() + 30
while True:
    try:
        north = psycopg.connect(user="north", autocommit=True)
        break
    except psycopg.OperationalError:
        # The server looks for new users every second.
        assert time.monotonic() < deadline
        time.sleep(2)
pid = c.info.backend_pid
assert other.execute("select pid from pg_stat_activity order by pid").fetchall() == sorted([(pid,), (other.info.backend_pid,)])
assert north.execute("select count(*) from pg_stat_activity").fetchone() == (1,)
outcome = []
thread = threading.Thread(target=run)
thread.start()
while not outcome:
    assert north.execute(f"select pg_cancel_backend({pid}), pg_terminate_backend({pid})").fetchone() == (False, False)
    assert other.execute(f"select pg_cancel_backend({pid})").fetchone() == (True,)
    thread.join(0.05)
assert "user request" in outcome[0], outcome
assert c.execute("select 2").fetchone() == (2,)
# What is only planned stops nobody; a session that is ended says so, at work or not.
other.execute(f"explain select pg_terminate_backend({pid})")
assert c.execute("select 2").fetchone() == (2,)
idle = psycopg.connect(autocommit=True)
assert other.execute("select pg_terminate_backend(pg_stat_activity.pid) from pg_stat_activity where pid = %s" % f"'{idle.info.backend_pid}'").fetchall() == [(True,)]
try:
    idle.execute("select 1")
    raise AssertionError("it goes on")
except e.AdminShutdown as error:
    assert "terminating connection" in str(error), error
assert other.execute(f"select pg_terminate_backend({idle.info.backend_pid})").fetchone() == (False,)
# A cancel with a wrong secret stops nobody.
with socket.create_connection((os.environ["PGHOST"], int(os.environ["PGPORT"]))) as s:
    s.sendall(struct.pack("!IIII", 16, 80877102, c.info.backend_pid, 12345))
    assert s.recv(1) == b""
assert c.execute("select 3").fetchone() == (3,)
# A client that goes away stops its statement: the places are free again.
def ticks():
    fields = open(f"/proc/{os.environ['SERVER_PID']}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
for _ in range(10):
    gone = psycopg.connect(autocommit=True)
    gone.pgconn.send_query(ENDLESS.encode())
    while gone.pgconn.flush():
        pass
    gone.close()
deadline = time.monotonic() + 30
assert c.execute("select count(*) from contacts").fetchone()[0] > 0
while True:
    before = ticks()
    c.execute("select 1")
    time.sleep(0.2)
    if ticks() - before < 5:
        break
    assert time.monotonic() < deadline, "statements of clients that are gone go on"
