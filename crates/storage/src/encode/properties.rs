//! How each table's columns are encoded.

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::schema;

/// Zstandard level of most columns: 1 is within a few per cent of 3 in size and far cheaper.
const ZSTD_LEVEL: i32 = 1;

/// Zstandard level of the payloads, where most of the bytes are.
const ZSTD_LEVEL_DATA: i32 = 3;

/// Columns of `events` whose values repeat too seldom for a dictionary to pay, with the encoding that suits them: ids and payloads as
/// they are, positions as differences, since the next record begins where the last one ended.
const WITHOUT_DICTIONARY: &[(&str, Encoding)] = &[
    ("event_id", Encoding::DELTA_BYTE_ARRAY),
    ("data", Encoding::PLAIN),
    ("occurred_at", Encoding::PLAIN),
    ("journal_seq", Encoding::DELTA_BINARY_PACKED),
];

/// Columns without minimum and maximum: they say nothing or would carry payloads into the log.
const WITHOUT_STATISTICS: &[&str] = &["event_id", "data"];

/// Writer properties of a table.
pub(super) fn of(table: &str) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_created_by(concat!("trunkline ", env!("CARGO_PKG_VERSION")).to_owned());
    if table == schema::EVENTS {
        for (column, encoding) in WITHOUT_DICTIONARY {
            let path = ColumnPath::from(*column);
            properties = properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, *encoding);
        }
        for column in WITHOUT_STATISTICS {
            properties = properties.set_column_statistics_enabled(ColumnPath::from(*column), EnabledStatistics::None);
        }
        let level = ZstdLevel::try_new(ZSTD_LEVEL_DATA).unwrap_or_default();
        properties = properties.set_column_compression(ColumnPath::from("data"), Compression::ZSTD(level));
    } else {
        // Facts are queried by time and queue: page statistics let a scan skip pages inside a row group.
        properties = properties.set_statistics_enabled(EnabledStatistics::Page);
    }
    properties.build()
}
