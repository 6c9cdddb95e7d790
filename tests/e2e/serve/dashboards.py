import json, os, re, psycopg

c = psycopg.connect(autocommit=True)
FIRST, LAST = c.execute("select min(started_at), max(started_at) from contacts").fetchone()

# Grafana: every statement with its macros as its PostgreSQL data source expands them.
def expanded(sql, interval=3600):
    seconds = {"'1d'": 86400, "$__interval": interval}
    range_ = lambda m: f"{m[1]} BETWEEN '{FIRST:%Y-%m-%dT%H:%M:%S.%fZ}' AND '{LAST:%Y-%m-%dT%H:%M:%S.%fZ}'"
    sql = re.sub(r"\$__timeFilter\(([^)]*)\)", range_, sql)
    sql = re.sub(r"\$__timeGroupAlias\(([^,]*), *([^)]*)\)", lambda m: f'floor(extract(epoch from {m[1]})/{seconds[m[2]]})*{seconds[m[2]]} AS "time"', sql)
    return sql.replace("$queue", ",".join(f"'{queue}'" for queue in QUEUES))

GRAFANA = json.load(open(os.path.join(DOCS, "grafana/dashboards/contact-centre-overview.json")))
QUEUES = [queue for (queue,) in c.execute(GRAFANA["templating"]["list"][0]["query"])]
assert {"sales", "support", "chat"} <= set(QUEUES), QUEUES
for panel in GRAFANA["panels"]:
    for target in panel["targets"]:
        sql = expanded(target["rawSql"])
        assert "$" not in sql, sql
        cursor = c.execute(sql)
        rows, columns = cursor.fetchall(), [column.name for column in cursor.description]
        # Within two days nothing is a week old: resolution has no days yet.
        assert rows or "fcr_7d" in sql, f"{panel['title']}: no rows\n{sql}"
        kinds = {column.name: column.type_code for column in cursor.description}
        if target["format"] == "time_series":
            assert columns[0] == "time" and kinds["time"] in (20, 701, 1184), (panel["title"], kinds)
            assert rows == sorted(rows, key=lambda row: row[0]), panel["title"]
            assert kinds.get("metric", 25) == 25 and all(kinds[name] in (20, 701) for name in columns if name not in ("time", "metric")), kinds
        elif panel["type"] == "stat":
            assert len(rows) == 1 and len(rows[0]) == 1 and (rows[0][0] is not None or "fcr_7d" in sql), (panel["title"], rows)
# A group of time is what Grafana says it is: seconds since 1970, at a full hour.
(at, _, share), *_ = c.execute(expanded(next(p for p in GRAFANA["panels"] if "$__timeGroupAlias" in p["targets"][0]["rawSql"])["targets"][0]["rawSql"])).fetchall()
assert at % 3600 == 0 and FIRST.timestamp() - 3600 <= at <= LAST.timestamp() and 0 <= share <= 1, (at, share)

# Superset: what its datasets say is there, is; every metric can be computed beside every column that may group it.
kinds = {"text": "TEXT", "bigint": "BIGINT", "boolean": "BOOLEAN", "double precision": "DOUBLE PRECISION", "timestamp with time zone": "TIMESTAMP WITH TIME ZONE"}
datasets = {}
for name, text in SUPERSET.items():
    if not name.startswith("datasets/"):
        continue
    dataset = datasets[text["uuid"]] = text
    source = f"({dataset['sql']}) AS virtual_table" if dataset["sql"] else f"{dataset['schema']}.{dataset['table_name']}"
    if not dataset["sql"]:
        found = dict(c.execute("select column_name, data_type from information_schema.columns where table_schema = %s and table_name = %s", (dataset["schema"], dataset["table_name"])).fetchall())
        for column in dataset["columns"]:
            assert kinds[found[column["column_name"]]] == column["type"], (name, column)
    metrics = ", ".join(f"{metric['expression']} AS {metric['metric_name']}" for metric in dataset["metrics"])
    time = dataset["main_dttm_col"]
    rows = c.execute(f"SELECT DATE_TRUNC('day', {time}) AS {time}, {metrics} FROM {source} WHERE {time} >= TO_TIMESTAMP('2026-01-05 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') GROUP BY DATE_TRUNC('day', {time}) ORDER BY 2 DESC LIMIT 1000").fetchall()
    assert rows or "fcr_7d" in source, name
    names = [column["column_name"] for column in dataset["columns"]]
    groups = ", ".join(str(i + 1) for i in range(len(names)))
    rows = c.execute(f"SELECT {', '.join(names)}, {metrics} FROM {source} GROUP BY {groups} LIMIT 10").fetchall()
    assert rows or "fcr_7d" in source, name
# What a chart shows, its dataset has; what the dashboard shows is there.
charts = {chart["uuid"]: chart for name, chart in SUPERSET.items() if name.startswith("charts/")}
for chart in charts.values():
    dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    asked = [*params.get("metrics", []), *([params["metric"]] if "metric" in params else []), *filter(None, [params.get("timeseries_limit_metric")])]
    assert asked and set(asked) <= metrics, (chart["slice_name"], asked)
    used = [*params.get("groupby", []), *filter(None, [params.get("x_axis")]), *(filter_["subject"] for filter_ in params["adhoc_filters"])]
    assert set(used) <= columns, (chart["slice_name"], used)
(dashboard,) = [text for name, text in SUPERSET.items() if name.startswith("dashboards/")]
shown = [part["meta"]["uuid"] for part in dashboard["position"].values() if isinstance(part, dict) and part.get("type") == "CHART"]
assert sorted(shown) == sorted(charts), "the dashboard and its charts differ"
