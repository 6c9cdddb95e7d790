--! name: channel_overview
--! title: Channels
--! owner: operations
--! doc: Inbound contacts per channel and how they ended, by the local day they started.
--! grain: one row per channel
--! params:
--!   from: {type: date, default: "-7d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of the days}
--! returns: {channel: text?, received: int, answered: int, abandoned: int, self_served: int, ivr_abandoned: int, still_open: int, transferred: int}
--! order: [channel]
SELECT
  channel,
  CAST(MEASURE(received) AS BIGINT) AS received,
  sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) AS answered,
  sum(CASE WHEN outcome = 'abandoned' THEN 1 ELSE 0 END) AS abandoned,
  sum(CASE WHEN outcome = 'self_served' THEN 1 ELSE 0 END) AS self_served,
  sum(CASE WHEN outcome = 'ivr_abandoned' THEN 1 ELSE 0 END) AS ivr_abandoned,
  sum(CASE WHEN outcome = 'open' THEN 1 ELSE 0 END) AS still_open,
  sum(CASE WHEN transfer_count > 0 THEN 1 ELSE 0 END) AS transferred
FROM kpi.contacts
WHERE started_at >= local_start($from, $zone)
  AND started_at < local_start($to, $zone)
  AND (direction IS DISTINCT FROM 'outbound')
GROUP BY 1
ORDER BY 1
