//! How each table's columns are encoded.

use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::schema;

/// Zstandard level of every column: 1 is within a few per cent of 3 in size and far cheaper.
const ZSTD_LEVEL: i32 = 1;

/// Columns of `events` whose values repeat too seldom for a dictionary to pay.
const PLAIN: &[&str] = &["event_id", "data"];

/// Writer properties of a table.
pub(super) fn of(table: &str) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_created_by(concat!("trunkline ", env!("CARGO_PKG_VERSION")).to_owned());
    if table == schema::EVENTS {
        for column in PLAIN {
            let path = ColumnPath::from(*column);
            properties =
                properties.set_column_dictionary_enabled(path.clone(), false).set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    } else {
        // Facts are queried by time and queue: page statistics let a scan skip pages inside a row group.
        properties = properties.set_statistics_enabled(EnabledStatistics::Page);
    }
    properties.build()
}
