import time, psycopg

c = psycopg.connect(autocommit=True)
deadline = time.monotonic() + 60
while c.execute("select count(*) from contacts").fetchone()[0] < 50:
    assert time.monotonic() < deadline, c.execute("select * from ops.balance").fetchall()
    time.sleep(0.2)
assert c.execute("select sum(received) > 500, sum(abs(difference)) from ops.balance").fetchone() == (True, 0)
