import os, time, psycopg

reader, fixed = psycopg.connect(autocommit=True), psycopg.connect()
count = "select count(*) from events"
before = reader.execute(count).fetchone()[0]
assert fixed.execute(count).fetchone()[0] == before
prepared = reader.execute(count, prepare=True).fetchone()[0]
os.makedirs(MORE)
run = lambda *line: subprocess.run([TRUNKLINE, "--lake", LAKE, *line], cwd=MORE, check=True, capture_output=True)
run("simulate", "--contacts", "100", "--days", "1", "--seed", "9", "--out", "more.jsonl")
run("ingest", "more.jsonl", "--connector", "cloudevents", "--source", "more")
deadline = time.monotonic() + 30
while reader.execute(count, prepare=True).fetchone()[0] == before:
    assert time.monotonic() < deadline, "new commits are never seen"
    time.sleep(0.1)
assert fixed.execute(count).fetchone()[0] == before
fixed.rollback()
assert fixed.execute(count).fetchone()[0] > before
