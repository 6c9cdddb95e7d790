# psql itself, the program: what it shows for its commands, and what it does with statements.
import os, subprocess
PSQL = os.path.join(os.environ["TOOLS"], "postgresql/pgserver/pginstall/bin/psql")

def psql(*commands, fails=False, stdin=None, options=()):
    line = [PSQL, "-X", *options, *[word for command in commands for word in ("-c", command)]]
    ran = subprocess.run(line, input=stdin, capture_output=True, text=True, env={**os.environ, "PAGER": "cat"}, timeout=300)
    said = ran.stdout + ran.stderr
    assert (ran.returncode != 0) == fails, (commands, ran.returncode, said)
    assert fails or "ERROR" not in said, (commands, said)
    return said

# What there is, with its words.
for command, words in {
    r"\conninfo": ['database "trunkline" as user "anna"'],
    r"\l": ["trunkline", "UTF8", "(1 row)"],
    r"\dn+": ["bi ", "kpi ", "public ", "The facts as MEASURE() reads them."],
    r"\dt": ["contacts", "queue_stints", "table"],
    r"\dt+ public.contacts": ["One row per contact", "(1 row)"],
    r"\dv kpi.*": ["agent_time", "view", "(1 row)"],
    r"\dv+ bi.*": ["kpi_daily", "with friendly names"],
    r"\d contacts": ["contact_id", "not null", "timestamp with time zone", '"contacts_pkey" PRIMARY KEY, btree (source, contact_id)'],
    r"\d+ kpi.queue_stints": ["wait_ms", "Storage", "Description"],
    r"\d bi.kpi_daily": ['View "bi.kpi_daily"', "service_level"],
    r"\di": ["contacts_pkey", "index", "contacts"],
    r"\du": ["anna", "Cannot login"],
    r"\dp contacts": ["anna=r/trunkline"],
    r"\z contacts": ["anna=r/trunkline"],
    r"\db": ["pg_default"],
    r"\dA": ["btree"],
    r"\df to_char": ["pg_catalog", "to_char", "timestamp with time zone, text", "func"],
    r"\df local_*": ["local_bucket", "timestamp with time zone, text, text", "local_date", "| date "],
    r"\df generate_series": ["SETOF bigint", "bigint, bigint, bigint"],
    r"\da avg": ["pg_catalog", "avg"],
    r"\dconfig TimeZone": ["UTC", "(1 row)"],
    r"\sv kpi.agent_time": ["CREATE OR REPLACE VIEW kpi.agent_time AS", "SELECT agent_id"],
    r"\encoding": ["UTF8"],
}.items():
    said = psql(command)
    assert all(word in said for word in words), (command, said)
# What there is none of is an empty list, not an error.
for command in r"\ds \dm \dE \do \dT \dD \dC \dc \dx \dy \dF \dFd \dFp \dFt \dL \ddp \drds \dAc \dAf \dAo \dAp \dP \dRp \dRs \des \dew \deu \det \dO \dl \dX \dd".split():
    said = psql(command)
    assert "(0 rows)" in said or "Did not find any" in said, (command, said)
assert "Did not find any relation named \"nothing\"" in psql(r"\d nothing", fails=True)

# Statements, in the ways psql sends them.
assert psql("SELECT count(*) > 0 AS is_full FROM contacts", options=["-At"]).strip() == "t"
assert psql(stdin="SELECT 1 AS a, NULL AS b \\gx\n\\pset null none\nSELECT $1::int + $2::int AS c \\bind 20 22 \\g\nSELECT 7 AS seven \\gset\n\\echo :seven\n", options=["-At"]).split() == ["a|1", "b|", "Null", "display", "is", '"none".', "42", "7"]
said = psql(stdin="SELECT contact_id, wait_ms FROM queue_stints \\gdesc\n")
assert "contact_id | text" in said and "wait_ms    | bigint" in said, said
assert psql(r"\copy (SELECT 1, 'a,b', NULL) TO STDOUT (FORMAT csv)").strip() == '1,"a,b",'
said = psql(stdin="\\set FETCH_COUNT 10\nSELECT contact_id FROM contacts ORDER BY 1;\n", options=["-At"])
assert len(said.split()) == int(psql("SELECT count(*) FROM contacts", options=["-At"])), said[-200:]
said = psql(stdin="SELECT channel, direction, count(*) FROM contacts GROUP BY 1, 2 \\crosstabview\n")
assert "channel" in said and "inbound" in said, said
assert psql(stdin="SELECT 'SELECT ' || x FROM generate_series(1, 2) a(x) \\gexec\n", options=["-At"]).split() == ["1", "2"]

# Mistakes: place, hint, and the session goes on; an error ends a transaction as it must.
said = subprocess.run([PSQL, "-XAt"], input="SELECT qeue FROM queue_stints;\nSELECT 'goes on';\n", capture_output=True, text=True).stdout
assert "goes on" in said, said
said = psql("SELECT qeue FROM queue_stints", fails=True)
assert 'column "qeue"' in said and "LINE 1: SELECT qeue" in said and "HINT" in said, said
said = psql("DROP TABLE contacts", fails=True)
assert "cannot execute DROP TABLE" in said, said
said = subprocess.run([PSQL, "-XAt", "--set", "ON_ERROR_ROLLBACK=on"], input="BEGIN;\nSELECT nosuch(1);\nSELECT 'saved';\nCOMMIT;\n", capture_output=True, text=True).stdout
assert said.split() == ["BEGIN", "saved", "COMMIT"], said
