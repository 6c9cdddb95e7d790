//! How each table's columns are encoded.

use arrow::datatypes::DataType;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::schema;

/// Zstandard level of most columns: 1 is within a few per cent of 3 in size and far cheaper.
const ZSTD_LEVEL: i32 = 1;

/// Zstandard level where most of the bytes are, or where more effort finds more.
const ZSTD_LEVEL_LARGE: i32 = 3;

/// Bytes per page of the payloads: pages are compressed one by one, each learning the words anew.
const DATA_PAGE_BYTES: usize = 4 << 20;

/// Columns of `events` whose values repeat too seldom for a dictionary to pay, with the encoding that suits them: payloads as they
/// are; contacts by their text, which compresses better than the bit-packed numbers of a dictionary nearly as long as the column;
/// times and positions as differences, since the next record begins where the last one ended.
const WITHOUT_DICTIONARY: &[(&str, Encoding)] = &[
    ("event_id", Encoding::DELTA_BYTE_ARRAY),
    ("data", Encoding::PLAIN),
    ("subject", Encoding::DELTA_LENGTH_BYTE_ARRAY),
    ("contact_id", Encoding::DELTA_LENGTH_BYTE_ARRAY),
    ("customer_key", Encoding::PLAIN),
    ("occurred_at", Encoding::DELTA_BINARY_PACKED),
    ("journal_seq", Encoding::DELTA_BINARY_PACKED),
];

/// Columns of `events` at [`ZSTD_LEVEL_LARGE`].
const LARGE: &[&str] = &["data", "occurred_at", "journal_seq"];

/// Columns of `events` that hold one value, or a few, for a whole file: run lengths leave nothing to compress, and setting up a
/// compressor for each of their chunks would cost more than the rest of the column.
const NOT_COMPRESSED: &[&str] = &["connector", "schema_version", "journal"];

/// Columns without minimum and maximum: they say nothing or would carry payloads into the log.
const WITHOUT_STATISTICS: &[&str] = &["event_id", "data"];

/// Columns of facts that name something, different in nearly every row.
const IDS: &[&str] = &["contact_id", "previous_contact_id", "customer_key", "session_id"];

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
        let level = ZstdLevel::try_new(ZSTD_LEVEL_LARGE).unwrap_or_default();
        for column in LARGE {
            properties = properties.set_column_compression(ColumnPath::from(*column), Compression::ZSTD(level));
        }
        for column in NOT_COMPRESSED {
            properties = properties.set_column_compression(ColumnPath::from(*column), Compression::UNCOMPRESSED);
        }
        // The log is read from end to end, so nothing is gained by pages smaller than their byte limit.
        properties = properties
            .set_data_page_row_count_limit(super::ROW_GROUP_ROWS)
            .set_column_data_page_size_limit(ColumnPath::from("data"), DATA_PAGE_BYTES);
    } else {
        // Page statistics let a scan skip pages inside a row group. Snappy, which every engine reads, costs a fraction of Zstandard to unpack.
        properties = properties.set_statistics_enabled(EnabledStatistics::Page).set_compression(Compression::SNAPPY);
        if schema::FACT_TABLES.contains(&table) {
            properties = facts(table, properties);
        }
    }
    properties.build()
}

/// Facts are queried by time and queue, over and over. Instants and durations hardly repeat: a dictionary of them would have to be unpacked
/// whole for a single page. As differences they are smaller without one, and nothing is left to compress; words that repeat are numbers of
/// a short dictionary, which compress no further either. Only ids are compressed.
fn facts(table: &str, mut properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
    let Some(schema) = schema::arrow_schema(table) else { return properties };
    for field in schema.fields() {
        let (path, name) = (ColumnPath::from(field.name().as_str()), field.name().as_str());
        let is_span = name.ends_with("_ms") || matches!(field.data_type(), DataType::Timestamp(..));
        properties = if IDS.contains(&name) {
            properties.set_column_dictionary_enabled(path, false)
        } else if is_span {
            properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
                .set_column_compression(path, Compression::UNCOMPRESSED)
        } else {
            properties.set_column_compression(path, Compression::UNCOMPRESSED)
        };
    }
    properties
}
