-- Questions for benches/answers.py, one a line.
SELECT count(*), count(agent_id), count(DISTINCT agent_id) FROM queue_stints;
SELECT queue, avg(wait_ms)::int, sum(wait_ms) / 1000 / 60, max(wait_ms) / 1000.0 FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT queue, round(avg(wait_ms) / 1000.0, 1), round(avg(wait_ms) / 1000), floor(avg(wait_ms)), ceil(avg(wait_ms)) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT date_trunc('week', enqueued_at) w, count(*) FROM queue_stints GROUP BY w ORDER BY w;
SELECT extract(dow FROM enqueued_at) d, extract(hour FROM enqueued_at) h, count(*) FROM queue_stints GROUP BY 1, 2 ORDER BY 1, 2;
SELECT to_char(enqueued_at, 'YYYY-MM-DD HH24:MI'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 50;
SELECT to_char(enqueued_at, 'Day'), to_char(enqueued_at, 'IYYY-IW'), to_char(enqueued_at, 'Mon DD, YYYY'), count(*) FROM queue_stints GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT enqueued_at::date, count(*) FILTER (WHERE outcome = 'answered') * 100.0 / count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, percentile_cont(0.9) WITHIN GROUP (ORDER BY wait_ms) FROM queue_stints GROUP BY queue ORDER BY queue;
-- differs: no quantiles of an array
SELECT queue, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY wait_ms) FROM queue_stints GROUP BY queue ORDER BY queue;
-- differs: there is no such function
SELECT queue, percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_ms) FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT left_at - enqueued_at FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 20;
-- differs: the mean of spans is cut off, not rounded, at the microsecond
SELECT avg(left_at - enqueued_at), sum(left_at - enqueued_at), max(left_at - enqueued_at) FROM queue_stints;
SELECT extract(epoch FROM avg(left_at - enqueued_at)) FROM queue_stints;
SELECT extract(epoch FROM (left_at - enqueued_at)) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 20;
SELECT sum(extract(epoch FROM (left_at - enqueued_at))) FROM queue_stints;
SELECT count(*) FROM queue_stints WHERE left_at - enqueued_at > interval '3 minutes';
SELECT count(*) FROM queue_stints WHERE enqueued_at + interval '3 minutes' < left_at;
SELECT count(*) FROM queue_stints WHERE enqueued_at::time BETWEEN '08:00' AND '18:00';
SELECT count(*) FROM queue_stints WHERE extract(dow FROM enqueued_at) IN (0, 6) OR enqueued_at::time >= time '18:00';
SELECT count(*) FROM queue_stints WHERE enqueued_at::date + interval '8 hours' <= enqueued_at;
SELECT count(*) FROM queue_stints WHERE enqueued_at::date + time '08:00' <= enqueued_at;
SELECT date_trunc('day', enqueued_at) + interval '1 day' - interval '1 second' FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT enqueued_at - date_trunc('day', enqueued_at) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT enqueued_at::date - '2026-01-01'::date FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT date_bin('15 minutes', enqueued_at, timestamptz '2000-01-01 00:00:00Z'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 20;
SELECT to_timestamp(floor(extract(epoch FROM enqueued_at) / 900) * 900), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 20;
SELECT contact_id, stint_no, row_number() OVER (PARTITION BY contact_id ORDER BY stint_no), lag(queue) OVER (PARTITION BY contact_id ORDER BY stint_no) FROM queue_stints ORDER BY 1, 2 LIMIT 200;
SELECT queue, count(*), sum(count(*)) OVER (), count(*) * 100.0 / sum(count(*)) OVER () FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT queue, count(*) * 100 / sum(count(*)) OVER () FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT enqueued_at::date d, count(*), avg(count(*)) OVER (ORDER BY enqueued_at::date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT agent_id, sum(talk_ms), rank() OVER (ORDER BY sum(talk_ms) DESC) FROM agent_legs GROUP BY agent_id ORDER BY 3, 1 LIMIT 20;
SELECT agent_id, sum(talk_ms + hold_ms) / count(*) FROM agent_legs WHERE outcome = 'handled' GROUP BY 1 ORDER BY 1;
SELECT agent_id, sum(hold_ms) / NULLIF(sum(talk_ms), 0) FROM agent_legs GROUP BY 1 ORDER BY 1;
SELECT agent_id, sum(hold_ms)::float / NULLIF(sum(talk_ms), 0) FROM agent_legs GROUP BY 1 ORDER BY 1;
SELECT channel, outcome, count(*) FROM contacts GROUP BY ROLLUP (channel, outcome) ORDER BY 1 NULLS LAST, 2 NULLS LAST;
SELECT channel, grouping(channel), count(*) FROM contacts GROUP BY CUBE (channel) ORDER BY 2, 1;
SELECT channel, count(*) FROM contacts GROUP BY 1 HAVING count(*) > 100 ORDER BY count(*) DESC, 1;
SELECT c.channel, avg(l.talk_ms) FROM contacts c JOIN agent_legs l ON l.contact_id = c.contact_id AND l.source = c.source GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM contacts c WHERE NOT EXISTS (SELECT 1 FROM agent_legs l WHERE l.contact_id = c.contact_id);
SELECT count(*) FROM contacts WHERE contact_id NOT IN (SELECT contact_id FROM agent_legs WHERE contact_id IS NOT NULL);
SELECT count(*) FROM contacts c LEFT JOIN queue_stints q USING (source, contact_id) WHERE q.contact_id IS NULL;
SELECT channel, (SELECT count(*) FROM queue_stints q WHERE q.channel = c.channel) FROM (SELECT DISTINCT channel FROM contacts) c ORDER BY 1;
SELECT DISTINCT ON (channel) channel, contact_id FROM contacts ORDER BY channel, started_at, contact_id;
SELECT string_agg(DISTINCT queue, ', ' ORDER BY queue) FROM queue_stints;
SELECT array_agg(DISTINCT channel ORDER BY channel) FROM contacts;
-- differs: there is no such function
SELECT channel, mode() WITHIN GROUP (ORDER BY outcome) FROM contacts GROUP BY 1 ORDER BY 1;
SELECT stddev(wait_ms), variance(wait_ms), stddev_pop(wait_ms), corr(wait_ms, ring_ms) FROM queue_stints;
-- differs: there is no such function
SELECT width_bucket(wait_ms, 0, 300000, 10), count(*) FROM queue_stints WHERE wait_ms IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN wait_ms < 20000 THEN '0-20' WHEN wait_ms < 60000 THEN '20-60' ELSE '60+' END AS bucket, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT wait_ms / 10000 * 10 AS bucket, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 20;
SELECT min(enqueued_at), max(enqueued_at), max(enqueued_at) - min(enqueued_at) FROM queue_stints;
-- differs: there is no such function
SELECT age(max(enqueued_at), min(enqueued_at)) FROM queue_stints;
SELECT is_final, count(*) FROM queue_stints GROUP BY is_final ORDER BY is_final;
SELECT sum(is_final::int), avg(is_final::int), count(*) FILTER (WHERE is_final) FROM queue_stints;
SELECT bool_or(is_final), bool_and(is_final) FROM queue_stints;
SELECT upper(queue), length(contact_id), left(contact_id, 4), right(contact_id, 4), substring(contact_id, 2, 3) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 10;
SELECT split_part(contact_id, '-', 1), count(*) FROM contacts GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3;
SELECT coalesce(agent_id, 'none'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;
SELECT queue FROM queue_stints GROUP BY queue ORDER BY avg(wait_ms) DESC NULLS LAST, 1;
SELECT agent_id FROM queue_stints ORDER BY agent_id DESC, contact_id LIMIT 3;
SELECT wait_ms FROM queue_stints ORDER BY wait_ms DESC, contact_id LIMIT 3;
SELECT count(*) FROM queue_stints WHERE queue LIKE 's%' AND queue NOT ILIKE '%X' AND channel ~ '^v';
SELECT count(*) FROM queue_stints WHERE (queue, channel) IN (('sales', 'voice'), ('billing', 'voice'));
-- differs: there is no BETWEEN SYMMETRIC
SELECT count(*) FROM queue_stints WHERE wait_ms BETWEEN SYMMETRIC 60000 AND 10000;
SELECT count(*) FROM queue_stints WHERE agent_id IS DISTINCT FROM 'x';
SELECT generate_series(1, 3);
SELECT d::date FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', interval '1 day') AS d;
-- differs: series need bounds that are written out
SELECT d, count(q.contact_id) FROM generate_series((SELECT min(enqueued_at)::date FROM queue_stints), (SELECT max(enqueued_at)::date FROM queue_stints), interval '1 day') AS d LEFT JOIN queue_stints q ON q.enqueued_at::date = d::date GROUP BY d ORDER BY d;
WITH t AS (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) SELECT a.d, a.n, b.n, (a.n - b.n) * 100.0 / b.n FROM t a JOIN t b ON b.d = a.d - 7 ORDER BY a.d;
WITH t AS (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) SELECT d, n, n - lag(n) OVER (ORDER BY d), first_value(n) OVER (ORDER BY d), last_value(n) OVER (ORDER BY d) FROM t ORDER BY d;
SELECT queue, channel, count(*) FROM queue_stints GROUP BY GROUPING SETS ((queue), (channel), ()) ORDER BY 1 NULLS LAST, 2 NULLS LAST;
SELECT * FROM (SELECT queue, contact_id, wait_ms, row_number() OVER (PARTITION BY queue ORDER BY wait_ms DESC NULLS LAST, contact_id) rn FROM queue_stints) t WHERE rn <= 2 ORDER BY queue, rn;
SELECT queue, sum(wait_ms) FROM queue_stints GROUP BY queue UNION ALL SELECT 'all', sum(wait_ms) FROM queue_stints ORDER BY 1;
SELECT round(sum(wait_ms) / 3600000.0, 2), round((sum(wait_ms) / 3600000.0)::numeric, 2), trunc(sum(wait_ms) / 3600000.0, 1) FROM queue_stints;
SELECT sum(wait_ms) * 1.0 / count(*), sum(wait_ms) / count(*), sum(wait_ms)::numeric / count(*) FROM queue_stints;
-- differs: there is no such function
SELECT make_interval(secs => avg(wait_ms) / 1000) FROM queue_stints;
SELECT (sum(wait_ms) / 1000) * interval '1 second' FROM queue_stints;
SELECT avg(wait_ms) * interval '1 millisecond' FROM queue_stints;
-- differs: to_char does not show intervals
SELECT to_char((sum(wait_ms) / 1000) * interval '1 second', 'HH24:MI:SS') FROM queue_stints;
SELECT to_char(avg(wait_ms), 'FM999,990.0'), to_char(count(*), '999,999') FROM queue_stints;
SELECT queue || ' (' || count(*) || ')' FROM queue_stints GROUP BY queue ORDER BY 1;
SELECT greatest(wait_ms, ring_ms), least(wait_ms, 1000) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 10;
SELECT count(*) FROM queue_stints WHERE enqueued_at >= now() - interval '100 years';
SELECT count(*) FROM queue_stints WHERE enqueued_at >= '2026-01-01' AND enqueued_at < '2027-01-01'::date;
SELECT date_part('year', enqueued_at), date_part('quarter', enqueued_at), date_part('doy', enqueued_at), extract(isodow FROM enqueued_at), extract(week FROM enqueued_at) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT extract(second FROM enqueued_at), extract(minute FROM enqueued_at), extract(epoch FROM enqueued_at)::bigint, extract(milliseconds FROM enqueued_at) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT enqueued_at AT TIME ZONE 'Europe/Madrid', (enqueued_at AT TIME ZONE 'Europe/Madrid')::date, date_trunc('hour', enqueued_at AT TIME ZONE 'America/New_York') FROM queue_stints ORDER BY contact_id, stint_no LIMIT 5;
SELECT date_trunc('day', enqueued_at, 'Asia/Tokyo'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT channel, count(*) FROM contacts GROUP BY channel ORDER BY 2 DESC, 1 FETCH FIRST 2 ROWS ONLY;
SELECT sum(x.n) FROM (SELECT count(*) n FROM contacts GROUP BY channel) x;
SELECT count(*) FROM contacts CROSS JOIN LATERAL (SELECT count(*) AS n FROM queue_stints q WHERE q.contact_id = contacts.contact_id) s WHERE s.n > 1;
SELECT contact_id, s.n FROM contacts, LATERAL (SELECT count(*) AS n FROM queue_stints q WHERE q.contact_id = contacts.contact_id) s ORDER BY 1 LIMIT 3;
SELECT nullif(queue, 'sales'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 NULLS FIRST;
SELECT max(queue), min(queue), max(is_final::text) FROM queue_stints;
SELECT regexp_replace(queue, '[aeiou]', '', 'g'), regexp_match(queue, '^(.)(.)') FROM queue_stints GROUP BY queue ORDER BY 1;
SELECT queue FROM queue_stints GROUP BY queue ORDER BY lower(queue) COLLATE "C";
SELECT wait_ms % 1000, abs(-wait_ms), power(wait_ms, 2), sqrt(wait_ms), ln(wait_ms + 1), log(wait_ms + 1), exp(1) FROM queue_stints WHERE wait_ms IS NOT NULL ORDER BY contact_id, stint_no LIMIT 3;
SELECT count(*) FROM queue_stints WHERE wait_ms IS NULL OR wait_ms <> ALL (ARRAY[0, 1]);
SELECT cast(wait_ms AS text) || ' ms', wait_ms::varchar(3), cast('2026-01-05' AS date) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 2;
SELECT cume_dist() OVER (ORDER BY n), percent_rank() OVER (ORDER BY n), ntile(3) OVER (ORDER BY n, channel) FROM (SELECT channel, count(*) n FROM contacts GROUP BY 1) t ORDER BY n, channel;
SELECT sum(wait_ms) OVER (PARTITION BY queue ORDER BY enqueued_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) FROM queue_stints ORDER BY queue, enqueued_at, contact_id LIMIT 5;
SELECT count(DISTINCT (queue, channel)) FROM queue_stints;
SELECT to_json(queue), row_to_json(t) FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY queue) t ORDER BY 1 LIMIT 1;
-- differs: numbers with a point are doubles
SELECT 'P' || 1.0, 1.0::text, (1.0/3)::text, 100::numeric / 7, 2.50 * 2;
SELECT queue, round((sum(wait_ms) / 60000.0)::numeric, 3) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT date_trunc('month', enqueued_at)::date, count(*) FROM queue_stints GROUP BY 1;
SELECT to_char(date_trunc('hour', enqueued_at), 'HH24:00'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT (extract(hour FROM enqueued_at) || ':00'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT extract(hour FROM enqueued_at)::int / 4, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT date_part('hour', enqueued_at) / 4, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT extract(hour FROM enqueued_at) / 4, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT avg(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END), avg((outcome = 'answered')::int) * 100 FROM queue_stints;
SELECT sum(CASE WHEN outcome = 'answered' AND wait_ms <= 20000 THEN 1 ELSE 0 END)::float / count(*) FROM queue_stints;
SELECT count(CASE WHEN outcome = 'abandoned' THEN 1 END) * 100 / count(*) FROM queue_stints;
SELECT round(100.0 * count(*) FILTER (WHERE outcome = 'abandoned') / count(*), 2) FROM queue_stints;
SELECT queue, count(*) / 20 AS per_day, count(*) / 20.0 FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, sum(wait_ms) / count(*) / 1000 FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT max(wait_ms) / 1000, min(ring_ms) / 7, -max(wait_ms) / 1000 FROM queue_stints;
SELECT stint_no / 2, stint_no % 2, count(*) FROM queue_stints GROUP BY 1, 2 ORDER BY 1, 2;
SELECT sum(stint_no) / 2, sum(stint_no) / count(*), avg(stint_no), sum(event_count) / 7 FROM queue_stints;
SELECT sum(transfer_count) / count(*), sum(transfer_count), max(transfer_count) FROM contacts;
SELECT sum(t) / sum(n) FROM (SELECT sum(wait_ms) t, count(*) n FROM queue_stints GROUP BY queue) x;
SELECT sum(wait_ms) / (SELECT count(*) FROM queue_stints) FROM queue_stints;
SELECT avg(n) FROM (SELECT count(*) n FROM queue_stints GROUP BY enqueued_at::date) x;
SELECT avg(n)::int, round(avg(n)), stddev(n) FROM (SELECT count(*) n FROM queue_stints GROUP BY enqueued_at::date) x;
SELECT enqueued_at::date + 7, enqueued_at::date - 7, (enqueued_at + interval '1 month')::date FROM queue_stints ORDER BY contact_id, stint_no LIMIT 3;
SELECT enqueued_at::timestamp, enqueued_at::time, enqueued_at::timestamptz::date FROM queue_stints ORDER BY contact_id, stint_no LIMIT 3;
-- differs: a date and whole days, months or years stay a date
SELECT timestamp '2026-01-31' + interval '1 month', timestamp '2026-03-31' - interval '1 month', date '2024-02-29' + interval '1 year';
-- differs: date_trunc knows no decades
SELECT date_trunc('quarter', date '2026-05-15')::date, date_trunc('decade', timestamp '2026-05-15')::date;
SELECT extract(day FROM timestamp '2026-03-01' - timestamp '2026-01-31 12:00:00'), extract(hour FROM timestamp '2026-03-01' - timestamp '2026-01-31 12:00:00');
SELECT date_part('day', left_at - enqueued_at), date_part('hour', left_at - enqueued_at), date_part('minute', left_at - enqueued_at) FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 20;
-- differs: to_char does not show intervals
SELECT to_char(left_at - enqueued_at, 'HH24:MI:SS') FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 5;
SELECT (left_at - enqueued_at)::text FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 5;
-- differs: there is no such function
SELECT justify_interval(sum(left_at - enqueued_at)) FROM queue_stints;
SELECT count(*) FROM queue_stints WHERE enqueued_at BETWEEN '2026-01-06' AND '2026-01-07 23:59:59.999';
SELECT count(*) FROM queue_stints WHERE enqueued_at::date = '2026-01-06';
SELECT count(*) FROM queue_stints WHERE date(enqueued_at) = date '2026-01-06';
SELECT count(*) FROM queue_stints WHERE to_char(enqueued_at, 'YYYY-MM') = '2026-01';
SELECT count(*) FROM queue_stints WHERE extract(year FROM enqueued_at) = 2026 AND extract(month FROM enqueued_at) = 1;
SELECT count(*) FROM queue_stints WHERE date_trunc('day', enqueued_at) = '2026-01-06';
SELECT count(*) FROM queue_stints WHERE enqueued_at >= date_trunc('week', timestamp '2026-01-08');
SELECT count(*) FROM queue_stints WHERE (enqueued_at, contact_id) > ('2026-01-08', 'a');
SELECT count(*) FROM queue_stints WHERE enqueued_at > to_timestamp(1767800000);
SELECT count(*) FROM queue_stints WHERE enqueued_at > '2026-01-08T10:00:00+02:00';
SELECT count(*) FROM queue_stints WHERE enqueued_at > timestamp with time zone '2026-01-08 10:00:00 Europe/Madrid';
SELECT count(*) FROM queue_stints WHERE wait_ms > '1000';
SELECT count(*) FROM queue_stints WHERE wait_ms > 1000.5;
-- differs: texts are no truths beside a column of truths
SELECT count(*) FROM queue_stints WHERE is_final = 't' OR is_final = 'yes' OR is_final IS TRUE;
SELECT count(*) FROM queue_stints WHERE is_final IS NOT TRUE;
SELECT count(*) FROM queue_stints WHERE NOT is_final OR is_final IS NULL;
SELECT count(*) FROM queue_stints WHERE queue = ANY('{sales,billing}');
SELECT count(*) FROM queue_stints WHERE queue IN ('sales', NULL);
SELECT count(*) FROM queue_stints WHERE queue NOT IN ('sales', NULL);
SELECT count(*) FROM queue_stints WHERE queue LIKE '%\_%' OR queue LIKE '%!_%' ESCAPE '!';
SELECT count(*) FROM queue_stints WHERE queue ~* 'SALES|bill' AND queue !~ '^x';
SELECT count(*), count(NULL), sum(NULL::int), max(NULL::text) FROM queue_stints;
SELECT queue, count(*) FROM queue_stints GROUP BY queue ORDER BY 2 DESC, queue LIMIT 2 OFFSET 1;
SELECT queue AS "Queue Name", count(*) AS "Total" FROM queue_stints GROUP BY "Queue Name" ORDER BY "Total" DESC, 1;
SELECT q.queue, count(*) FROM queue_stints AS q WHERE q.channel = 'voice' GROUP BY q.queue HAVING avg(q.wait_ms) > 1000 ORDER BY 1;
SELECT count(*) FROM queue_stints a JOIN queue_stints b ON a.contact_id = b.contact_id AND a.stint_no < b.stint_no;
SELECT count(*) FROM contacts a FULL JOIN queue_stints b ON a.contact_id = b.contact_id AND b.stint_no = 2;
SELECT count(*) FROM contacts NATURAL JOIN queue_stints;
SELECT channel FROM contacts EXCEPT SELECT channel FROM queue_stints ORDER BY 1;
SELECT channel FROM contacts INTERSECT SELECT channel FROM queue_stints ORDER BY 1;
SELECT channel, outcome, count(*), sum(count(*)) OVER (PARTITION BY channel), round(count(*) * 100.0 / sum(count(*)) OVER (PARTITION BY channel), 1) FROM contacts GROUP BY 1, 2 ORDER BY 1, 2;
SELECT contact_id, enqueued_at - lag(enqueued_at) OVER (ORDER BY enqueued_at, contact_id, stint_no) FROM queue_stints ORDER BY enqueued_at, contact_id, stint_no LIMIT 5;
SELECT count(*) FROM (SELECT contact_id, lead(enqueued_at) OVER (PARTITION BY contact_id ORDER BY enqueued_at) - enqueued_at AS gap FROM queue_stints) t WHERE gap < interval '10 minutes';
SELECT nth_value(queue, 2) OVER (ORDER BY n DESC, queue ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t LIMIT 1;
SELECT sum(n) FILTER (WHERE queue LIKE 's%') FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t;
SELECT array_agg(queue ORDER BY n DESC, queue) FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t;
SELECT string_agg(queue || ':' || n, '; ' ORDER BY queue) FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t;
SELECT count(*) FROM unnest(ARRAY['sales', 'billing']) AS q(name) JOIN queue_stints s ON s.queue = q.name;
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name) ORDER BY id DESC;
SELECT v.id, count(s.contact_id) FROM (VALUES (1), (2)) AS v(id) LEFT JOIN queue_stints s ON s.stint_no = v.id GROUP BY 1 ORDER BY 1;
SELECT i, (SELECT count(*) FROM queue_stints WHERE stint_no = i) FROM generate_series(1, 3) AS i ORDER BY i;
SELECT h, count(q.contact_id) FROM generate_series(0, 23) AS h LEFT JOIN queue_stints q ON extract(hour FROM q.enqueued_at) = h GROUP BY h ORDER BY h;
SELECT round(2.345, 2), round(-2.5), round(1234.5, -2), trunc(2.999, 2), ceil(2.01), floor(-2.01), 7.5 % 2;
SELECT 10 / 4, 10 / 4.0, 10 % 4, -10 / 4, -10 % 4, 10.0 / 4, 2 ^ 10, 2 * 3 ^ 2;
SELECT 1e3, 1.5e-3, 0.1 + 0.2, 1 / 3.0, 1.0 / 3 * 3;
-- differs: concat writes truths in full
SELECT length('  a '), trim('  a '), rtrim('a  '), upper('a'), position('b' IN 'abc'), replace('aXbX', 'X', '-'), concat('a', 1, true, NULL);
SELECT substr('hello', 0, 3), substr('hello', -1, 3), substring('hello', 10), left('hello', 0), right('hello', -2), lpad('abc', 2), rpad('a', 3, 'xy');
SELECT 'It''s', E'a\tb', 'a' || 'b' || NULL, 'ä' = 'ä', 'a' = 'A';
SELECT md5('x'), sha256('x'::bytea), encode(sha256('x'::bytea), 'hex');
SELECT now() > '2026-01-01', current_date > '2026-01-01'::date, current_timestamp >= now();
SELECT CASE queue WHEN 'sales' THEN 1 WHEN 'billing' THEN 2 END, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 NULLS LAST;
SELECT coalesce(NULL, 1, 2), nullif(1, 2), greatest(1, NULL, 3), least(NULL, NULL::int);
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::boolean, true::text, false::int;
SELECT '1'::int + 1, '1.5'::numeric * 2, '2026-01-01'::date + 1, '12:00'::time, 't'::boolean, ' 5 '::int;
SELECT 5::text || 'a', cast(5 AS numeric(5, 2)), cast(5.555 AS numeric(5, 2)), cast('5.555' AS numeric(5, 1)), cast(-5.55 AS numeric(5, 1));
SELECT cast(123456 AS numeric(5, 2));
SELECT 2147483648::int;
-- differs: whole numbers that are written have eight bytes, and smaller ones go round
SELECT 300::smallint * 200::smallint;
-- differs: whole numbers that are written have eight bytes, and smaller ones go round
SELECT 3000000 * 3000000;
SELECT bit_length('a'), octet_length('ä'), ascii('ä'), chr(228), to_hex(255), repeat('ab', 3), reverse('añb');
SELECT date '2026-01-05' = timestamp '2026-01-05 00:00:00', date '2026-01-05' < timestamptz '2026-01-05 12:00:00+00';
-- differs: there is no such function
SELECT isfinite(date '2026-01-01'), make_date(2026, 2, 3), to_date('2026-02-03', 'YYYY-MM-DD'), to_timestamp('2026-02-03 04:05', 'YYYY-MM-DD HH24:MI');
-- differs: extract knows no centuries
SELECT date_part('week', date '2027-01-01'), extract(isoyear FROM date '2027-01-01'), to_char(date '2027-01-01', 'IYYY-"W"IW'), extract(century FROM date '2026-01-01');
SELECT max(enqueued_at)::date - min(enqueued_at)::date FROM queue_stints;
SELECT count(DISTINCT enqueued_at::date), count(DISTINCT date_trunc('hour', enqueued_at)) FROM queue_stints;
SELECT regr_slope(wait_ms, ring_ms), regr_intercept(wait_ms, ring_ms), regr_r2(wait_ms, ring_ms), covar_samp(wait_ms, ring_ms) FROM queue_stints;
SELECT var_pop(wait_ms), var_samp(wait_ms), stddev_samp(wait_ms) FROM queue_stints;
SELECT grouping(queue, channel), queue, channel, count(*) FROM queue_stints GROUP BY ROLLUP (queue, channel) ORDER BY 1, 2, 3;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms DESC) FROM queue_stints;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms) FILTER (WHERE outcome = 'answered') FROM queue_stints;
SELECT median FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY talk_ms) AS median FROM agent_legs) t;
