import base64, glob, http.client, json, os, re, socket, struct, threading, time, psycopg
from psycopg import errors as e

PASSWORD, WRONG = os.environ["PGPASSWORD"], "hunter2-hunter2"
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000) a(x), generate_series(1, 1000) b(y) WHERE x % 7 = y % 3"

def text():
    """Whole lines: one may be under way."""
    return open(AUDIT).read().rpartition("\n")[0]

def records(**wanted):
    """Records that have these fields."""
    every = [json.loads(line) for line in text().splitlines()]
    return [r for r in every if all(r.get(name, "missing") == value for name, value in wanted.items())]

def until(what, holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, (what, text())
        time.sleep(0.05)
    return found

def one(**wanted):
    """The one record that has these fields, once it is there."""
    found = until(wanted, lambda: records(**wanted))
    assert len(found) == 1, found
    return found[0]

def fails(work, code):
    try:
        work()
    except psycopg.Error as error:
        assert code in f"{error.sqlstate} {error}", (error.sqlstate, error)
        return
    raise AssertionError(f"it was answered, and {code} was expected")

WHEN = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
def is_whole(protocol):
    """What every record has; that they are in order; that no secret is in the file."""
    every = records()
    for r in every:
        assert WHEN.fullmatch(r["time"]) and r["protocol"] == protocol and r["connection"] >= 1, r
        assert re.fullmatch(r"127\.0\.0\.1:\d+", r["peer"]) and isinstance(r["tls"], bool) and "user" in r, r
        assert ("pid" in r) == (protocol == "postgres"), r
    for secret in [PASSWORD, WRONG, base64.b64encode(f"anna:{PASSWORD}".encode()).decode(), base64.b64encode(f"anna:{WRONG}".encode()).decode(), "a bound value"]:
        assert secret not in text(), secret
    return every
