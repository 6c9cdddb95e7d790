--! name: data_quality
--! title: Data quality
--! owner: quality
--! doc: What was rejected and what the fold had to repair, by source and code.
--! grain: one row per source, kind and code
--! params:
--!   from: {type: date, default: "-30d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of the days}
--! returns: {source: text?, kind: text, code: text?, occurrences: int, first_at: timestamptz?, last_at: timestamptz?}
--! order: [source, kind, code]
SELECT source, kind, code, count(*) AS occurrences, min(at) AS first_at, max(at) AS last_at
FROM (
  SELECT source, 'rejected' AS kind, code, recorded_at AS at FROM rejected_records
  UNION ALL
  SELECT source, 'anomaly' AS kind, code, occurred_at AS at FROM anomalies
) AS findings
WHERE at >= local_start($from, $zone) AND at < local_start($to, $zone)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
