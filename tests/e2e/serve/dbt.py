import json, os, pathlib, tempfile
import psycopg
from psycopg import errors as e

os.environ.update(DBT_SEND_ANONYMOUS_USAGE_STATS="false", DO_NOT_TRACK="1")
folder = pathlib.Path(tempfile.mkdtemp())
profile = "{type: postgres, host: %(PGHOST)s, port: %(PGPORT)s, user: anna, password: %(PGPASSWORD)s, dbname: trunkline, threads: 2, " % os.environ
docs = """version: 2
models:
  - name: queues
    description: One row per queue's "KPIs".
    columns: [{name: queue, description: It's the name., data_tests: [not_null]}, {name: offered, description: Stints.}]
"""
files = {
    "dbt_project.yml": "name: centre\nversion: 1.0.0\nprofile: trunkline\nmodels: {centre: {+persist_docs: {relation: true, columns: true}}}\n",
    "profiles.yml": "trunkline: {target: lake, outputs: {lake: %sschema: reports}, elsewhere: %sschema: marts}}}\n" % (profile, profile),
    "models/sources.yml": "version: 2\nsources:\n  - {name: kpi, tables: [{name: queue_stints}]}\n  - name: public\n    tables: [{name: contacts, columns: [{name: contact_id, data_tests: [not_null]}]}]\n",
    "models/docs.yml": docs,
    "models/by_queue.sql": "{{ config(materialized='ephemeral') }} SELECT queue, MEASURE(offered) AS offered, MEASURE(service_level) AS service_level FROM {{ source('kpi', 'queue_stints') }} GROUP BY 1",
    # A view is what dbt makes unless it is told otherwise.
    "models/queues.sql": "SELECT * FROM {{ ref('by_queue') }}",
    "models/busy.sql": "WITH queues AS (SELECT * FROM {{ ref('queues') }}) SELECT queue, offered FROM queues WHERE offered > 1",
    "models/a_table.sql": "{{ config(materialized='table') }} SELECT * FROM {{ ref('by_queue') }}",
    "analyses/busiest.sql": "SELECT queue, offered FROM {{ ref('by_queue') }} ORDER BY offered DESC",
}
for name, text in files.items():
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
os.chdir(folder)

from dbt.cli.main import dbtRunner

dbt = dbtRunner()
def run(*command):
    return dbt.invoke([*command, "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"])

def said(made):
    return {result.node.name: result.message for result in made.result.results}

assert run("debug").success
# An analysis over an ephemeral model gives rows.
shown = run("show", "--select", "busiest", "--limit", "50")
assert shown.success, shown.exception
rows = [dict(zip(shown.result.results[0].agate_table.column_names, row.values())) for row in shown.result.results[0].agate_table.rows]
assert {row["queue"] for row in rows} >= {"sales", "support"} and rows[0]["offered"] >= rows[-1]["offered"] > 0, rows

# Views work the first time and again; a table is refused, and the reason reaches its author.
c = psycopg.connect(autocommit=True)
for again in range(3):
    made = run("run")
    assert not made.success and {name for name, message in said(made).items() if message == "CREATE VIEW"} == {"queues", "busy"}, said(made)
    assert "cannot execute CREATE TABLE: this server only answers questions" in said(made)["a_table"], said(made)
    assert "CREATE VIEW reports.name AS SELECT" in said(made)["a_table"], said(made)
    assert c.execute("select viewname from pg_views where schemaname = 'reports' order by 1").fetchall() == [("busy",), ("queues",)]
    assert c.execute("select * from reports.busy order by queue").fetchall() == c.execute("select queue, offered from reports.queues order by queue").fetchall()
    if again == 0:
        (folder / "models/queues.sql").write_text("SELECT *, 1 AS more FROM {{ ref('by_queue') }}")
    if again == 1:
        # One alone is replaced, and what reads it stays.
        assert run("run", "--select", "queues").success
        assert c.execute("select count(*), sum(more) from reports.queues").fetchone()[0] == c.execute("select count(*) from reports.busy").fetchone()[0]
tested = run("test")
assert tested.success and len(tested.result.results) == 2, tested.result
# The catalogue of the documentation: types, comments, which is a table.
assert run("docs", "generate").success
catalog = json.loads((folder / "target/catalog.json").read_text())
described = catalog["sources"]["source.centre.public.contacts"]
assert described["metadata"]["type"] == "BASE TABLE" and described["metadata"]["comment"].startswith("One row per contact"), described["metadata"]
assert described["columns"]["started_at"]["type"] == "timestamp with time zone" and described["columns"]["started_at"]["comment"], described["columns"]["started_at"]
described = catalog["nodes"]["model.centre.queues"]
assert described["metadata"]["type"] == "VIEW" and described["metadata"]["comment"] == 'One row per queue\'s "KPIs".', described["metadata"]
columns = {name: (column["type"], column["comment"]) for name, column in described["columns"].items()}
assert columns == {"queue": ("text", "It's the name."), "offered": ("bigint", "Stints."), "service_level": ("double precision", None), "more": ("bigint", None)}, columns
# A schema that nobody gave is not made, and it is said how to get one.
refused = run("run", "--target", "elsewhere", "--select", "queues")
assert not refused.success and "trunkline user grant anna --views SCHEMA" in str(refused.exception or said(refused)), (refused.exception, refused.result)

# Whoever reads a view sees what he would see without it.
north = psycopg.connect(user="north", autocommit=True)
assert north.execute("select queue, offered from reports.busy").fetchall() == c.execute("select queue, offered from reports.queues where queue = 'sales'").fetchall()
assert north.execute("select table_name, table_type from information_schema.tables where table_schema = 'reports' order by 1").fetchall() == [("busy", "VIEW"), ("queues", "VIEW")]
blind = psycopg.connect(user="blind", autocommit=True)
try:
    blind.execute("select * from reports.queues")
    raise AssertionError("a view gave a right")
except e.UndefinedTable as refused:
    assert 'view "reports.queues" cannot be read: there is no table "kpi.queue_stints"' in str(refused), refused
assert len(blind.execute("select column_name from information_schema.columns where table_schema = 'reports' and table_name = 'queues'").fetchall()) == 4
