--! name: interval_heatmap
--! title: Load by interval
--! owner: workforce
--! doc: Offered and service level by local interval, for staffing.
--! grain: one row per interval of the local clock
--! params:
--!   from: {type: date, default: "-7d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of days and intervals}
--!   step: {type: interval, default: 30m, one_of: [15m, 30m, 1h], doc: length of an interval}
--!   queue: {type: text, optional: true, doc: one queue only}
--! returns: {interval_start_at: timestamptz, offered: int, answered: int, abandoned: int, service_level: float?, asa: float?}
--! order: [interval_start_at]
--! chart: {kind: heatmap, x: interval_start_at, y: offered}
SELECT
  local_bucket(enqueued_at, $zone, $step) AS interval_start_at,
  CAST(MEASURE(offered) AS BIGINT) AS offered,
  CAST(MEASURE(answered) AS BIGINT) AS answered,
  CAST(MEASURE(abandoned) AS BIGINT) AS abandoned,
  MEASURE(service_level) AS service_level,
  MEASURE(asa) AS asa
FROM kpi.queue_stints
WHERE enqueued_at >= local_start($from, $zone)
  AND enqueued_at < local_start($to, $zone)
  AND (direction IS DISTINCT FROM 'outbound')
  AND ($queue IS NULL OR queue = $queue)
GROUP BY 1
ORDER BY 1
