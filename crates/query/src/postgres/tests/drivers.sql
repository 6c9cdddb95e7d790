-- driver_literals
SELECT ('7'::int4)::int4, ('1099511627776'::int8)::int8, ('1.25'::double precision)::float8, ('Zür''ich 東京')::text, ('TRUE')::bool, ('12345.6789'::numeric)::numeric, ('2024-01-02 03:04:05.678+00')::timestamp, (NULL)::text, ('0.5'::real)::float4
;

-- driver_numeric
SELECT CAST('12.5000' AS numeric(20,4))
;

-- driver_series
SELECT g FROM generate_series(1, 1000) AS t(g)
;

-- driver_array
SELECT ARRAY[1,2,3] AS a
;

-- driver_any
SELECT 'b' = ANY('{a,b}'::text[])
;

-- driver_locks
SELECT pg_advisory_unlock_all()
;

-- driver_cursors
SELECT 1 FROM pg_catalog.pg_cursors where name = 'c_7f1982ba26d0_1'
;

-- driver_tables
SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN ('information_schema','pg_catalog') ORDER BY 1, 2
;

-- driver_median
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY n) AS p50 FROM (SELECT "started_at" AS t, "talk_ms" AS n FROM "public"."contacts" WHERE NOT "talk_ms" IS NULL) AS virtual_table LIMIT 10
;

-- driver_freshness
select max("occurred_at"::timestamp) as max_loaded_at, now() as snapshotted_at from "centre"."public"."events"
;

-- driver_join
SELECT channel AS channel, COUNT(*) AS count FROM public.contacts JOIN (SELECT channel AS channel__, COUNT(*) AS mme_inner__ FROM public.contacts GROUP BY channel ORDER BY COUNT(*) DESC LIMIT 2) AS series_limit ON channel = channel__ GROUP BY channel ORDER BY count DESC LIMIT 1000
;

-- driver_correlated
SELECT c.contact_id, (SELECT k.title FROM catalog.kpis k WHERE k.name = c.reason) AS title FROM public.contacts c
;

-- named_distinct
SELECT DISTINCT lower(channel) FROM contacts ORDER BY lower(channel)
;

-- named_aggregates
SELECT channel, count(*), sum(talk_ms), max(started_at) FROM contacts GROUP BY channel HAVING count(*) > 0 ORDER BY count(*) DESC, sum(talk_ms), max(started_at)
;

-- named_groups
SELECT date_trunc('day', started_at), lower(channel), count(*) FROM contacts GROUP BY date_trunc('day', started_at), lower(channel) ORDER BY date_trunc('day', started_at), 2
;

-- named_casts
SELECT started_at::date, count(*) FROM contacts GROUP BY started_at::date ORDER BY started_at::date
;

-- named_casts_shadowing
SELECT channel::text, count(*) FROM contacts GROUP BY channel ORDER BY channel
;

-- named_union
SELECT lower(channel), count(*) FROM contacts GROUP BY 1 UNION ALL SELECT upper(channel), 2 FROM contacts ORDER BY 1, 2
;

-- named_windows
SELECT channel, row_number() OVER (PARTITION BY channel ORDER BY started_at), sum(talk_ms) OVER () FROM contacts
;

-- named_alike
SELECT a.contact_id, b.contact_id, a.channel, a.channel, count(*), count(*) FROM contacts a JOIN queue_stints b ON a.contact_id = b.contact_id GROUP BY 1, 2, 3
;

-- named_twice_aggregated
SELECT sum(talk_ms), sum(hold_ms), 1, 2 FROM contacts
;
