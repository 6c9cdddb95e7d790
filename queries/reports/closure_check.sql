--! name: closure_check
--! title: Closure of offered
--! owner: quality
--! doc: Offered must equal the sum of its six outcomes in every queue and interval; residual is 0 or something is wrong.
--! grain: one row per queue and interval of the local clock
--! params:
--!   from: {type: date, default: "-7d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of days and intervals}
--!   step: {type: interval, default: 1d, one_of: [15m, 30m, 1h, 1d, 1w, 1mo], doc: length of an interval}
--! returns: {interval_start_at: timestamptz, queue: text?, offered: int, answered: int, abandoned: int, flow_out: int, callback: int, dropped: int, waiting: int, residual: int}
--! order: [interval_start_at, queue]
WITH counted AS (
  SELECT
    local_bucket(enqueued_at, $zone, $step) AS interval_start_at,
    queue,
    count(*) AS offered,
    sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) AS answered,
    sum(CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END) AS abandoned,
    sum(CASE WHEN outcome = 'flow_out' THEN 1 ELSE 0 END) AS flow_out,
    sum(CASE WHEN outcome = 'callback' THEN 1 ELSE 0 END) AS callback,
    sum(CASE WHEN outcome = 'dropped' THEN 1 ELSE 0 END) AS dropped,
    sum(CASE WHEN outcome = 'waiting' THEN 1 ELSE 0 END) AS waiting
  FROM queue_stints
  WHERE enqueued_at >= local_start($from, $zone)
    AND enqueued_at < local_start($to, $zone)
    AND (direction IS DISTINCT FROM 'outbound')
  GROUP BY 1, 2
)
SELECT
  interval_start_at, queue, offered, answered, abandoned, flow_out, callback, dropped, waiting,
  offered - answered - abandoned - flow_out - callback - dropped - waiting AS residual
FROM counted
ORDER BY 1, 2
