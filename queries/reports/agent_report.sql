--! name: agent_report
--! title: Agents
--! owner: operations
--! doc: Each agent's own report, by the acceptance of the leg. Service level is left out on purpose, it says nothing of one agent.
--! grain: one row per agent and channel
--! params:
--!   from: {type: date, default: "-7d", doc: first local day}
--!   to: {type: date, default: tomorrow, doc: "end, exclusive"}
--!   zone: {type: zone, default: UTC, doc: time zone of the days}
--!   agent: {type: text, optional: true, doc: one agent only}
--! returns: {agent_id: text?, channel: text?, handled: int, avg_talk: float?, avg_hold: float?, avg_wrap_up: float?, aht_leg: float?, hold_rate: float?, agent_non_response: float?}
--! order: [agent_id, channel]
SELECT
  agent_id,
  channel,
  CAST(MEASURE(handled) AS BIGINT) AS handled,
  MEASURE(avg_talk) AS avg_talk,
  MEASURE(avg_hold) AS avg_hold,
  MEASURE(avg_wrap_up) AS avg_wrap_up,
  MEASURE(aht_leg) AS aht_leg,
  MEASURE(hold_rate) AS hold_rate,
  MEASURE(agent_non_response) AS agent_non_response
FROM kpi.agent_legs
WHERE coalesce(accepted_at, offered_at) >= local_start($from, $zone)
  AND coalesce(accepted_at, offered_at) < local_start($to, $zone)
  AND ($agent IS NULL OR agent_id = $agent)
GROUP BY 1, 2
ORDER BY 1, 2
