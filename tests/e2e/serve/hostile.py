# A stranger with a login tries what strangers try. Each statement ends in the refusal it should, the server stays what it was, and nothing is told that is not his.
import os, time, psycopg
from psycopg import errors as e

def memory_mib():
    status = open(f"/proc/{os.environ['SERVER_PID']}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024

c = psycopg.connect(user="north", autocommit=True)

READ_ONLY, DENIED, MISSING, UNKNOWN, SYNTAX = "25006", "42501", "42P01", "42883", "42601"
LIMIT, MEMORY, TIME, UNSUPPORTED, PARAMETER = "54", "53200", "57014", "0A000", "42704"
refused = {
    # Files and the machine.
    "COPY contacts TO '/tmp/trunkline-hostile'": (DENIED, UNSUPPORTED),
    "COPY (SELECT 1) TO PROGRAM 'id'": (DENIED, UNSUPPORTED),
    "COPY contacts FROM '/etc/passwd'": (READ_ONLY, DENIED, UNSUPPORTED),
    "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'": (READ_ONLY, SYNTAX),
    "SELECT * FROM '/etc/passwd'": (MISSING, SYNTAX),
    'SELECT * FROM "/etc/passwd"': (MISSING,),
    'SELECT * FROM "file:///etc/passwd"': (MISSING,),
    "SELECT * FROM read_csv('/etc/passwd')": (UNKNOWN, MISSING),
    "SELECT * FROM read_parquet('/etc/passwd')": (UNKNOWN, MISSING),
    "SELECT * FROM parquet_metadata('contacts/x.parquet')": (UNKNOWN, MISSING),
    "SELECT pg_read_file('/etc/passwd')": (UNKNOWN,),
    "SELECT pg_ls_dir('/')": (UNKNOWN,),
    "SELECT lo_import('/etc/passwd')": (UNKNOWN,),
    "SELECT input_file_name() FROM contacts": (UNKNOWN,),
    "SELECT file_row_index() FROM contacts": (UNKNOWN,),
    "LOAD 'x'": (READ_ONLY, UNSUPPORTED, SYNTAX),
    "DO $$ BEGIN END $$": (READ_ONLY, UNSUPPORTED, SYNTAX),
    # Changes, open and hidden.
    "INSERT INTO contacts SELECT * FROM contacts": (READ_ONLY,),
    "UPDATE contacts SET channel = 'x'": (READ_ONLY,),
    "DELETE FROM contacts": (READ_ONLY,),
    "TRUNCATE contacts": (READ_ONLY,),
    "DROP TABLE contacts": (READ_ONLY,),
    "CREATE TABLE x AS SELECT 1": (READ_ONLY,),
    "CREATE VIEW x AS SELECT 1": (READ_ONLY,),
    "CREATE SCHEMA x": (READ_ONLY,),
    "CREATE FUNCTION f() RETURNS INT LANGUAGE SQL AS 'SELECT 1'": (READ_ONLY, SYNTAX),
    "SELECT 1 INTO x": (READ_ONLY,),
    "WITH x AS (INSERT INTO contacts SELECT * FROM contacts RETURNING *) SELECT * FROM x": (READ_ONLY, SYNTAX),
    "EXPLAIN DELETE FROM contacts": (READ_ONLY, UNSUPPORTED),
    "EXPLAIN ANALYZE SELECT * FROM contacts": (UNSUPPORTED,),
    "EXPLAIN VERBOSE SELECT * FROM contacts": (UNSUPPORTED,),
    "PREPARE x AS DELETE FROM contacts": (READ_ONLY, UNSUPPORTED),
    "DECLARE x CURSOR FOR DELETE FROM contacts": (READ_ONLY, UNSUPPORTED, SYNTAX),
    "GRANT ALL ON contacts TO north": (READ_ONLY, SYNTAX),
    "ALTER USER north SUPERUSER": (READ_ONLY, SYNTAX),
    "VACUUM": (READ_ONLY, SYNTAX),
    "CALL x()": (READ_ONLY,),
    # Settings of the server and of others.
    "SET datafusion.runtime.memory_limit = '100G'": (PARAMETER,),
    "SET datafusion.execution.batch_size = 1": (PARAMETER,),
    "SHOW datafusion.execution.batch_size": (PARAMETER,),
    "SET ROLE anna": (DENIED, PARAMETER, UNSUPPORTED, READ_ONLY),
    "SET SESSION AUTHORIZATION anna": (DENIED, PARAMETER, UNSUPPORTED, READ_ONLY, "55P02", SYNTAX),
    "SELECT * FROM information_schema.df_settings": (MISSING,),
    # What is not his, by every name it could have.
    "SELECT * FROM events": (MISSING,),
    "SELECT * FROM trunkline.public.events": (MISSING,),
    "SELECT * FROM kpi.contacts": (MISSING, "3F000"),
    "SELECT * FROM bi.contacts": (MISSING, "3F000"),
    "SELECT * FROM ops.files": (MISSING, "3F000"),
    "SELECT * FROM rejected_records": (MISSING,),
    "SELECT * FROM kpi('asa')": (MISSING, UNKNOWN, SYNTAX, "3F000", "42703"),
    "SELECT MEASURE(asa) FROM kpi.agent_legs": (MISSING, "3F000", "42703", "42000"),
    # Too much of something.
    "SELECT repeat('x', 1000000000)": (LIMIT, MEMORY),
    "SELECT count(repeat(contact_id, 100000)) FROM contacts": (LIMIT, MEMORY),
    "SELECT lpad('x', 2000000000)": (LIMIT, MEMORY),
    "SELECT array_repeat(1, 2000000000)": (LIMIT, MEMORY),
    "SELECT generate_series(1, 2000000000)": (LIMIT, MEMORY),
    "SELECT range(0, 9000000000000000000)": (LIMIT, MEMORY, "22003"),
    "SELECT count(*) FROM generate_series(1, 9000000000000000000) a(x) WHERE x % 7 = 8": (TIME,),
    "SELECT count(*) FROM generate_series(1, 10000000) a(x), generate_series(1, 10000000) b(y) WHERE x + y = 0": (TIME,),
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r": (TIME, MEMORY, UNSUPPORTED),
    "SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000000)": (TIME, MEMORY, LIMIT),
    "SELECT array_agg(x) FROM generate_series(1, 1000000000) a(x)": (TIME, MEMORY, LIMIT),
    "SELECT x, count(*) FROM generate_series(1, 1000000000) a(x) GROUP BY x ORDER BY 2": (TIME, MEMORY, LIMIT),
    "SELECT x FROM generate_series(1, 1000000000) a(x) ORDER BY x % 1000003, x": (TIME, MEMORY, LIMIT),
    "SELECT count(*) FROM contacts WHERE contact_id IN (" + ",".join(f"'{i}'" for i in range(60_000)) + ")": (LIMIT,),
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000: (LIMIT,),
    "SELECT " + "-" * 5_000 + "1": (LIMIT, SYNTAX),
    "SELECT " + " + ".join(["1"] * 100_000): (LIMIT,),
    "SELECT count(*) FROM contacts WHERE " + " OR ".join(["channel = 'x'"] * 30_000): (LIMIT,),
    " UNION ALL ".join(["SELECT 1"] * 30_000): (LIMIT,),
    "SELECT " + "abs(" * 3_000 + "1" + ")" * 3_000: (LIMIT,),
    "SELECT * FROM (" * 500 + "SELECT 1" + ") x" * 500: (LIMIT, SYNTAX),
    "SELECT 1 -- " + "x" * (2 << 20): (LIMIT,),
}
before = memory_mib()
for sql, codes in refused.items():
    # What can only end by its time gets little of it; a busy machine may take long to read the rest.
    c.execute("set statement_timeout = '4s'" if TIME in codes else "set statement_timeout = '120s'")
    try:
        found = c.execute(sql).fetchmany(3)
        raise AssertionError(f"{sql[:100]} was answered: {str(found)[:200]}")
    except psycopg.Error as error:
        assert error.sqlstate and any(error.sqlstate.startswith(code) for code in codes), (sql[:100], error.sqlstate, str(error)[:300])
        text = f"{error.diag.message_primary} {error.diag.message_detail} {error.diag.message_hint}"
        assert "/lake" not in text and ".parquet" not in text and "DataFusion" not in text and "panick" not in text, (sql[:100], text[:500])
        assert "agent_legs" not in text or "agent_legs" in sql, (sql[:100], text[:500])
    c.execute("set statement_timeout = 0")
    assert c.execute("select 1").fetchone() == (1,), sql[:100]
# What is odd and harmless has an answer.
for sql in ["SELECT " + " + ".join(["1"] * 700), "SELECT count(*) FROM contacts WHERE " + " OR ".join(["channel = 'x'"] * 500), " UNION ALL ".join(["SELECT 1"] * 100), "SELECT regexp_replace(repeat('a', 30), '(a+)+$', 'x')", "SELECT power(10, 300) * power(10, 300)", "SELECT " + ", ".join(["1"] * 1_600), "SELECT '" + "x" * 500_000 + "'"]:
    assert c.execute(sql).fetchone(), sql[:100]
assert not os.path.exists("/tmp/trunkline-hostile")
grown = memory_mib() - before
assert grown < 1200, f"{grown} MiB more at the worst moment, with 256 MiB for questions"
