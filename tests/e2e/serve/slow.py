# Ten million rows to a client that reads when it likes: the server holds a few batches, whatever is left.
import os, re, psycopg

def resident_mib(what="VmRSS"):
    return int(open(f"/proc/{os.environ['SERVER_PID']}/status").read().split(what + ":")[1].split()[0]) // 1024

c = psycopg.connect(autocommit=True)
# What comes before says what memory a small result needs.
for _ in c.cursor().stream("SELECT x, x * 2, 'row ' || x FROM generate_series(1, 100000) a(x)"):
    pass
before, rows, worst = resident_mib(), 0, 0
with c.cursor().copy("COPY (SELECT x, x * 2, 'row ' || x FROM generate_series(1, 10000000) a(x)) TO STDOUT") as copy:
    for piece in copy:
        rows += 1
        if rows % 500_000 == 0:
            worst = max(worst, resident_mib())
assert rows == 10_000_000, rows
assert worst - before < 100, f"{before} MiB before, {worst} MiB at most"
