import json, os, pathlib, tempfile

os.environ.update(DBT_SEND_ANONYMOUS_USAGE_STATS="false", DO_NOT_TRACK="1")
folder = pathlib.Path(tempfile.mkdtemp())
files = {
    "dbt_project.yml": "name: centre\nversion: 1.0.0\nprofile: trunkline\nmodels: {centre: {+materialized: ephemeral}}\n",
    "profiles.yml": "trunkline: {target: lake, outputs: {lake: {type: postgres, host: %(PGHOST)s, port: %(PGPORT)s, user: anna, password: %(PGPASSWORD)s, dbname: trunkline, schema: public, threads: 2}}}\n" % os.environ,
    "models/sources.yml": "version: 2\nsources:\n  - {name: kpi, tables: [{name: queue_stints}]}\n  - name: public\n    tables: [{name: contacts, columns: [{name: contact_id, data_tests: [not_null]}]}]\n",
    "models/by_queue.sql": "SELECT queue, MEASURE(offered) AS offered, MEASURE(service_level) AS service_level FROM {{ source('kpi', 'queue_stints') }} GROUP BY 1",
    "models/a_view.sql": "{{ config(materialized='view') }} SELECT * FROM {{ ref('by_queue') }}",
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

assert run("debug").success
# An analysis over an ephemeral model gives rows.
shown = run("show", "--select", "busiest", "--limit", "50")
assert shown.success, shown.exception
rows = [dict(zip(shown.result.results[0].agate_table.column_names, row.values())) for row in shown.result.results[0].agate_table.rows]
assert {row["queue"] for row in rows} >= {"sales", "support"} and rows[0]["offered"] >= rows[-1]["offered"] > 0, rows
# What would have to be stored is refused, and the reason reaches its author.
made = run("run")
said = {result.node.name: result.message for result in made.result.results}
assert not made.success and set(said) == {"a_view", "a_table"}, said
assert "cannot execute CREATE VIEW: this server only answers questions" in said["a_view"], said
assert "cannot execute CREATE TABLE: this server only answers questions" in said["a_table"], said
tested = run("test")
assert tested.success and len(tested.result.results) == 1, tested.result
# The catalogue of the documentation: types, comments, which is a table.
assert run("docs", "generate").success
described = json.loads((folder / "target/catalog.json").read_text())["sources"]["source.centre.public.contacts"]
assert described["metadata"]["type"] == "BASE TABLE" and described["metadata"]["comment"].startswith("One row per contact"), described["metadata"]
assert described["columns"]["started_at"]["type"] == "timestamp with time zone" and described["columns"]["started_at"]["comment"], described["columns"]["started_at"]
