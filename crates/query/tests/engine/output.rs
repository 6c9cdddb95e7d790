//! The forms of output.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use trunkline_query::format::{Format, write};

use super::ask::empty;

async fn sample(sql: &str) -> Vec<RecordBatch> {
    empty().collect(sql, &BTreeMap::new()).await.unwrap()
}

fn shown(format: Format, batches: &[RecordBatch], zone: &str) -> String {
    let mut out = Vec::new();
    write(format, batches, zone, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const ROWS: &str = "SELECT * FROM (VALUES (1, 'a,\"b\"', 0.5, TIMESTAMP '2026-03-29T01:30:00Z', true), (20, NULL, NULL, NULL, false)) \
                    AS t(n, text, share, at, is_it) ORDER BY n";

#[tokio::test]
async fn text_forms() {
    let batches = sample(&format!("SELECT n, text, share, local_bucket(at, 'UTC', '1h') AS at, is_it FROM ({ROWS}) AS r")).await;
    let csv = "n,text,share,at,is_it\n1,\"a,\"\"b\"\"\",0.5,2026-03-29T03:00:00+02:00,true\n20,,,,false\n";
    assert_eq!(shown(Format::Csv, &batches, "Europe/Berlin"), csv);
    assert!(
        shown(Format::Tsv, &batches, "UTC").starts_with("n\ttext\tshare\tat\tis_it\n1\t\"a,\"\"b\"\"\"\t0.5\t2026-03-29T01:00:00Z\ttrue\n")
    );
    let ndjson = "{\"n\":1,\"text\":\"a,\\\"b\\\"\",\"share\":0.5,\"at\":\"2026-03-29T01:00:00Z\",\"is_it\":true}\n\
                  {\"n\":20,\"text\":null,\"share\":null,\"at\":null,\"is_it\":false}\n";
    assert_eq!(shown(Format::Ndjson, &batches, "UTC"), ndjson);
    let parsed: serde_json::Value = serde_json::from_str(&shown(Format::Json, &batches, "UTC")).unwrap();
    assert_eq!(parsed.as_array().map(Vec::len), Some(2));
    assert!(shown(Format::Markdown, &batches, "UTC").contains("\n|---|---|---|---|---|\n"));
    let table = shown(Format::Table, &batches, "UTC");
    assert!(table.contains("\n 1  a,\"b\"") && table.ends_with("(2 rows)\n"), "{table}");
}

#[tokio::test]
async fn no_rows_still_have_columns() {
    let batches = sample("SELECT contact_id, started_at FROM contacts").await;
    assert_eq!(shown(Format::Csv, &batches, "UTC"), "contact_id,started_at\n");
    assert_eq!(shown(Format::Json, &batches, "UTC"), "[]\n");
    assert_eq!(shown(Format::Ndjson, &batches, "UTC"), "");
}

#[tokio::test]
async fn instants_of_every_unit_are_shown_by_the_bundled_zones() {
    // -05:00 by the bundled tables, -06:00 by older ones.
    let sql = "SELECT arrow_cast(TIMESTAMP '2026-12-01T05:30:00Z', 'Timestamp(Second, Some(\"America/Winnipeg\"))') AS s, \
               arrow_cast(arrow_cast('2026-12-01T05:30:00Z', 'Timestamp(Nanosecond, Some(\"UTC\"))'), 'Timestamp(Nanosecond, Some(\"UTC\"))') AS n";
    assert_eq!(
        shown(Format::Csv, &sample(sql).await, "America/Winnipeg").lines().nth(1).unwrap().split(',').nth(1),
        Some("2026-12-01T00:30:00-05:00")
    );
}

#[tokio::test]
async fn columnar_forms_are_read_back() {
    let batches = sample(ROWS).await;
    let mut parquet = Vec::new();
    write(Format::Parquet, &batches, "UTC", &mut parquet).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(parquet)).unwrap().build().unwrap();
    let back: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(back.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
    assert_eq!(back[0].columns(), batches[0].columns());
    let mut ipc = Vec::new();
    write(Format::Arrow, &batches, "UTC", &mut ipc).unwrap();
    let back: Vec<RecordBatch> =
        arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(ipc), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(back[0].columns(), batches[0].columns());
}

#[tokio::test]
async fn a_stream_of_arrow_has_no_views_and_a_table_of_json_has_types() {
    let sql = "SELECT arrow_cast('a', 'Utf8View') AS text, CAST(1 AS BIGINT) AS n, CAST(1.5 AS DECIMAL(10,2)) AS money";
    let batches = sample(sql).await;
    let mut ipc = Vec::new();
    write(Format::ArrowStream, &batches, "UTC", &mut ipc).unwrap();
    let back: Vec<RecordBatch> = arrow::ipc::reader::StreamReader::try_new(ipc.as_slice(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(back[0].column(0).data_type(), &arrow::datatypes::DataType::Utf8);
    assert_eq!(back[0].column(1), batches[0].column(1));
    let table: serde_json::Value = serde_json::from_str(&shown(Format::JsonTable, &batches, "UTC")).unwrap();
    let columns = r#"[{"name":"text","type":"text"},{"name":"n","type":"bigint"},{"name":"money","type":"numeric(10,2)"}]"#;
    assert_eq!(table["columns"].to_string(), columns);
    assert_eq!((table["rows"].to_string().as_str(), table["row_count"].as_u64()), (r#"[["a",1,1.5]]"#, Some(1)));
}

#[tokio::test]
async fn doubles_are_rounded_for_people_and_exact_for_programs() {
    let batches = sample("SELECT 0.12732530120481927 AS rate, CAST(1000 AS DOUBLE) AS n").await;
    assert!(shown(Format::Table, &batches, "UTC").contains("0.127325  1000\n"));
    assert!(shown(Format::Markdown, &batches, "UTC").contains("| 0.127325 | 1000 |"));
    assert!(shown(Format::Csv, &batches, "UTC").contains("0.12732530120481927,1000.0"));
    assert!(shown(Format::Ndjson, &batches, "UTC").contains("0.12732530120481927"));
}
