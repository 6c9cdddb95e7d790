--! name: daily_queue_summary
--! title: Queues by day
--! owner: operations
--! doc: What a supervisor reads in the morning. Queue stints of inbound contacts, by the local day of their queue entry.
--! grain: one row per local day, channel and queue
--! params:
--!   from: {type: date, default: "-7d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of the days}
--!   queue: {type: text, optional: true, doc: one queue only}
--! returns: {day: date, channel: text?, queue: text?, offered: int, answered: int, abandoned: int, abandonment_rate: float?, service_level: float?, asa: float?, wait_p90: float?, longest_wait: float?, waits_over_limit: int}
--! order: [day, channel, queue]
--! chart: {kind: line, x: day, y: service_level, by: queue, target: 0.8}
SELECT
  local_date(enqueued_at, $zone) AS day,
  channel,
  queue,
  CAST(MEASURE(offered) AS BIGINT) AS offered,
  CAST(MEASURE(answered) AS BIGINT) AS answered,
  CAST(MEASURE(abandoned) AS BIGINT) AS abandoned,
  MEASURE(abandonment_rate) AS abandonment_rate,
  MEASURE(service_level) AS service_level,
  MEASURE(asa) AS asa,
  MEASURE(wait_p90) AS wait_p90,
  MEASURE(longest_wait) AS longest_wait,
  CAST(MEASURE(waits_over_limit) AS BIGINT) AS waits_over_limit
FROM kpi.queue_stints
WHERE enqueued_at >= local_start($from, $zone)
  AND enqueued_at < local_start($to, $zone)
  AND (direction IS DISTINCT FROM 'outbound')
  AND ($queue IS NULL OR queue = $queue)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
