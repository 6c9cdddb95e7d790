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
SELECT queue, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY wait_ms) FROM queue_stints GROUP BY queue ORDER BY queue;
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
SELECT channel, mode() WITHIN GROUP (ORDER BY outcome) FROM contacts GROUP BY 1 ORDER BY 1;
SELECT stddev(wait_ms), variance(wait_ms), stddev_pop(wait_ms), corr(wait_ms, ring_ms) FROM queue_stints;
SELECT width_bucket(wait_ms, 0, 300000, 10), count(*) FROM queue_stints WHERE wait_ms IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN wait_ms < 20000 THEN '0-20' WHEN wait_ms < 60000 THEN '20-60' ELSE '60+' END AS bucket, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT wait_ms / 10000 * 10 AS bucket, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 20;
SELECT min(enqueued_at), max(enqueued_at), max(enqueued_at) - min(enqueued_at) FROM queue_stints;
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
-- differs: a series between dates is one of dates
SELECT d, count(q.contact_id) FROM generate_series((SELECT min(enqueued_at)::date FROM queue_stints), (SELECT max(enqueued_at)::date FROM queue_stints), interval '1 day') AS d LEFT JOIN queue_stints q ON q.enqueued_at::date = d::date GROUP BY d ORDER BY d;
WITH t AS (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) SELECT a.d, a.n, b.n, (a.n - b.n) * 100.0 / b.n FROM t a JOIN t b ON b.d = a.d - 7 ORDER BY a.d;
WITH t AS (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) SELECT d, n, n - lag(n) OVER (ORDER BY d), first_value(n) OVER (ORDER BY d), last_value(n) OVER (ORDER BY d) FROM t ORDER BY d;
SELECT queue, channel, count(*) FROM queue_stints GROUP BY GROUPING SETS ((queue), (channel), ()) ORDER BY 1 NULLS LAST, 2 NULLS LAST;
SELECT * FROM (SELECT queue, contact_id, wait_ms, row_number() OVER (PARTITION BY queue ORDER BY wait_ms DESC NULLS LAST, contact_id) rn FROM queue_stints) t WHERE rn <= 2 ORDER BY queue, rn;
SELECT queue, sum(wait_ms) FROM queue_stints GROUP BY queue UNION ALL SELECT 'all', sum(wait_ms) FROM queue_stints ORDER BY 1;
SELECT round(sum(wait_ms) / 3600000.0, 2), round((sum(wait_ms) / 3600000.0)::numeric, 2), trunc(sum(wait_ms) / 3600000.0, 1) FROM queue_stints;
SELECT sum(wait_ms) * 1.0 / count(*), sum(wait_ms) / count(*), sum(wait_ms)::numeric / count(*) FROM queue_stints;
SELECT make_interval(secs => avg(wait_ms) / 1000) FROM queue_stints;
SELECT (sum(wait_ms) / 1000) * interval '1 second' FROM queue_stints;
SELECT avg(wait_ms) * interval '1 millisecond' FROM queue_stints;
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
SELECT to_char(left_at - enqueued_at, 'HH24:MI:SS') FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 5;
SELECT (left_at - enqueued_at)::text FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 5;
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
SELECT isfinite(date '2026-01-01'), make_date(2026, 2, 3), to_date('2026-02-03', 'YYYY-MM-DD'), to_timestamp('2026-02-03 04:05', 'YYYY-MM-DD HH24:MI');
SELECT date_part('week', date '2027-01-01'), extract(isoyear FROM date '2027-01-01'), to_char(date '2027-01-01', 'IYYY-"W"IW'), extract(century FROM date '2026-01-01');
SELECT max(enqueued_at)::date - min(enqueued_at)::date FROM queue_stints;
SELECT count(DISTINCT enqueued_at::date), count(DISTINCT date_trunc('hour', enqueued_at)) FROM queue_stints;
SELECT regr_slope(wait_ms, ring_ms), regr_intercept(wait_ms, ring_ms), regr_r2(wait_ms, ring_ms), covar_samp(wait_ms, ring_ms) FROM queue_stints;
SELECT var_pop(wait_ms), var_samp(wait_ms), stddev_samp(wait_ms) FROM queue_stints;
SELECT grouping(queue, channel), queue, channel, count(*) FROM queue_stints GROUP BY ROLLUP (queue, channel) ORDER BY 1, 2, 3;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms DESC) FROM queue_stints;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms) FILTER (WHERE outcome = 'answered') FROM queue_stints;
SELECT median FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY talk_ms) AS median FROM agent_legs) t;
SELECT queue, to_char(avg(wait_ms) * interval '1 millisecond', 'MI:SS'), to_char(make_interval(secs => max(wait_ms) / 1000.0), 'HH24:MI:SS') FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT age(left_at, enqueued_at), justify_hours(left_at - enqueued_at) FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 20;
SELECT channel, percentile_disc(0.95) WITHIN GROUP (ORDER BY wait_ms), percentile_disc(0.5) WITHIN GROUP (ORDER BY queue DESC), mode() WITHIN GROUP (ORDER BY agent_id) FROM queue_stints GROUP BY channel ORDER BY channel;
SELECT queue, percentile_cont(0.95) WITHIN GROUP (ORDER BY wait_ms DESC), percentile_cont(0.3) WITHIN GROUP (ORDER BY ring_ms) FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT count(*) FROM queue_stints WHERE enqueued_at >= '20260105' AND is_final IN ('t', 'true');
SELECT interval '1 day 02:30', '2 days -03:04:05.5'::interval, make_interval(days => 3, hours => 30), make_interval(1, 2, 3, 4, 5, 6, 7.5);
SELECT b, min(wait_ms), max(wait_ms), count(*) FROM (SELECT wait_ms, width_bucket(wait_ms, 600000, 0, 12) AS b FROM queue_stints) AS t GROUP BY b ORDER BY b;
-- differs: the hours of a sum of spans are all of its hours
SELECT queue, to_char(sum(left_at - enqueued_at), 'HH24:MI:SS') FROM queue_stints GROUP BY queue ORDER BY queue;
-- differs: short numbers become long ones instead of being refused
SELECT sum(wait_ms::int * ring_ms::int) FROM queue_stints;
SELECT d, count(q.contact_id) FROM generate_series((SELECT date_trunc('day', min(enqueued_at)) FROM queue_stints), (SELECT max(enqueued_at) FROM queue_stints), interval '1 day') AS d LEFT JOIN queue_stints q ON q.enqueued_at >= d AND q.enqueued_at < d + interval '1 day' GROUP BY d ORDER BY d;
-- Questions within questions, windows, sets, what analysts write.
SELECT ARRAY(SELECT DISTINCT channel FROM contacts ORDER BY 1);
SELECT ARRAY(SELECT wait_ms FROM queue_stints WHERE wait_ms IS NOT NULL ORDER BY wait_ms DESC LIMIT 3);
SELECT ARRAY(SELECT queue FROM queue_stints GROUP BY queue ORDER BY count(*) DESC, queue);
SELECT ARRAY(SELECT max(channel) FROM contacts);
SELECT cardinality(ARRAY(SELECT contact_id FROM contacts WHERE channel = 'nothing'));
SELECT contact_id, contact_id IN (SELECT contact_id FROM queue_stints ORDER BY wait_ms DESC NULLS LAST, contact_id LIMIT 5) FROM contacts ORDER BY 1 LIMIT 50;
SELECT count(*) FILTER (WHERE first_queue IN (SELECT max(first_queue) FROM contacts)) FROM contacts;
SELECT 2 IN (SELECT NULL::int), NULL::int IN (SELECT 1), 2 NOT IN (SELECT NULL::int), NULL::int IN (SELECT 1 WHERE false), 2 IN (SELECT NULL::int UNION ALL SELECT 2);
SELECT count(*), first_queue NOT IN (SELECT q FROM (VALUES ('sales'), (NULL)) v(q)) x FROM contacts GROUP BY x ORDER BY x;
SELECT count(*) FROM contacts WHERE started_at >= ALL (SELECT started_at FROM contacts);
SELECT count(*) FROM contacts WHERE started_at > ANY (SELECT started_at FROM contacts);
SELECT count(*) FROM contacts c WHERE c.started_at >= ALL (SELECT d.started_at FROM contacts d);
SELECT count(*) FROM contacts c WHERE c.started_at < SOME (SELECT d.started_at FROM contacts d);
SELECT count(*) FROM contacts WHERE first_queue = ANY (SELECT first_queue FROM contacts WHERE channel = 'voice');
SELECT count(*) FROM contacts WHERE first_queue <> ALL (SELECT first_queue FROM contacts WHERE channel = 'email');
SELECT count(*) FROM contacts WHERE first_queue <> ALL (SELECT first_queue FROM contacts WHERE channel = 'email' AND first_queue IS NOT NULL);
SELECT count(*) FROM contacts WHERE first_queue NOT IN (SELECT first_queue FROM contacts WHERE channel = 'email');
SELECT count(*) FROM contacts WHERE first_queue NOT IN (SELECT first_queue FROM contacts WHERE channel = 'email' AND first_queue IS NOT NULL);
SELECT c.contact_id, (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id ORDER BY s.stint_no LIMIT 1) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id ORDER BY s.stint_no DESC LIMIT 1) FROM contacts c ORDER BY 1 LIMIT 30;
-- differs: several rows are an error for every contact, also for those that LIMIT leaves out
SELECT c.contact_id, (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.stint_no = 1) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, (SELECT count(*) FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.wait_ms > 60000) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, (SELECT sum(s.wait_ms) FROM queue_stints s WHERE s.contact_id = c.contact_id) * 2 + 1 FROM contacts c ORDER BY 1 LIMIT 30;
SELECT count(*) FROM contacts c WHERE (SELECT count(*) FROM queue_stints s WHERE s.contact_id = c.contact_id) = 0;
SELECT count(*) FROM contacts c WHERE (SELECT coalesce(sum(wait_ms), 0) FROM queue_stints s WHERE s.contact_id = c.contact_id) = 0;
SELECT count(*) FROM contacts c WHERE EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.wait_ms > 60000);
SELECT count(*) FROM contacts c WHERE NOT EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id);
SELECT count(*) FROM contacts c WHERE c.channel = 'voice' OR EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.wait_ms > 60000);
SELECT c.contact_id, EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT CASE WHEN EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id) THEN 'q' ELSE 'n' END k, count(*) FROM contacts c GROUP BY 1 ORDER BY 1;
SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id)) FROM contacts c;
SELECT sum(CASE WHEN NOT EXISTS (SELECT 1 FROM queue_stints s WHERE s.contact_id = c.contact_id) THEN 1 ELSE 0 END) FROM contacts c;
SELECT EXISTS (SELECT 1 FROM contacts WHERE channel = 'fax'), EXISTS (SELECT 1 FROM contacts), NOT EXISTS (SELECT 1 FROM contacts LIMIT 0);
SELECT c.contact_id, c.contact_id IN (SELECT s.contact_id FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.wait_ms > 60000) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT count(*) FROM contacts c WHERE c.contact_id IN (SELECT s.contact_id FROM queue_stints s WHERE s.enqueued_at > c.started_at);
SELECT count(*) FROM queue_stints WHERE (queue, wait_ms) IN (SELECT queue, max(wait_ms) FROM queue_stints GROUP BY queue);
SELECT count(*) FROM queue_stints s WHERE (s.queue, s.wait_ms) NOT IN (SELECT queue, max(wait_ms) FROM queue_stints WHERE queue IS NOT NULL AND wait_ms IS NOT NULL GROUP BY queue);
SELECT count(*) FROM queue_stints s WHERE s.wait_ms = (SELECT max(t.wait_ms) FROM queue_stints t WHERE t.queue = s.queue);
SELECT count(*) FROM queue_stints s WHERE s.wait_ms > (SELECT avg(t.wait_ms) FROM queue_stints t WHERE t.queue = s.queue);
SELECT queue, count(*) FROM queue_stints GROUP BY queue HAVING count(*) > (SELECT avg(n) FROM (SELECT count(*) n FROM queue_stints GROUP BY queue) t) ORDER BY 1;
SELECT queue, count(*) * 100.0 / (SELECT count(*) FROM queue_stints) FROM queue_stints GROUP BY queue ORDER BY 1;
SELECT queue, count(*) FROM queue_stints GROUP BY queue ORDER BY (SELECT 1), count(*) DESC, queue;
SELECT c.contact_id, l.queue FROM contacts c, LATERAL (SELECT queue FROM queue_stints s WHERE s.contact_id = c.contact_id ORDER BY stint_no LIMIT 1) l ORDER BY 1 LIMIT 30;
SELECT c.contact_id, l.queue FROM contacts c LEFT JOIN LATERAL (SELECT queue FROM queue_stints s WHERE s.contact_id = c.contact_id ORDER BY stint_no LIMIT 1) l ON true ORDER BY 1 LIMIT 30;
SELECT c.contact_id, l.n, l.m FROM contacts c LEFT JOIN LATERAL (SELECT count(*) n, max(wait_ms) m FROM queue_stints s WHERE s.contact_id = c.contact_id) l ON true ORDER BY 1 LIMIT 30;
SELECT c.contact_id, l.n FROM contacts c CROSS JOIN LATERAL (SELECT count(*) n FROM queue_stints s WHERE s.contact_id = c.contact_id) l ORDER BY 1 LIMIT 30;
SELECT c.contact_id, l.x FROM contacts c CROSS JOIN LATERAL (SELECT c.channel || '!' AS x) l ORDER BY 1 LIMIT 5;
SELECT c.contact_id, l.x FROM contacts c CROSS JOIN LATERAL (VALUES (1), (2)) l(x) ORDER BY 1, 2 LIMIT 5;
SELECT c.channel, v.k, count(*) FROM contacts c CROSS JOIN LATERAL (VALUES ('a', c.channel), ('b', c.first_queue)) v(k, t) WHERE v.t IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
SELECT (SELECT channel FROM contacts);
SELECT (SELECT channel FROM contacts WHERE channel = 'fax');
SELECT DISTINCT ON (queue) queue, contact_id, wait_ms FROM queue_stints ORDER BY queue, wait_ms DESC NULLS LAST, contact_id;
SELECT queue, count(*) FROM queue_stints WHERE queue IN (SELECT queue FROM queue_stints GROUP BY queue ORDER BY count(*) DESC, queue LIMIT 2) GROUP BY 1 ORDER BY 1;
WITH top AS (SELECT queue FROM queue_stints GROUP BY queue ORDER BY count(*) DESC, queue LIMIT 2) SELECT CASE WHEN queue IN (SELECT queue FROM top) THEN queue ELSE 'other' END q, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n;
SELECT count(*) FROM (SELECT contact_id FROM contacts EXCEPT SELECT contact_id FROM queue_stints) t;
-- differs: not there
SELECT count(*) FROM (SELECT contact_id FROM contacts INTERSECT ALL SELECT contact_id FROM queue_stints) t;
-- differs: not there
SELECT count(*) FROM (SELECT channel FROM contacts EXCEPT ALL SELECT 'voice') t;
SELECT a.channel, b.channel FROM (SELECT DISTINCT channel FROM contacts) a FULL JOIN (SELECT 'fax' AS channel UNION SELECT 'voice') b ON a.channel = b.channel ORDER BY 1, 2;
SELECT channel, n FROM (SELECT DISTINCT channel FROM contacts) a NATURAL JOIN (SELECT 'voice' AS channel, 3 AS n) b;
SELECT * FROM (SELECT 1 a, 2 b) x JOIN (SELECT 1 a, 3 c) y USING (a);
SELECT count(*) FROM contacts a JOIN queue_stints b ON a.contact_id = b.contact_id AND b.wait_ms > (SELECT avg(wait_ms) FROM queue_stints);
SELECT count(*) FROM contacts a LEFT JOIN queue_stints b ON a.contact_id = b.contact_id AND b.wait_ms > 60000 WHERE b.contact_id IS NULL;
SELECT c.channel, max((SELECT count(*) FROM queue_stints s WHERE s.contact_id = c.contact_id)) FROM contacts c GROUP BY 1 ORDER BY 1;
SELECT c.channel, sum(x.n) FROM contacts c JOIN (SELECT contact_id, count(*) n FROM queue_stints GROUP BY 1) x USING (contact_id) GROUP BY 1 ORDER BY 1;
SELECT s.queue, (SELECT count(*) FROM contacts c WHERE c.first_queue = s.queue) FROM queue_stints s GROUP BY s.queue ORDER BY 1;
SELECT s.queue, count(*), (SELECT max(t.wait_ms) FROM queue_stints t WHERE t.queue = s.queue) FROM queue_stints s GROUP BY s.queue ORDER BY 1;
SELECT (SELECT count(*) FROM contacts) - (SELECT count(*) FROM queue_stints);
-- differs: no rows of a query beside a row
SELECT count(*) FROM contacts WHERE (channel, first_queue) = (SELECT 'voice', 'sales');
SELECT count(*) FROM contacts WHERE (channel, first_queue) IN (('voice', 'sales'), ('email', 'email'));
SELECT row_number() OVER (ORDER BY n DESC), queue FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY 1;
SELECT queue, count(*), rank() OVER (ORDER BY count(*) DESC), sum(count(*)) OVER () FROM queue_stints GROUP BY 1 ORDER BY 3, 1;
SELECT contact_id FROM contacts WHERE contact_id IN (SELECT contact_id FROM queue_stints GROUP BY contact_id HAVING count(*) > 2) ORDER BY 1 LIMIT 10;
SELECT count(*) FROM contacts c WHERE 2 <= (SELECT count(DISTINCT queue) FROM queue_stints s WHERE s.contact_id = c.contact_id);
SELECT c.contact_id, (SELECT string_agg(s.queue, '>' ORDER BY s.stint_no) FROM queue_stints s WHERE s.contact_id = c.contact_id) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, ARRAY(SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id ORDER BY s.stint_no DESC) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT c.contact_id, array_length(ARRAY(SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id), 1) FROM contacts c ORDER BY 1 LIMIT 30;
SELECT 1 WHERE EXISTS (SELECT 1 FROM contacts HAVING count(*) > 1);
SELECT count(*) FROM contacts WHERE NOT (first_queue IN (SELECT first_queue FROM contacts WHERE channel = 'email'));
SELECT count(*) FROM contacts WHERE (first_queue IN (SELECT first_queue FROM contacts WHERE channel = 'email')) IS NULL;
SELECT count(*) FROM contacts WHERE (first_queue IN (SELECT first_queue FROM contacts WHERE channel = 'email')) IS NOT TRUE;
SELECT count(*) FROM contacts WHERE coalesce(first_queue IN (SELECT 'sales'), true);
SELECT count(*) FROM contacts WHERE first_queue IN (SELECT 'sales') OR channel = 'email';
SELECT count(*) FROM contacts WHERE first_queue NOT IN (SELECT 'sales') OR channel = 'email';
SELECT count(*) FROM contacts WHERE first_queue NOT IN (SELECT first_queue FROM contacts) OR channel = 'email';
SELECT count(*) FROM contacts c WHERE c.first_queue NOT IN (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id);
SELECT count(*) FROM contacts c WHERE c.first_queue IS DISTINCT FROM (SELECT s.queue FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.stint_no = 1);
SELECT queue, string_agg(DISTINCT outcome, ',' ORDER BY outcome) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, array_agg(wait_ms ORDER BY wait_ms DESC NULLS LAST) FILTER (WHERE wait_ms > 1000000) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, (array_agg(contact_id ORDER BY wait_ms DESC NULLS LAST, contact_id))[1] FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, (array_agg(contact_id ORDER BY wait_ms DESC NULLS LAST, contact_id))[1:2] FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT queue, outcome, count(*), grouping(queue), grouping(outcome) FROM queue_stints GROUP BY ROLLUP (queue, outcome) ORDER BY 4, 5, 1, 2;
SELECT queue, outcome, count(*) FROM queue_stints GROUP BY CUBE (queue, outcome) ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3;
SELECT queue, outcome, count(*) FROM queue_stints GROUP BY GROUPING SETS ((queue), (outcome), ()) ORDER BY 1, 2;
SELECT queue, wait_ms, lag(wait_ms) OVER (PARTITION BY queue ORDER BY enqueued_at, contact_id), lead(wait_ms, 2, 0) OVER (PARTITION BY queue ORDER BY enqueued_at, contact_id) FROM queue_stints ORDER BY queue, enqueued_at, contact_id LIMIT 40;
SELECT queue, first_value(contact_id) OVER w, last_value(contact_id) OVER w, nth_value(contact_id, 2) OVER w FROM queue_stints WINDOW w AS (PARTITION BY queue ORDER BY enqueued_at, contact_id) ORDER BY queue, enqueued_at, contact_id LIMIT 40;
SELECT contact_id, ntile(4) OVER (ORDER BY wait_ms NULLS FIRST, contact_id), percent_rank() OVER (ORDER BY wait_ms NULLS FIRST, contact_id), cume_dist() OVER (ORDER BY wait_ms NULLS FIRST, contact_id) FROM queue_stints ORDER BY 1, stint_no LIMIT 40;
SELECT d, n, sum(n) OVER (ORDER BY d), avg(n) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW), n - lag(n) OVER (ORDER BY d) FROM (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d;
SELECT d, sum(n) OVER (ORDER BY d RANGE BETWEEN interval '2 days' PRECEDING AND CURRENT ROW) FROM (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d;
SELECT contact_id, row_number() OVER (PARTITION BY queue ORDER BY wait_ms DESC NULLS LAST, contact_id) r FROM queue_stints ORDER BY r, contact_id LIMIT 20;
SELECT * FROM (SELECT queue, contact_id, rank() OVER (PARTITION BY queue ORDER BY wait_ms DESC NULLS LAST) r FROM queue_stints) t WHERE r <= 2 ORDER BY queue, r, contact_id;
SELECT queue, dense_rank() OVER (ORDER BY count(*) DESC) FROM queue_stints GROUP BY queue ORDER BY 2, 1;
SELECT count(*), sum(wait_ms) FILTER (WHERE outcome = 'answered'), count(DISTINCT queue) FILTER (WHERE wait_ms > 5000) FROM queue_stints;
SELECT queue, min(enqueued_at), max(enqueued_at) - min(enqueued_at) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT bool_and(wait_ms > 0), bool_or(wait_ms > 100000), every(wait_ms IS NOT NULL) FROM queue_stints;
SELECT stddev(wait_ms), stddev_pop(wait_ms), var_samp(wait_ms), var_pop(wait_ms) FROM queue_stints;
SELECT corr(wait_ms, stint_no), covar_pop(wait_ms, stint_no), regr_slope(wait_ms, stint_no), regr_intercept(wait_ms, stint_no), regr_r2(wait_ms, stint_no), regr_count(wait_ms, stint_no) FROM queue_stints;
SELECT coalesce(queue, 'none') q, count(*) FROM queue_stints GROUP BY coalesce(queue, 'none') HAVING count(*) > 100 ORDER BY count(*) DESC, q;
SELECT nullif(queue, 'sales'), greatest(wait_ms, 5000), least(wait_ms, NULL, 10) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 20;
SELECT CASE queue WHEN 'sales' THEN 1 WHEN 'orders' THEN 2 END, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT CASE WHEN wait_ms < 20000 THEN '0-20' WHEN wait_ms < 60000 THEN '20-60' ELSE '60+' END b, count(*) FROM queue_stints GROUP BY b ORDER BY b;
SELECT upper(queue), initcap(queue), left(queue, 2), right(queue, 2), lpad(queue, 8, '*'), rpad(queue, 8, '-'), reverse(queue), length(queue) FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT split_part(contact_id, '-', 2)::int % 7, count(*) FROM contacts GROUP BY 1 ORDER BY 1;
SELECT position('-' IN contact_id), strpos(contact_id, '1'), substring(contact_id FROM 3 FOR 2), overlay(contact_id PLACING 'x' FROM 1 FOR 1), trim(both 'c' FROM contact_id), translate(contact_id, 'c-', 'C_') FROM contacts ORDER BY contact_id LIMIT 5;
SELECT regexp_replace(contact_id, '\D+', ''), regexp_replace(contact_id, '(\w)-(\d)', '\2-\1'), contact_id ~ '^c-1', contact_id !~* 'C-2' FROM contacts ORDER BY contact_id LIMIT 8;
SELECT (regexp_match(contact_id, '(\d)(\d)'))[2] FROM contacts ORDER BY contact_id LIMIT 8;
SELECT contact_id LIKE 'c-1%', contact_id NOT LIKE '%9', contact_id ILIKE 'C-_', contact_id LIKE 'c\_%' FROM contacts ORDER BY contact_id LIMIT 12;
SELECT concat(queue, NULL, 1), concat_ws('-', queue, NULL, 1), queue || '!' FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT format('%s: %s', queue, count(*)) FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT md5(queue), encode(sha256('a'), 'hex'), ascii(queue), chr(65), repeat('ab', 3), to_hex(255) FROM queue_stints GROUP BY queue ORDER BY queue;
SELECT round(1234.567, 1), round(1234.567, -2), trunc(1234.567, 1), trunc(-1.5), ceil(-1.5), sign(-3), abs(-3), mod(7, 3), mod(-7, 3), -7 % 3, -7 / 2, 7.0 / 2, power(2, 10), sqrt(2), ln(2), log(100), log(2, 8), exp(1), pi(), degrees(pi()), cbrt(27);
-- differs: no |/, @ and # for numbers
SELECT 5 / 2, -5 / 2, 5 % -3, 5.5 % 2, 2 ^ 3, |/ 16, @ -5, 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 2;
SELECT 1::boolean, 0::boolean, 'yes'::boolean, true::int, 't'::text::boolean;
SELECT '12'::int + 1, '1.5'::numeric * 2, 1.6::int, 2.5::int, 3.5::int, -2.5::int, '  7 '::int;
-- differs: a date and whole months are a date
SELECT date '2026-01-31' + interval '1 month', date '2026-01-31' + 1, date '2026-03-01' - date '2026-02-01', timestamp '2026-01-05 10:00' - timestamp '2026-01-01', age(date '2026-03-15', date '2025-12-31');
SELECT extract(quarter FROM date '2026-05-05'), extract(isodow FROM date '2026-01-04'), extract(doy FROM date '2026-03-01'), extract(week FROM date '2026-01-01'), extract(isoyear FROM date '2027-01-01'), date_part('hour', timestamp '2026-01-05 10:30');
-- differs: date_trunc of a date has no zone
SELECT date_trunc('quarter', date '2026-05-05'), date_trunc('year', timestamp '2026-05-05 10:00'), date_trunc('hour', timestamptz '2026-05-05 10:30:00+02'), date_trunc('week', date '2026-01-04');
-- differs: no make_timestamp
SELECT make_date(2026, 2, 28), make_time(8, 30, 0), make_timestamp(2026, 1, 2, 3, 4, 5), to_date('05/01/2026', 'DD/MM/YYYY'), to_timestamp('2026-01-05 10:30', 'YYYY-MM-DD HH24:MI'), to_number('1,234.5', '9,999.9');
SELECT to_char(1234567.891, 'FM9,999,999.00'), to_char(0.456, 'FM990.0%'), to_char(42, '0000'), to_char(-5, 'S99'), to_char(timestamp '2026-01-05 14:05:09', 'HH12:MI:SS AM'), to_char(date '2026-01-05', 'FMDay, DD FMMonth YYYY');
-- differs: no OVERLAPS
SELECT timestamp '2026-01-05 10:00' BETWEEN '2026-01-05' AND '2026-01-06', date '2026-01-05' = '2026-01-05', (timestamp '2026-01-05 10:00', timestamp '2026-01-05 12:00') OVERLAPS (timestamp '2026-01-05 11:00', timestamp '2026-01-05 13:00');
SELECT now() - interval '1 day' < now(), current_date = now()::date, current_timestamp = now(), localtimestamp IS NOT NULL, current_time IS NOT NULL;
SELECT interval '1 day 2 hours' * 2, interval '90 minutes', interval '1 month' + interval '2 days', justify_interval(interval '35 days 25 hours'), extract(epoch FROM interval '1 day 1 hour');
-- differs: no && of arrays
SELECT array_length(ARRAY[1, 2, 3], 1), ARRAY[1, 2] || 3, ARRAY[1, 2] || ARRAY[3], array_append(ARRAY[1], 2), array_position(ARRAY['a', 'b'], 'b'), array_remove(ARRAY[1, 2, 1], 1), ARRAY[1, 2] @> ARRAY[1], ARRAY[1, 2] && ARRAY[2, 3], array_to_string(ARRAY[1, NULL, 3], ',', '*'), string_to_array('a,b', ',');
SELECT unnest(ARRAY[3, 1, 2]) AS x ORDER BY x;
SELECT x, y FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS t(x, y) ORDER BY 1;
SELECT generate_series(1, 3), generate_series(1, 2);
SELECT * FROM generate_series(1, 10, 3) AS g(n) ORDER BY 1;
SELECT d::date, count(s.contact_id) FROM generate_series('2026-01-01'::date, '2026-01-10'::date, '1 day') d LEFT JOIN queue_stints s ON s.enqueued_at::date = d::date GROUP BY 1 ORDER BY 1;
SELECT queue FROM queue_stints GROUP BY queue ORDER BY queue COLLATE "C" DESC;
SELECT count(*) FROM queue_stints WHERE queue IS NOT DISTINCT FROM NULL;
SELECT count(*) FROM queue_stints WHERE wait_ms NOT BETWEEN 1000 AND 5000;
SELECT count(*) FROM queue_stints WHERE wait_ms NOT IN (1, 2, NULL);
SELECT count(*) FROM queue_stints WHERE (wait_ms > 1000) IS UNKNOWN;
SELECT count(*) FROM queue_stints WHERE NOT (wait_ms > 1000);
SELECT sum(NULL::int), count(NULL), max(NULL::text), avg(wait_ms) FILTER (WHERE false) FROM queue_stints;
SELECT DISTINCT queue, outcome FROM queue_stints ORDER BY outcome, queue DESC LIMIT 10 OFFSET 3;
SELECT queue q FROM queue_stints GROUP BY q ORDER BY lower(queue) DESC;
SELECT queue, count(*) AS n FROM queue_stints GROUP BY queue ORDER BY n DESC, queue FETCH FIRST 3 ROWS ONLY;
-- differs: no WITH TIES
SELECT queue, count(*) AS n FROM queue_stints GROUP BY queue ORDER BY n DESC FETCH FIRST 3 ROWS WITH TIES;
SELECT t.* FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) ORDER BY x DESC;
TABLE catalog.kpis;
VALUES (1, 2), (3, 4);
SELECT count(*) FROM contacts c JOIN queue_stints s USING (contact_id, source);
SELECT c.channel, s.queue, count(*) FROM contacts c LEFT JOIN queue_stints s ON s.contact_id = c.contact_id GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) FROM queue_stints a JOIN queue_stints b ON a.queue = b.queue AND a.enqueued_at < b.enqueued_at AND b.enqueued_at < a.enqueued_at + interval '10 minutes';
SELECT a.d, b.n FROM (SELECT DISTINCT enqueued_at::date d FROM queue_stints) a LEFT JOIN (SELECT enqueued_at::date d, count(*) n FROM queue_stints WHERE queue = 'sales' GROUP BY 1) b ON b.d = a.d ORDER BY 1;
SELECT string_agg(queue, ',') FROM (SELECT DISTINCT queue FROM queue_stints ORDER BY queue) t;
SELECT array_agg(q) FROM (SELECT DISTINCT queue q FROM queue_stints ORDER BY q DESC) t;
-- differs: JSON is text
SELECT json_build_object('a', 1, 'b', queue) FROM queue_stints ORDER BY contact_id LIMIT 1;
-- differs: no jsonb_agg
SELECT queue, jsonb_agg(stint_no) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 1;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY left_at - enqueued_at) FROM queue_stints;
SELECT mode() WITHIN GROUP (ORDER BY outcome), percentile_disc(0.25) WITHIN GROUP (ORDER BY wait_ms) FROM queue_stints;
SELECT width_bucket(wait_ms, 0, 100000, 10), count(*) FROM queue_stints WHERE wait_ms IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT lower(channel) = ANY (ARRAY['voice', 'chat']), count(*) FROM contacts GROUP BY 1 ORDER BY 1;
SELECT channel ILIKE ANY (ARRAY['v%', 'ch%']), count(*) FROM contacts GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM contacts WHERE channel LIKE ANY (ARRAY['v%', 'ch%']);
-- differs: no LIKE ALL
SELECT count(*) FROM contacts WHERE channel NOT LIKE ALL (ARRAY['v%', 'ch%']);
SELECT count(*) FROM contacts WHERE channel <> ALL (ARRAY['voice', 'chat']);
SELECT count(*) FROM queue_stints WHERE wait_ms > ALL (ARRAY[1, 2, 3]);
SELECT count(*) FROM queue_stints WHERE wait_ms > ANY (ARRAY[1000000, 2, NULL]);
-- differs: no SYMMETRIC
SELECT count(*) FROM queue_stints WHERE wait_ms BETWEEN SYMMETRIC 5000 AND 1000;
-- differs: no GROUP BY DISTINCT
SELECT queue, count(*) FROM queue_stints GROUP BY DISTINCT queue ORDER BY 1;
SELECT date_trunc('month', enqueued_at AT TIME ZONE 'Europe/Madrid'), count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT (enqueued_at AT TIME ZONE 'Europe/Madrid')::date, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
-- differs: no row_to_json
SELECT row_to_json(t) FROM (SELECT 1 AS a, 'x' AS b) t;
SELECT sum(wait_ms)::float / nullif(count(*), 0), sum(wait_ms)::numeric(20, 2), avg(wait_ms)::numeric(10, 2), 100.0 * count(*) FILTER (WHERE wait_ms < 20000) / count(*) FROM queue_stints;
SELECT to_char(100.0 * count(*) FILTER (WHERE wait_ms < 20000) / count(*), 'FM990.0') || '%' FROM queue_stints;
WITH RECURSIVE d(x) AS (SELECT date '2026-01-01' UNION ALL SELECT (x + interval '1 day')::date FROM d WHERE x < date '2026-01-05') SELECT x FROM d ORDER BY 1;
WITH a AS MATERIALIZED (SELECT queue, count(*) n FROM queue_stints GROUP BY 1), b AS NOT MATERIALIZED (SELECT max(n) m FROM a) SELECT a.queue FROM a, b WHERE a.n = b.m;
WITH x(a, b) AS (SELECT queue, count(*) FROM queue_stints GROUP BY 1) SELECT b FROM x ORDER BY a;
SELECT queue AS outcome, outcome AS q FROM queue_stints GROUP BY queue, outcome ORDER BY outcome, q;
SELECT queue AS x, count(*) FROM queue_stints GROUP BY x HAVING count(*) > 500 ORDER BY count(*);
SELECT wait_ms AS stint_no FROM queue_stints ORDER BY stint_no DESC NULLS LAST, contact_id LIMIT 5;
-- differs: a name in an expression to order by is that of the new column
SELECT wait_ms AS stint_no FROM queue_stints ORDER BY stint_no + 0 DESC NULLS LAST, wait_ms DESC, contact_id LIMIT 5;
SELECT "queue" AS "Queue Name", COUNT(*) AS "Number" FROM public."queue_stints" GROUP BY "queue" ORDER BY "Queue Name";
SELECT Queue, COUNT(*) FROM Queue_Stints GROUP BY QUEUE ORDER BY 1;
-- differs: the peer's database has another name
SELECT trunkline.public.queue_stints.queue FROM trunkline.public.queue_stints ORDER BY 1 LIMIT 1;
SELECT count(*) FROM queue_stints WHERE wait_ms > '5000';
SELECT count(*) FROM queue_stints WHERE stint_no = '1';
SELECT count(*) FROM queue_stints WHERE enqueued_at >= '2026-01-10' AND enqueued_at < '2026-01-11 12:00';
SELECT count(*) FROM queue_stints WHERE enqueued_at::date IN ('2026-01-10', '2026-01-11');
SELECT count(*) FROM queue_stints WHERE enqueued_at::date = ANY ('{2026-01-10,2026-01-11}');
SELECT count(*) FROM queue_stints WHERE queue IN ('sales', 'orders') AND outcome NOT IN ('answered');
SELECT E'a\nb', $$it's$$, 'it''s', U&'\0041', 'a' 'b', N'x';
-- differs: 1.50 has no places of its own
SELECT 'a' || 1, 1 || 'a', 'x' || NULL, 'x' || true, 'd' || date '2026-01-05', 't' || timestamp '2026-01-05 10:00:00', 1.50 || '', 'i' || interval '1 day 02:03';
-- differs: numbers with a point are doubles, and numeric has ten places
SELECT true::text, 1.0::text, 1.50::numeric::text, 1e10::float8::text, 0.1::float8::text, 100000000000000000000::numeric::text, (1.0/3)::text, 12345678.9::float8::text, 1e-7::float8::text, 'NaN'::float8::text;
-- differs: numbers with a point are doubles
SELECT wait_ms::text, (wait_ms / 1000.0)::text, (wait_ms / 1000.0)::numeric(10, 1)::text FROM queue_stints WHERE wait_ms IS NOT NULL ORDER BY contact_id, stint_no LIMIT 10;
SELECT enqueued_at::text, enqueued_at::date::text, enqueued_at::time::text, date_trunc('day', enqueued_at)::text FROM queue_stints ORDER BY contact_id, stint_no LIMIT 3;
SELECT (left_at - enqueued_at)::text, (left_at - enqueued_at) * 1000, (left_at - enqueued_at) / 2 FROM queue_stints WHERE left_at IS NOT NULL ORDER BY contact_id, stint_no LIMIT 10;
-- differs: whole numbers that are written have eight bytes
SELECT 2147483647 + 1, 2147483647 * 2, 9223372036854775807, -9223372036854775808, 10 / 4, 10 / 4.0, 10 % 4, -10 / 4, 1 / 3 * 3, 1.0 / 3 * 3;
-- differs: short products have eight bytes
SELECT 10::smallint * 10000::smallint;
-- differs: doubles are rounded as numeric is
SELECT round(2.5), round(3.5), round(-2.5), round(2.5::float8), round(3.5::float8), round(0.5::float8), round(1.005, 2), round(1.005::float8::numeric, 2), round(avg(wait_ms), 2) FROM queue_stints;
SELECT sum(wait_ms) / count(*), avg(wait_ms), sum(wait_ms)::float8 / count(*), round(sum(wait_ms)::numeric / count(*), 3) FROM queue_stints;
SELECT count(*) * 100 / sum(count(*)) OVER (), round(count(*) * 100.0 / sum(count(*)) OVER (), 2) FROM queue_stints GROUP BY queue ORDER BY 2;
SELECT count(DISTINCT (queue, outcome)), count(DISTINCT queue || outcome) FROM queue_stints;
SELECT max(queue), min(outcome), max(enqueued_at::date), max(left_at - enqueued_at) FROM queue_stints;
SELECT sum(CASE WHEN outcome = 'answered' THEN 1 END), sum((outcome = 'answered')::int), count(CASE WHEN outcome = 'answered' THEN 1 END), avg((outcome = 'answered')::int), avg(CASE WHEN outcome = 'answered' THEN 1.0 ELSE 0 END) FROM queue_stints;
SELECT queue, max(CASE WHEN outcome = 'answered' THEN n END) a, coalesce(max(CASE WHEN outcome = 'abandoned' THEN n END), 0) b FROM (SELECT queue, outcome, count(*) n FROM queue_stints GROUP BY 1, 2) t GROUP BY 1 ORDER BY 1;
SELECT to_char(d, 'Dy'), n FROM (SELECT date_trunc('day', enqueued_at) d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d LIMIT 7;
SELECT h, coalesce(n, 0) FROM generate_series(0, 23) h LEFT JOIN (SELECT extract(hour FROM enqueued_at)::int h2, count(*) n FROM queue_stints GROUP BY 1) t ON t.h2 = h ORDER BY h;
-- differs: a bound without seconds but with an offset is refused
SELECT ts, count(s.contact_id) FROM generate_series(timestamptz '2026-01-05 00:00+00', timestamptz '2026-01-05 06:00+00', interval '30 minutes') ts LEFT JOIN queue_stints s ON s.enqueued_at >= ts AND s.enqueued_at < ts + interval '30 minutes' GROUP BY 1 ORDER BY 1;
-- differs: the same
SELECT ts, (SELECT count(*) FROM queue_stints s WHERE s.enqueued_at <= ts AND s.left_at > ts) FROM generate_series(timestamptz '2026-01-05 08:00+00', timestamptz '2026-01-05 12:00+00', interval '1 hour') ts ORDER BY 1;
SELECT a.contact_id, count(*) FROM contacts a JOIN contacts b ON b.customer_id = a.customer_id AND b.started_at > a.started_at AND b.started_at <= a.started_at + interval '7 days' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10;
SELECT count(*) FROM (SELECT customer_id, started_at - lag(started_at) OVER (PARTITION BY customer_id ORDER BY started_at) gap FROM contacts) t WHERE gap < interval '1 day';
SELECT grp, count(*) FROM (SELECT d, d - (row_number() OVER (ORDER BY d))::int AS grp FROM (SELECT DISTINCT enqueued_at::date d FROM queue_stints WHERE queue = 'sales') x) y GROUP BY grp ORDER BY 1;
SELECT sum(s) OVER (PARTITION BY q ORDER BY d ROWS UNBOUNDED PRECEDING) FROM (SELECT queue q, enqueued_at::date d, sum(wait_ms) s FROM queue_stints GROUP BY 1, 2) t ORDER BY q, d LIMIT 30;
SELECT q, d, s - first_value(s) OVER (PARTITION BY q ORDER BY d), s::float8 / max(s) OVER (PARTITION BY q) FROM (SELECT queue q, enqueued_at::date d, count(*) s FROM queue_stints GROUP BY 1, 2) t ORDER BY q, d LIMIT 30;
SELECT avg(n) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING), count(*) OVER (), min(n) OVER (ORDER BY d DESC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d;
SELECT sum(n) OVER (ORDER BY d GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d;
-- differs: no EXCLUDE of frames
SELECT sum(n) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) FROM (SELECT enqueued_at::date d, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY d;
-- differs: it is answered here
SELECT count(DISTINCT queue) OVER () FROM queue_stints LIMIT 1;
SELECT count(*) FILTER (WHERE wait_ms > 5000) OVER (PARTITION BY queue) FROM queue_stints ORDER BY contact_id, stint_no LIMIT 10;
-- differs: it is answered here
SELECT lag(wait_ms, 1, 0::bigint) OVER (ORDER BY enqueued_at, contact_id), lag(wait_ms) IGNORE NULLS OVER (ORDER BY enqueued_at, contact_id) FROM queue_stints ORDER BY enqueued_at, contact_id LIMIT 10;
SELECT queue FROM queue_stints UNION SELECT first_queue FROM contacts ORDER BY 1 NULLS FIRST;
SELECT queue, 1 FROM queue_stints GROUP BY 1 UNION ALL SELECT 'total', count(*) FROM queue_stints ORDER BY 2, 1;
(SELECT queue FROM queue_stints ORDER BY wait_ms DESC NULLS LAST, contact_id LIMIT 2) UNION ALL (SELECT 'x') ORDER BY 1;
SELECT 1 UNION SELECT 1.5 UNION SELECT 2 ORDER BY 1;
SELECT NULL UNION SELECT 'a' ORDER BY 1;
SELECT contact_id FROM contacts INTERSECT SELECT contact_id FROM queue_stints EXCEPT SELECT 'c-1' ORDER BY 1 LIMIT 3;
-- differs: refused: count a column
SELECT c.channel, count(s.*), count(s.contact_id) FROM contacts c LEFT JOIN queue_stints s ON s.contact_id = c.contact_id GROUP BY 1 ORDER BY 1;
-- differs: no rows as values
SELECT c.contact_id, s FROM contacts c JOIN queue_stints s ON s.contact_id = c.contact_id LIMIT 0;
SELECT count(*) FROM contacts c, queue_stints s WHERE c.contact_id = s.contact_id AND c.channel = 'voice';
SELECT count(*) FROM contacts c FULL OUTER JOIN queue_stints s ON c.contact_id = s.contact_id AND c.channel = 'voice';
SELECT count(*) FROM contacts c RIGHT JOIN queue_stints s ON c.contact_id = s.contact_id AND c.channel = 'voice' WHERE c.contact_id IS NULL;
SELECT contact_id, count(*) FROM contacts JOIN queue_stints USING (source, contact_id) GROUP BY contact_id ORDER BY 2 DESC, 1 LIMIT 3;
SELECT * FROM (SELECT 1 AS a) x NATURAL LEFT JOIN (SELECT 1 AS a, 2 AS b) y;
SELECT x.* FROM (SELECT 1 AS a, 2 AS b) x, (SELECT 3 AS c) y;
SELECT count(*) FROM contacts WHERE channel = 'voice' AND (first_queue = 'sales' OR first_queue IS NULL) AND NOT is_final IS TRUE;
SELECT is_final, count(*) FROM contacts GROUP BY is_final ORDER BY is_final NULLS FIRST;
SELECT count(*) FROM contacts WHERE is_final;
SELECT count(*) FROM contacts WHERE NOT is_final;
SELECT count(*) FROM contacts WHERE is_final = 't' AND is_final <> 'no' AND is_final IN (true);
-- differs: no regexp_split_to_array
SELECT regexp_split_to_array('a, b,c', ',\s*'), string_to_array('a,b,,c', ',', ''), array_to_string(regexp_matches('foo12bar', '(\d)(\d)'), '-');
-- differs: no regexp_split_to_table
SELECT regexp_split_to_table('a,b,c', ',');
SELECT string_to_table('a,b,c', ',');
-- differs: no regexp_substr
SELECT regexp_count('banana', 'an'), regexp_substr('foo12', '\d+'), regexp_like('abc', 'B', 'i');
-- differs: the peer knows ASCII letters only
SELECT starts_with('abc', 'ab'), ltrim('  a'), rtrim('a  '), btrim('xxaxx', 'x'), char_length('äö'), octet_length('äö'), bit_length('a'), lower('ÄÖ'), initcap('hello world');
SELECT substr('hello', 2, 3), substring('hello', 2), substring('hello' FROM 2), left('hello', -2), right('hello', -2), replace('hello', 'l', 'L'), position('l' IN 'hello');
-- differs: no Roman numbers
SELECT to_char(1234.5, '9999.99'), to_char(1234.5, 'FM9,999.00'), to_char(0.1234, '0.00'), to_char(12, 'FM000'), to_char(1234567, 'FM9,999,999'), to_char(-1.5, '9.9'), to_char(1e6::float8, 'FM9999999'), to_char(15, 'RN');
SELECT to_char(timestamp '2026-01-05 03:04:05.678', 'YYYY-MM-DD"T"HH24:MI:SS.MS'), to_char(timestamp '2026-01-05 15:04:05', 'HH:MI AM'), to_char(timestamp '2026-01-05', 'D DDD ID IW Q WW'), to_char(timestamp '2026-12-31', 'IYYY-"W"IW'), to_char(timestamp '2026-01-05', 'Month|Mon|MON|month|FMMonth');
-- differs: names of months are refused
SELECT to_timestamp(1767607200), to_timestamp(1767607200.5), extract(epoch FROM timestamptz '2026-01-05 10:00:00+00'), to_date('20260105', 'YYYYMMDD'), '20260105'::date, 'Jan 5, 2026'::date, '2026-01-05T10:00:00Z'::timestamptz, '2026-01-05 10:00:00+02'::timestamptz;
SELECT timestamptz '2026-01-05 10:00:00+00' AT TIME ZONE 'Europe/Madrid', timestamp '2026-01-05 10:00' AT TIME ZONE 'Europe/Madrid', (timestamptz '2026-07-05 10:00:00+00' AT TIME ZONE 'America/New_York')::date, timezone('UTC', timestamptz '2026-01-05 10:00:00+02');
-- differs: intervals that are written differently are not equal
SELECT date '2026-01-05' < timestamp '2026-01-05 00:00:01', date '2026-01-05' = timestamptz '2026-01-05 00:00:00+00', time '10:00' < time '11:00', interval '1 day' = interval '24 hours', interval '30 days' = interval '1 month';
SELECT extract(epoch FROM (timestamp '2026-01-06' - timestamp '2026-01-05')) / 3600, extract(day FROM timestamp '2026-01-06' - timestamp '2026-01-01 12:00'), extract(hour FROM interval '26 hours'), extract(minute FROM interval '90 minutes'), date_part('day', timestamp '2026-03-01' - timestamp '2026-02-01');
-- differs: no minus between the parts of an interval
SELECT (date '2026-01-31' + interval '1 month')::date, (date '2026-03-31' - interval '1 month')::date, date '2026-01-05' + time '10:00', date_trunc('month', date '2026-02-14') + interval '1 month - 1 day', timestamp '2026-01-05 10:00' + interval '1.5 hours', now()::date - (now() - interval '3 days')::date;
-- differs: no num_nulls
SELECT coalesce(NULL, 'a'), nullif(1, 1), nullif('a', 'b'), greatest(1, 2.5), least('b', 'a'), greatest(NULL, 1), num_nulls(NULL, 1), num_nonnulls(NULL, 1);
SELECT CASE WHEN NULL THEN 1 ELSE 2 END, CASE NULL WHEN NULL THEN 1 ELSE 2 END, NULL = NULL, NULL IS NULL, NULL AND false, NULL OR true, NOT NULL::boolean;
SELECT 'a' < 'B', 'a' < 'b', 'Z' < 'a', 'é' > 'z', '10' < '9', 'abc' LIKE 'a_c', 'a%c' LIKE 'a\%c', 'A' ILIKE 'a';
SELECT x FROM (VALUES ('b'), ('A'), ('a'), ('B'), ('é'), (NULL), ('_')) t(x) ORDER BY x COLLATE "C";
SELECT bit_and(stint_no), bit_or(stint_no), array_agg(DISTINCT stint_no ORDER BY stint_no), string_agg(DISTINCT queue, '|' ORDER BY queue DESC) FROM queue_stints;
-- differs: it is answered here
SELECT any_value(1), min(ARRAY[1, 2]), max(NULL) FROM queue_stints;
-- differs: no interval(0)
SELECT avg(left_at - enqueued_at)::interval(0), sum(left_at - enqueued_at) > interval '1 day', min(enqueued_at::time), avg(extract(hour FROM enqueued_at)) FROM queue_stints;
-- differs: no date_trunc of spans
SELECT date_trunc('minute', avg(left_at - enqueued_at)) FROM queue_stints;
SELECT date_bin('15 minutes', enqueued_at, '2001-01-01') b, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT floor(extract(epoch FROM enqueued_at) / 1800)::bigint b, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT extract(hour FROM enqueued_at) || ':' || lpad((extract(minute FROM enqueued_at)::int / 30 * 30)::text, 2, '0') b, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1 LIMIT 5;
SELECT contact_id, wait_ms FROM queue_stints ORDER BY wait_ms DESC, contact_id, stint_no LIMIT 5;
SELECT contact_id, wait_ms FROM queue_stints ORDER BY wait_ms, contact_id DESC, stint_no OFFSET 3 LIMIT 5;
SELECT wait_ms > 5000 AS long, count(*) FROM queue_stints GROUP BY long ORDER BY long;
SELECT count(*) FROM queue_stints HAVING count(*) > 1000000;
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM queue_stints WHERE queue = 'nothing');
-- differs: whole numbers that are written have eight bytes
SELECT current_user, session_user, current_database(), current_schema, pg_typeof(1), pg_typeof('a'::text), pg_typeof(now()), pg_typeof(1.5::numeric), pg_typeof(date '2026-01-01');
SELECT min(CASE WHEN wait_ms > 5000 THEN wait_ms END), max(CASE WHEN outcome = 'answered' THEN wait_ms ELSE NULL END) FROM queue_stints;
SELECT queue, sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END)::float / count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM contacts WHERE started_at::date = (SELECT max(started_at::date) FROM contacts);
SELECT count(*) FROM contacts c WHERE NOT EXISTS (SELECT FROM queue_stints s WHERE s.contact_id = c.contact_id AND s.outcome = 'answered') AND c.channel IN ('voice', 'chat');
SELECT channel, avg(n) FROM (SELECT c.channel, c.contact_id, count(s.contact_id) n FROM contacts c LEFT JOIN queue_stints s USING (contact_id) GROUP BY 1, 2) t GROUP BY 1 ORDER BY 1;
SELECT c.channel, count(DISTINCT s.queue) FILTER (WHERE s.wait_ms > 60000), count(DISTINCT c.contact_id) FROM contacts c LEFT JOIN queue_stints s ON s.contact_id = c.contact_id GROUP BY 1 ORDER BY 1;
SELECT a.queue, b.queue, count(*) FROM queue_stints a JOIN queue_stints b ON a.contact_id = b.contact_id AND b.stint_no = a.stint_no + 1 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10;
SELECT queue, wait_ms, avg(wait_ms) OVER (PARTITION BY queue), wait_ms - avg(wait_ms) OVER (PARTITION BY queue) FROM queue_stints WHERE wait_ms IS NOT NULL ORDER BY contact_id, stint_no LIMIT 10;
SELECT queue, sum(wait_ms) * 100.0 / sum(sum(wait_ms)) OVER () FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT * FROM (SELECT queue, outcome, count(*) n, row_number() OVER (PARTITION BY queue ORDER BY count(*) DESC, outcome) r FROM queue_stints GROUP BY 1, 2) t WHERE r = 1 ORDER BY 1;
SELECT queue, count(*) FILTER (WHERE wait_ms <= 20000)::numeric / nullif(count(*) FILTER (WHERE outcome IS NOT NULL), 0) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT date_trunc('week', enqueued_at)::date w, count(*), count(*) - lag(count(*)) OVER (ORDER BY date_trunc('week', enqueued_at)::date) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT to_char(enqueued_at, 'YYYY-MM') m, queue, count(*) FROM queue_stints GROUP BY m, queue ORDER BY m, queue;
SELECT extract(isodow FROM enqueued_at) AS dow, round(avg(wait_ms) / 1000) AS s FROM queue_stints GROUP BY dow ORDER BY dow;
SELECT CASE WHEN extract(hour FROM enqueued_at) BETWEEN 8 AND 17 THEN 'open' ELSE 'closed' END p, count(*) FROM queue_stints GROUP BY p ORDER BY p;
SELECT (enqueued_at AT TIME ZONE 'Europe/Madrid')::time BETWEEN '08:00' AND '18:00' AS open, count(*) FROM queue_stints GROUP BY 1 ORDER BY 1;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms) FILTER (WHERE queue = 'sales'), percentile_cont(0.95) WITHIN GROUP (ORDER BY wait_ms DESC) FROM queue_stints;
SELECT queue, count(*) FROM queue_stints WHERE enqueued_at >= date_trunc('month', timestamptz '2026-01-20 00:00:00+00') AND enqueued_at < date_trunc('month', timestamptz '2026-01-20 00:00:00+00') + interval '1 month' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM queue_stints WHERE enqueued_at BETWEEN timestamp '2026-01-05' AND timestamp '2026-01-06' - interval '1 microsecond';
SELECT customer_id, count(*), min(started_at), max(started_at) FROM contacts WHERE customer_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1 AND max(started_at) - min(started_at) < interval '3 days' ORDER BY 2 DESC, 1 LIMIT 10;
SELECT c.contact_id, c.channel, s.queue FROM contacts c LEFT JOIN (SELECT DISTINCT ON (contact_id) contact_id, queue FROM queue_stints ORDER BY contact_id, stint_no DESC) s ON s.contact_id = c.contact_id ORDER BY 1 LIMIT 20;
SELECT t.queue, t.n, t.n * 1.0 / sum(t.n) OVER (), sum(t.n) OVER (ORDER BY t.n DESC, t.queue) * 1.0 / sum(t.n) OVER () FROM (SELECT queue, count(*) n FROM queue_stints GROUP BY 1) t ORDER BY t.n DESC, t.queue;
SELECT coalesce(s.queue, 'all') q, count(*) FROM queue_stints s GROUP BY ROLLUP (s.queue) ORDER BY grouping(s.queue), 1;
SELECT CASE WHEN grouping(queue) = 1 THEN 'total' ELSE queue END q, count(*) FROM queue_stints GROUP BY GROUPING SETS ((queue), ()) ORDER BY grouping(queue), q;
SELECT queue, string_agg(contact_id, ',' ORDER BY wait_ms DESC NULLS LAST, contact_id) FROM queue_stints WHERE wait_ms > 90000000 GROUP BY 1 ORDER BY 1;
SELECT length(string_agg(contact_id, '')), count(*) FROM contacts;
SELECT max(length(contact_id)), min(split_part(contact_id, '-', 2)::int), max(substring(contact_id FROM 3)::int) FROM contacts;
SELECT contact_id FROM contacts ORDER BY length(contact_id), contact_id DESC LIMIT 5;
SELECT contact_id FROM contacts WHERE contact_id ~ '^c-[0-9]{2}$' ORDER BY 1 LIMIT 5;
SELECT contact_id FROM contacts WHERE contact_id SIMILAR TO 'c-(1|2)_' ORDER BY 1 LIMIT 5;
SELECT queue, avg(wait_ms) FILTER (WHERE outcome = 'answered') AS asa, avg(wait_ms) FILTER (WHERE outcome = 'abandoned') AS aba FROM queue_stints GROUP BY queue HAVING avg(wait_ms) FILTER (WHERE outcome = 'answered') > 1000 ORDER BY asa DESC NULLS LAST;
SELECT sum(wait_ms) FILTER (WHERE queue = 'sales') / 1000.0 / 3600, make_interval(secs => sum(wait_ms) / 1000.0) FROM queue_stints WHERE queue = 'sales';
SELECT justify_hours(sum(left_at - enqueued_at)) FROM queue_stints WHERE queue = 'sales';
SELECT a.n, b.n FROM (SELECT count(*) n FROM contacts) a CROSS JOIN (SELECT count(*) n FROM queue_stints) b;
SELECT (SELECT count(*) FROM contacts WHERE channel = v.c) FROM (VALUES ('voice'), ('chat'), ('fax')) v(c) ORDER BY v.c;
SELECT v.c, count(c.contact_id) FROM (VALUES ('voice'), ('chat'), ('fax')) v(c) LEFT JOIN contacts c ON c.channel = v.c GROUP BY 1 ORDER BY 1;
SELECT x, x::int, x::text, x + 1, -x, x * x FROM (VALUES (1.5), (2.0), (NULL)) t(x) ORDER BY 1;
SELECT i, i % 3, CASE i % 3 WHEN 0 THEN 'fizz' ELSE i::text END FROM generate_series(1, 6) i ORDER BY 1;
SELECT 1 AS one, 'x' AS two UNION ALL SELECT NULL, 'y' ORDER BY one NULLS FIRST;
SELECT count(*) c FROM contacts GROUP BY channel HAVING count(*) = (SELECT max(n) FROM (SELECT count(*) n FROM contacts GROUP BY channel) t);
SELECT count(*) FROM contacts WHERE (channel, is_final) IN (SELECT channel, is_final FROM contacts WHERE channel = 'voice');
SELECT count(*) FROM contacts WHERE channel IN (SELECT channel FROM contacts GROUP BY channel HAVING count(*) > 600);
SELECT DISTINCT channel FROM contacts WHERE channel IN ('voice', 'chat') UNION SELECT DISTINCT queue FROM queue_stints WHERE queue LIKE 's%' ORDER BY 1;
SELECT first_queue, count(*), count(first_queue), count(*) - count(first_queue) FROM contacts GROUP BY first_queue ORDER BY first_queue NULLS FIRST;
SELECT bool_or(channel = 'voice'), bool_and(channel IN ('voice', 'chat', 'email', 'messaging')), count(*) FILTER (WHERE channel = 'voice' AND first_queue IS NULL) FROM contacts;
SELECT channel, is_final, count(*) FROM contacts GROUP BY 1, 2 HAVING bool_or(first_queue = 'sales') ORDER BY 1, 2;
SELECT CASE WHEN count(*) > 100 THEN 'many' ELSE 'few' END, channel FROM contacts GROUP BY channel ORDER BY channel;
-- differs: no hashtext
SELECT abs(hashtext('a')) >= 0;
-- differs: no setseed
SELECT random() < 1, setseed(0.5) IS NULL;
SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'contacts'::regclass AND a.attnum > 0 AND a.attname LIKE 'c%' ORDER BY 1;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE 'queue%' ORDER BY 1;
