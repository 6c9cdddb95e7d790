--! name: data_quality
--! title: Data quality
--! owner: quality
--! doc: What was rejected, what the fold had to repair and what was lost before it could be read (gap, see ops.gaps), by source and code, and the books of all that was ever received. Of the kind balance, received equals stored, duplicate and rejected together, and difference is 0.
--! grain: one row per source, kind and code
--! params:
--!   from: {type: date, default: "-30d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive; both leave the balance as it is"}
--!   zone: {type: zone, default: UTC, doc: time zone of the days}
--! returns: {source: text?, kind: text, code: text?, occurrences: int, first_at: timestamptz?, last_at: timestamptz?}
--! order: [source, kind, code]
SELECT source, kind, code, count(*) AS occurrences, min(at) AS first_at, max(at) AS last_at
FROM (
  SELECT source, 'rejected' AS kind, code, recorded_at AS at FROM rejected_records
  UNION ALL
  SELECT source, 'anomaly' AS kind, code, occurred_at AS at FROM anomalies
  UNION ALL
  SELECT source, 'gap' AS kind, why AS code, detected_at AS at FROM ops.gaps
) AS findings
WHERE at >= local_start($from, $zone) AND at < local_start($to, $zone)
GROUP BY 1, 2, 3
UNION ALL
SELECT b.source, 'balance' AS kind, c.code,
  CAST(CASE c.code
    WHEN 'received' THEN b.received WHEN 'stored' THEN b.stored WHEN 'duplicate' THEN b.duplicate
    WHEN 'rejected' THEN b.rejected ELSE b.difference
  END AS BIGINT) AS occurrences,
  CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS first_at,
  CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS last_at
FROM (
  SELECT source, sum(received) AS received, sum(stored) AS stored, sum(duplicate) AS duplicate, sum(rejected) AS rejected,
    sum(abs(difference)) AS difference
  FROM ops.balance
  WHERE received IS NOT NULL
  GROUP BY source
) AS b
CROSS JOIN (VALUES ('received'), ('stored'), ('duplicate'), ('rejected'), ('difference')) AS c(code)
ORDER BY 1, 2, 3
