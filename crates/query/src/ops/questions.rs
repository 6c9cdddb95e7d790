//! Tables of `ops` that are questions to other tables.

use arrow::datatypes::{DataType, TimeUnit};

use super::live::{Live, schema_of};

/// The balance of every journal. A record is a place in a journal; a rejected one with events besides counts as stored, and one
/// behind the position of its journal is not acknowledged yet.
const BALANCE: &str = "\
WITH stored AS (
  SELECT journal, count(*) AS n FROM (SELECT DISTINCT journal, journal_seq FROM public.events) AS places GROUP BY journal
),
refused AS (
  SELECT r.journal, count(*) AS n
  FROM (SELECT DISTINCT journal, journal_seq FROM public.rejected_records) AS r
  LEFT JOIN ops.journals AS j ON j.journal = r.journal
  WHERE (j.position IS NULL OR r.journal_seq < j.position)
    AND NOT EXISTS (SELECT 1 FROM public.events AS e WHERE e.journal = r.journal AND e.journal_seq = r.journal_seq)
  GROUP BY r.journal
),
counted AS (
  SELECT j.source, j.connector, j.journal, j.received, coalesce(s.n, 0) AS stored, j.duplicate, coalesce(r.n, 0) AS rejected
  FROM ops.journals AS j
  LEFT JOIN stored AS s ON s.journal = j.journal
  LEFT JOIN refused AS r ON r.journal = j.journal
)
SELECT source, connector, journal, received, stored, duplicate, rejected, received - stored - duplicate - rejected AS difference
FROM counted";

/// What sources lost before it could be read. `lost` is NULL where nobody knows how much.
const GAPS: &str = "\
SELECT source, connector, json_get_str(data, 'detail', 'journal') AS journal, json_get_str(data, 'detail', 'why') AS why,
  json_get_int(data, 'from') AS from_seq, json_get_int(data, 'to') AS to_seq,
  json_get_int(data, 'to') - json_get_int(data, 'from') + 1 AS lost, occurred_at AS detected_at
FROM public.events
WHERE type = 'source.status_reported' AND json_get_str(data, 'status') = 'gap_detected' AND journal LIKE 'gaps:%'";

/// `ops.balance`.
pub(super) fn balance() -> Live {
    use DataType::{Int64, Utf8};
    let schema = schema_of(&[
        ("source", Utf8, true),
        ("connector", Utf8, true),
        ("journal", Utf8, false),
        ("received", Int64, true),
        ("stored", Int64, false),
        ("duplicate", Int64, true),
        ("rejected", Int64, false),
        ("difference", Int64, true),
    ]);
    Live::asked(schema, BALANCE)
}

/// `ops.gaps`.
pub(super) fn gaps() -> Live {
    use DataType::{Int64, Utf8};
    let schema = schema_of(&[
        ("source", Utf8, false),
        ("connector", Utf8, false),
        ("journal", Utf8, true),
        ("why", Utf8, true),
        ("from_seq", Int64, true),
        ("to_seq", Int64, true),
        ("lost", Int64, true),
        ("detected_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
    ]);
    Live::asked(schema, GAPS)
}
